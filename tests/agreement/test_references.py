"""Our figures against the formulas written out as plain loops, where no library computes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nervaluate.entities import Entity
from nervaluate.strategies import PartialEvaluation

from labelwright.agreement.bootstrap import percentiles
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.jsonfields import json_agreement
from labelwright.agreement.result import ControlAgreement
from labelwright.agreement.spans import partial_credit
from labelwright.agreement.text import chrf
from labelwright.contracts import Control
from labelwright.records import Kind, Level, Span

few = settings(max_examples=30, deadline=None)
Rows = Sequence[Sequence[Any]]


def measured(control: Control, rows: Rows, text: Any = None, resamples: int = 0) -> ControlAgreement:
    state = AgreementState({"c": control})
    for at, row in enumerate(rows):
        answers: list[dict[str, Any]] = [{} if v is None else {"c": v} for v in row]
        state.add(str(at), "ABCDEF"[: len(row)], answers, texts=None if text is None else {"c": text})
    return state.result(resamples=resamples).controls["c"]


def units(values: Any, people: int = 3) -> Any:
    row = st.lists(st.none() | values, min_size=people, max_size=people)
    return st.lists(row, min_size=1, max_size=8)


def alpha(rows: Rows, distance: Callable[[Any, Any], float]) -> float | None:
    """1 - D_o / D_e over all ordered pairs of pairable values."""
    kept = [[v for v in row if v is not None] for row in rows]
    kept = [row for row in kept if len(row) > 1]
    values = [v for row in kept for v in row]
    n = len(values)
    if n < 2:
        return None
    observed = sum(sum(distance(a, b) for a, b in permutations(r, 2)) / (len(r) - 1) for r in kept) / n
    expected = sum(distance(a, b) for a, b in permutations(values, 2)) / (n * (n - 1))
    return 1 - observed / expected if expected > 1e-12 else None


def same(found: ControlAgreement, name: str, expected: float | None) -> None:
    value = found.measures[name].value
    assert (value is None) == (expected is None)
    if expected is not None:
        assert value == pytest.approx(expected, abs=1e-9)


def gwet_ac2(rows: Rows, labels: list[str]) -> float | None:
    q = len(labels)
    kept = [[v for v in row if v is not None] for row in rows]
    kept = [row for row in kept if row]
    many = [row for row in kept if len(row) > 1]
    if not many or len({v for row in kept for v in row}) < 2:
        return None

    def weight(a: str, b: str) -> float:
        return 1 - (labels.index(a) - labels.index(b)) ** 2 / (q - 1) ** 2

    pa = 0.0
    for row in many:
        pairs = list(permutations(row, 2))
        pa += sum(weight(a, b) for a, b in pairs) / len(pairs) / len(many)
    shares = [sum(row.count(k) / len(row) for row in kept) / len(kept) for k in labels]
    total = sum(weight(a, b) for a in labels for b in labels)
    pe = total / (q * (q - 1)) * sum(p * (1 - p) for p in shares)
    return (pa - pe) / (1 - pe)


@few
@given(units(st.sampled_from("abcd")))
def test_ac2(rows: Rows) -> None:
    found = measured(Control(Kind.CHOICE, labels=list("abcd"), level=Level.ORDINAL), rows)
    paired = [v for row in rows for v in row if v and sum(x is not None for x in row) > 1]
    if len(set(paired)) > 1:
        same(found, "gwet_ac2", gwet_ac2(rows, list("abcd")))


paths = st.sampled_from([("a",), ("a", "x"), ("a", "x", "1"), ("b",), ("b", "y")])
taxa = st.frozensets(paths, max_size=3).map(lambda s: tuple(sorted(s)))


@few
@given(units(taxa))
def test_taxonomy_alpha(rows: Rows) -> None:
    def distance(left: Any, right: Any) -> float:
        a, b = ({p[: i + 1] for p in v for i in range(len(p))} for v in (left, right))
        return 1 - len(a & b) / len(a | b) if a | b else 0.0

    same(measured(Control(Kind.TAXONOMY), rows), "krippendorff_alpha", alpha(rows, distance))


@few
@given(units(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0])))
def test_ratio_with_zeros_and_negatives(rows: Rows) -> None:
    def distance(a: float, b: float) -> float:
        return 0.0 if a == b else ((a - b) / (a + b)) ** 2 if a + b else 1.0

    found = measured(Control(Kind.NUMBER, level=Level.RATIO), rows)
    same(found, "krippendorff_alpha", alpha(rows, distance))


TEXT = "one two three, four five six"


@st.composite
def marks(draw: Any) -> tuple[Span, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, len(TEXT)), min_size=2, max_size=6, unique=True)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return tuple(Span(a, b, draw(st.sampled_from("XY"))) for a, b in pairs)


@few
@given(units(st.just(()) | marks()))
def test_token_alpha(rows: Rows) -> None:
    tokens = [m.span() for m in re.finditer(r"\w+|[^\w\s]", TEXT)]
    cells: list[list[str | None]] = []
    for row in rows:
        for start, end in tokens:
            names = [
                None
                if v is None
                else "+".join(sorted({s.label for s in v if s.start < end and start < s.end}))
                for v in row
            ]
            cells.append(names)
    found = measured(Control(Kind.SPANS), rows, TEXT)
    same(found, "token_alpha", alpha(cells, lambda a, b: float(a != b)))


@few
@given(units(st.sampled_from(["the cat sat", "the cat sits", "a dog barks", "dogs bark", ""])))
def test_text_alpha(rows: Rows) -> None:
    expected = alpha(rows, lambda a, b: 1 - chrf(a, b))
    same(measured(Control(Kind.TEXT), rows), "krippendorff_alpha", expected)


answers = st.fixed_dictionaries({"n": st.sampled_from([1, 2, True]), "s": st.sampled_from("ab")})
more = st.dictionaries(st.sampled_from("xy"), st.integers(0, 1), max_size=2)


@few
@given(units(st.tuples(answers, more).map(lambda p: {**p[0], **p[1]})))
def test_json_fields(rows: Rows) -> None:
    found = measured(Control(Kind.JSON), rows)
    per_item: list[float] = []
    per_field: dict[str, list[bool]] = {}
    for row in rows:
        scores = []
        for a, b in combinations([v for v in row if v is not None], 2):
            equal = {k: k in a and k in b and (a[k], type(a[k])) == (b[k], type(b[k])) for k in {*a, *b}}
            scores.append(sum(equal.values()) / len(equal))
            assert json_agreement(a, b) == pytest.approx(scores[-1])
            for k, v in equal.items():
                per_field.setdefault(k, []).append(v)
        if scores:
            per_item.append(sum(scores) / len(scores))
    same(found, "field_agreement", sum(per_item) / len(per_item) if per_item else None)
    assert {k: f["field_agreement"].value for k, f in found.fields.items()} == pytest.approx(
        {k: sum(v) / len(v) for k, v in per_field.items()}
    )


@few
@given(st.data())
def test_partial_credit_is_that_of_nervaluate(data: Any) -> None:
    # Each span lies in a window of its own, so that the matching is not in question.
    sides: list[list[Span]] = [[], []]
    for window in range(data.draw(st.integers(0, 5))):
        for side in sides:
            if data.draw(st.booleans()):
                start, length = data.draw(st.tuples(st.integers(0, 3), st.integers(4, 6)))
                start += 20 * window
                side.append(Span(start, start + length, data.draw(st.sampled_from("XY"))))
    true, found = ([Entity(s.label, s.start, s.end - 1) for s in side] for side in sides)
    theirs = PartialEvaluation().evaluate(true, found, ["X", "Y"])[0]
    credit = partial_credit({s.key for s in sides[0]}, {s.key for s in sides[1]})
    assert credit == pytest.approx(theirs.correct + 0.5 * theirs.partial)
    assert credit == partial_credit({s.key for s in sides[1]}, {s.key for s in sides[0]})


def test_percentiles_are_those_of_numpy() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(101, 4))
    values[:40, 1] = values[:60, 2] = values[:, 3] = np.nan
    ours = percentiles(values)
    for column in (0, 1):
        assert ours[:, column] == pytest.approx(np.nanpercentile(values[:, column], [2.5, 97.5]))
    assert np.isnan(ours[:, 2:]).all()


def nominal_alpha(counts: Any) -> float:
    """Krippendorff's nominal alpha of counts (units, categories), every unit answered more than once."""
    size, total = counts.sum(axis=1), counts.sum()
    apart = ((size**2 - (counts**2).sum(axis=1)) / (size - 1)).sum() / total
    by_chance = (total**2 - (counts.sum(axis=0) ** 2).sum()) / (total * (total - 1))
    return float(1 - apart / by_chance)


def test_blocks_give_the_interval_of_the_plain_bootstrap() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 20, 5000)
    noisy = np.where(rng.random((5000, 3)) < 0.7, truth[:, None], rng.integers(0, 20, (5000, 3)))
    found = measured(Control(Kind.CHOICE), [[str(v) for v in row] for row in noisy.tolist()], None, 1000)
    ours = found.measures["krippendorff_alpha"]
    counts = np.stack([(noisy == c).sum(axis=1) for c in range(20)], axis=1)
    assert len(np.unique(noisy, axis=0)) > 1024  # so that blocks are drawn, not patterns
    plain = [nominal_alpha(counts[rng.integers(0, 5000, 5000)]) for _ in range(600)]
    low, high = np.percentile(plain, [2.5, 97.5])
    assert ours.low is not None and ours.high is not None
    assert (ours.high - ours.low) / (high - low) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.TEXT])
def test_many_annotators(kind: Kind) -> None:
    rng = np.random.default_rng(5)
    state = AgreementState({"c": Control(kind)})
    expected: dict[tuple[str, str], list[bool]] = {}
    for at in range(300):
        who = sorted(f"p{p:03}" for p in rng.choice(500, 4, replace=False))
        values = [str(v) for v in rng.integers(0, 3, 4)]
        state.add(str(at), who, [{"c": v} for v in values])
        for (a, v), (b, w) in combinations(zip(who, values, strict=True), 2):
            expected.setdefault((a, b), []).append(v == w)
    pairs = state.result(resamples=20).controls["c"].pairs
    assert {(p.a, p.b): p.measures["percent"].value for p in pairs} == pytest.approx(
        {pair: sum(v) / len(v) for pair, v in expected.items()}
    )
    assert [(p.a, p.b, p.items) for p in pairs] == [(*k, len(v)) for k, v in sorted(expected.items())]
