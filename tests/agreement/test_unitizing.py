"""alpha_u: the published example, its definition read literally, and how items add up."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import ControlAgreement, State
from labelwright.contracts import Control
from labelwright.records import Kind, Span

few = settings(max_examples=30, deadline=None)
Marks = Sequence[tuple[int, int, str]]


def measured(
    items: Sequence[Sequence[Marks]], length: int | None = None, resamples: int = 20
) -> ControlAgreement:
    state = AgreementState({"c": Control(Kind.SPANS)})
    for at, item in enumerate(items):
        answers = [{"c": tuple(Span(*mark) for mark in one)} for one in item]
        texts = {"c": "x" * length} if length else None
        state.add(str(at), [f"a{i}" for i in range(len(item))], answers, texts=texts)
    return state.result(resamples=resamples).controls["c"]


# Krippendorff 2004, p. 254: begin 150, length 300; begins and lengths of the units.
FIRST = [(225, 70, "c"), (370, 30, "c"), (180, 60, "k"), (300, 50, "k")]
SECOND = [(220, 80, "c"), (355, 20, "c"), (400, 20, "c"), (180, 60, "k"), (300, 50, "k")]


def test_krippendorff_2004() -> None:
    observers = [[(b - 150, b - 150 + n, label) for b, n, label in one] for one in (FIRST, SECOND)]
    found = measured([observers], 300)
    assert found.labels["c"]["krippendorff_alpha_u"].value == pytest.approx(0.7286, abs=5e-5)
    assert found.labels["k"]["krippendorff_alpha_u"].value == pytest.approx(1.0)
    assert found.measures["krippendorff_alpha_u"].value == pytest.approx(0.8587, abs=5e-5)


def sections(units: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int, int]]:
    """Begin, length and value (1 a unit, 0 a gap), in order."""
    out, place = [], 0
    for start, end in sorted(units):
        out += [(place, start - place, 0)] * (start > place) + [(start, end - start, 1)]
        place = end
    return out + [(place, length - place, 0)] * (length > place)


def literal(observers: Sequence[Sequence[tuple[int, int]]], length: int) -> tuple[float, float]:
    """Observed and expected disagreement of one continuum, as the book writes them."""
    cut, m = [sections(one, length) for one in observers], len(observers)
    observed = 0.0
    for i in range(m):
        for j in range(m):
            for b, n, v in cut[i] if i != j else ():
                for c, o, w in cut[j]:
                    if v and w and -n < b - c < o:
                        observed += (b - c) ** 2 + (b + n - c - o) ** 2
                    elif v and not w and o - n >= b - c >= 0:
                        observed += n * n
                    elif not v and w and n - o >= c - b >= 0:
                        observed += o * o
    units = [n for one in cut for _, n, v in one if v]
    gaps = [n for one in cut for _, n, v in one if not v]
    top = sum(
        (len(units) - 1) / 3 * (2 * n**3 - 3 * n**2 + n) + n * n * sum(g - n + 1 for g in gaps if g >= n)
        for n in units
    )
    below = m * length * (m * length - 1) - sum(n * (n - 1) for n in units)
    return observed / (m * (m - 1) * length**2), 2 / length * top / below


@st.composite
def cuts(draw: st.DrawFn) -> list[tuple[int, int]]:
    edges = sorted(draw(st.sets(st.integers(0, 30), max_size=6)))
    return list(zip(edges[::2], edges[1::2], strict=False))


@few
@given(st.lists(st.tuples(cuts(), cuts()), min_size=2, max_size=4))
def test_the_definition_read_literally(observers: list[tuple[list[tuple[int, int]], ...]]) -> None:
    item = [[(*u, label) for own, label in zip(one, "AB", strict=True) for u in own] for one in observers]
    found = measured([item], 30)
    parts = [literal([one[at] for one in observers], 30) for at in range(2)]
    top, below = (sum(part) for part in zip(*parts, strict=True))
    for label, (observed, expected) in zip("AB", parts, strict=True):
        if expected:
            value = found.labels[label]["krippendorff_alpha_u"].value
            assert value == pytest.approx(1 - observed / expected)
    value = found.measures["krippendorff_alpha_u"].value
    assert value == (pytest.approx(1 - top / below) if below else None)


def test_items_add_up() -> None:
    same = [[(0, 4, "A"), (10, 12, "B")]] * 3
    assert measured([same] * 5, 20).measures["krippendorff_alpha_u"].value == pytest.approx(1.0)
    apart = [[(0, 4, "A")], [(10, 14, "A")]]
    mixed = measured([same, apart, same], 20)
    alone = measured([apart], 20)
    assert (alone.measures["krippendorff_alpha_u"].value or 0) < 0
    value, low, high = (getattr(mixed.measures["krippendorff_alpha_u"], n) for n in ("value", "low", "high"))
    assert 0 < value < 1 and low <= value <= high
    assert mixed.labels["B"]["krippendorff_alpha_u"].value == pytest.approx(1.0)


def test_units_of_a_dialogue_are_texts_of_their_own() -> None:
    state = AgreementState({"c": Control(Kind.SPANS)})
    ann = (Span(0, 4, "A", unit="0"), Span(2, 6, "A", unit="1"))
    bob = (Span(0, 4, "A", unit="1"), Span(2, 6, "A", unit="0"))
    state.add("1", ["ann", "bob"], [{"c": ann}, {"c": bob}], texts={"c": {"0": "x" * 10, "1": "x" * 10}})
    found = state.result(resamples=0).controls["c"].measures["krippendorff_alpha_u"]
    observed = 2 * ((2**2 + 2**2) + (2**2 + 2**2)) / (2 * 20)
    gaps = [6, 2, 4, 6, 2, 4]
    top = 4 * (3 / 3 * (2 * 64 - 48 + 4) + 16 * sum(g - 3 for g in gaps if g >= 4))
    assert found.value == pytest.approx(1 - observed / (2 * top / (40 * 39 - 4 * 12)))


def test_nothing_marked_and_overlaps() -> None:
    assert measured([[[], []]], 10).measures["krippendorff_alpha_u"].state is State.NO_VARIATION
    twice = measured([[[(0, 3, "A"), (2, 5, "A")], [(0, 5, "A")]]], 10)
    assert twice.measures["krippendorff_alpha_u"].value == pytest.approx(1.0)


def test_many_lengths_hold_chance_fixed() -> None:
    items = [[[(0, n, "A")], [(0, n + n % 2, "A")]] for n in range(1, 700)]
    found = measured(items, 1000).measures["krippendorff_alpha_u"]
    assert found.value is not None and found.low is not None and found.value > 0.99
