"""The state is exact whatever the order of items and parts; undefined is a state."""

import pickle
import random
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from labelwright.agreement.catalogue import measures
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import Agreement, ControlAgreement, Measure, State
from labelwright.contracts import Control
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import UsageError
from labelwright.records import Kind, Level, Relation, Segment, Shape, Span, Track, Turn

Item = tuple[str, list[str], list[dict[str, Any]]]


def span(start: int, end: int, label: str) -> Span:
    return Span(start, end, label)


def moving(x: float, label: str) -> Track:
    return Track((Keyframe(0, Box(x, 0, 8, 4)), Keyframe(4, Box(x + 4, 0, 8, 4))), label)


VALUES: dict[Kind, list[Any]] = {
    Kind.CHOICE: ["a", "b", "c"],
    Kind.CHOICES: [("a",), ("a", "b"), ()],
    Kind.TAXONOMY: [(("a", "b"),), (("a",), ("c",))],
    Kind.RATING: [1, 2.0, 5],
    Kind.NUMBER: [1, 1.5, -3],
    Kind.DATE: ["2024-01-01", "2024-02-03"],
    Kind.TEXT: ["a short text", "another short text", ""],
    Kind.SPANS: [(span(0, 3, "A"),), (span(1, 3, "B"), span(4, 6, "A")), ()],
    Kind.RELATIONS: [(Relation(span(0, 1, "A"), span(2, 3, "B"), "r"),), ()],
    Kind.TURNS: [(Turn(0, "x"),), (Turn(0, "y"), Turn(1, "x"))],
    Kind.RANKING: [(("a",), ("b",), ("c",)), (("c",), ("a", "b")), (("b",),)],
    Kind.PREFERENCE: ["left", "tie", "right"],
    Kind.SEGMENTS: [(Segment(0.0, 1.5, "A"),), (Segment(0.25, 1.5, "A"), Segment(2.0, 3.0, "B")), ()],
    Kind.SHAPES: [(Shape(Box(0, 0, 8, 4), "A"),), (Shape(Box(1, 0, 8, 4), "B"), Shape(Box(9, 9, 2, 2))), ()],
    Kind.TRACKS: [(moving(0, "A"),), (moving(1, "A"), moving(30, "B")), ()],
    Kind.TRANSCRIPT: ["four tones rising", "for tones rising", ""],
    Kind.JSON: [{"a": 1, "b": ["x"]}, {"a": 2}, None],
}
CONTROLS = {kind.value: Control(kind) for kind in Kind}


def some_items(count: int, seed: int = 1) -> list[Item]:
    rng = random.Random(seed)
    items: list[Item] = []
    for at in range(count):
        who = rng.sample(["ann", "bob", "cy", "di"], rng.randint(1, 4))
        answers = [{k.value: rng.choice(v) for k, v in VALUES.items() if rng.random() < 0.8} for _ in who]
        items.append((f"item{at:03}", who, answers))
    return items


def state_of(items: list[Item]) -> AgreementState:
    state = AgreementState(CONTROLS)
    for item, who, answers in items:
        state.add(item, who, answers, f"http://tool/{item}")
    return state


def encoded(state: AgreementState) -> bytes:
    return msgspec.json.encode(state.result(resamples=30))


def test_order_parts_and_removal_do_not_matter() -> None:
    items = some_items(40)
    expected = encoded(state_of(items))
    shuffled = items[:]
    random.Random(2).shuffle(shuffled)
    assert encoded(state_of(shuffled)) == expected
    joined = state_of(shuffled[:15])
    joined.merge(pickle.loads(pickle.dumps(state_of(shuffled[15:]))))
    assert encoded(joined) == expected
    more = state_of(items + [(f"x{i}", who, answers) for i, who, answers in some_items(10, seed=5)])
    for item, who, answers in some_items(10, seed=5):
        more.subtract(f"x{item}", who, answers, f"http://tool/x{item}")
    assert encoded(more) == expected
    assert more.complete


def test_result_is_json_and_contested_are_sorted() -> None:
    result = state_of(some_items(30)).result(resamples=20, contested=7)
    assert msgspec.json.decode(msgspec.json.encode(result), type=Agreement) == result
    assert len(result.contested) == 7
    keys = [(c.score, c.item, c.control) for c in result.contested]
    assert keys == sorted(keys)
    assert all(c.link.endswith(c.item) and len(c.answers) > 1 for c in result.contested)
    for control in result.controls.values():
        for measure in control.measures.values():
            assert (measure.value is not None) == (measure.state is State.OK)
            if measure.low is not None and measure.high is not None:
                assert measure.low <= measure.high


@pytest.mark.parametrize("kind", list(Kind))
def test_undefined_is_a_state(kind: Kind) -> None:
    value = VALUES[kind][0]
    for level in Level:
        control = Control(kind, level=level)
        cases: list[tuple[list[tuple[str, list[str]]], State]] = [
            ([], State.ONE_ANNOTATOR),
            ([("1", ["ann"])], State.ONE_ANNOTATOR),
            ([("1", ["ann"]), ("2", ["bob"])], State.NO_OVERLAP),
            ([("1", ["ann", "bob"]), ("2", ["ann", "bob"])], State.OK),
        ]
        for rows, percent in cases:
            state = AgreementState({"c": control})
            for item, who in rows:
                given: list[dict[str, Any]] = [{"c": value} for _ in who]
                state.add(item, who, given)
            found = state.result(resamples=20)
            measures = found.controls["c"].measures
            assert measures["percent"].state is percent
            assert found.contested == []
            for name in ("krippendorff_alpha", "fleiss_kappa", "cohen_kappa", "gwet_ac1", "token_alpha"):
                if name in measures:
                    expected = State.NO_VARIATION if percent is State.OK else percent
                    assert measures[name].state is expected
                    assert measures[name].value is None


def test_subtracting_what_was_never_added_is_refused() -> None:
    state = AgreementState({"c": Control(Kind.CHOICE)})
    state.add("1", ["ann"], [{"c": "a"}])
    with pytest.raises(UsageError):
        state.subtract("1", ["ann"], [{"c": "b"}])


def test_many_distinct_numbers() -> None:
    state = AgreementState({"c": Control(Kind.NUMBER), "r": Control(Kind.NUMBER, level=Level.RATIO)})
    for at in range(2000):
        answers: list[dict[str, Any]] = [{"c": at, "r": at + 1}, {"c": at + 0.5, "r": at + 1.5}]
        state.add(str(at), ["ann", "bob"], answers)
    found = state.result(resamples=20).controls
    for name in ("c", "r"):
        measure = found[name].measures["krippendorff_alpha"]
        assert measure.value is not None and measure.value > 0.9


def test_partial_spans_and_tokens() -> None:
    state = AgreementState({"c": Control(Kind.SPANS)})
    left, right = (span(0, 5, "A"), span(6, 10, "B")), (span(0, 5, "C"), span(8, 10, "B"))
    state.add("1", ["ann", "bob"], [{"c": left}, {"c": right}], texts={"c": "hello nice day!"})
    found = state.result(resamples=20).controls["c"]
    assert found.measures["span_f1_exact"].value == 0.0
    assert found.measures["span_f1_partial"].value == pytest.approx(0.75)
    # Tokens: hello (A, C), nice (B, B), day and ! (outside for both).
    assert found.confusion.labels == ["", "A", "B", "C"]
    assert found.confusion.counts == [[4, 0, 0, 0], [0, 0, 0, 1], [0, 0, 2, 0], [0, 1, 0, 0]]


def test_engine_does_not_import_numpy() -> None:
    code = "import sys, labelwright.agreement.engine; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_refused_subtraction_changes_nothing() -> None:
    items = some_items(12)
    state, expected = state_of(items), encoded(state_of(items))
    item, who, answers = items[0]
    wrong = [{**answers[0], "json": {"never": "seen"}}, *answers[1:]]
    refused: list[tuple[list[str], list[dict[str, Any]]]] = [
        (who, wrong),
        (["nobody"], [{}]),
        ([*who, "more"], [*answers, {}]),
    ]
    for bad_who, bad in refused:
        with pytest.raises(UsageError):
            state.subtract(item, bad_who, bad, f"http://tool/{item}")
        assert encoded(state) == expected
        assert state.items == 12


@pytest.mark.parametrize("kind", [Kind.RATING, Kind.NUMBER, Kind.CHOICE, Kind.JSON])
def test_what_is_not_a_number_is_missing(kind: Kind) -> None:
    control = Control(kind, level=Level.INTERVAL)
    state, without = AgreementState({"c": control}), AgreementState({"c": control})
    names = ["ann", "bob", "cy"]
    for at, (a, b) in enumerate([(1.0, 2.0), (2.0, 2.0), (3.0, 1.0)]):
        odd = [float("nan"), float("inf"), -float("inf")][at]
        state.add(str(at), names, [{"c": a}, {"c": b}, {"c": odd}])
        without.add(str(at), names, [{"c": a}, {"c": b}, {}])
    found = state.result(resamples=20)
    assert found.controls["c"].measures["percent"].value is not None
    if kind in (Kind.RATING, Kind.NUMBER):
        assert encoded(state) == encoded(without)
        state.subtract("0", names, [{"c": 1.0}, {"c": 2.0}, {"c": float("nan")}])
        assert state.items == 2


def test_labels_that_look_like_no_numbers() -> None:
    state = AgreementState({"c": Control(Kind.CHOICE, level=Level.INTERVAL)})
    for at, pair in enumerate([("1", "nan"), ("nan", "nan"), ("1", "1"), ("2", "infinity")]):
        state.add(str(at), ["ann", "bob"], [{"c": v} for v in pair])
    found = state.result(resamples=20).controls["c"]
    assert found.level == "ordinal"
    assert found.measures["krippendorff_alpha"].value is not None


def test_answers_about_regions() -> None:
    controls = {
        "tone": Control(Kind.CHOICE, on="turns", labels=["x", "y"]),
        "turns": Control(Kind.TURNS),
        "sure": Control(Kind.RATING, on="marks"),
        "marks": Control(Kind.SPANS),
    }

    def turn(index: int, tone: str) -> Turn:
        return Turn(index, "T", answers=(("tone", tone),) if tone else ())

    def mark(start: int, sure: int) -> Span:
        return Span(start, start + 2, "A", answers=(("sure", sure),))

    # Turns 0 (alike), 1 (apart), 2 (marked by one), 3 (one left it open); spans at 0 and 5.
    ann = {
        "turns": (turn(0, "x"), turn(1, "x"), turn(2, "y"), turn(3, "")),
        "marks": (mark(0, 1), mark(5, 4)),
    }
    bob = {"turns": (turn(0, "x"), turn(1, "y"), turn(3, "x")), "marks": (mark(0, 1), mark(6, 2))}
    state = AgreementState(controls)
    state.add("1", ["bob", "ann"], [bob, ann], "link")
    state.add("2", ["ann", "bob"], [{"turns": (turn(0, "y"),)}, {"turns": (turn(0, "y"),)}])
    found = state.result(resamples=20)
    assert list(found.controls) == list(controls)
    assert (found.items, found.annotators) == (2, 2)
    tone, sure = found.controls["tone"], found.controls["sure"]
    assert (tone.items, tone.answers) == (3, 7)
    assert tone.measures["percent"].value == pytest.approx(2 / 3)
    # Pairs xx, xy, yy: D_o = 2 / 6, D_e = 2 * 3 * 3 / (6 * 5).
    assert tone.measures["krippendorff_alpha"].value == pytest.approx(1 - (2 / 6) / (18 / 30))
    assert (sure.items, sure.level, sure.measures["percent"].value) == (1, "ordinal", 1.0)
    assert [c.item for c in found.contested if c.control == "tone"] == ["1 turns 1"]

    parts = AgreementState(controls)
    parts.add("2", ["ann", "bob"], [{"turns": (turn(0, "y"),)}, {"turns": (turn(0, "y"),)}])
    other = AgreementState(controls)
    other.add("1", ["ann", "bob"], [ann, bob], "link")
    parts.merge(pickle.loads(pickle.dumps(other)))
    assert encoded(parts) == encoded(state)
    parts.subtract("1", ["ann", "bob"], [ann, bob], "link")
    assert parts.result(resamples=0).controls["tone"].items == 1


def every_name(control: ControlAgreement) -> set[str]:
    inner: list[dict[str, Measure]] = [
        control.measures,
        *control.labels.values(),
        *control.fields.values(),
        *(pair.measures for pair in control.pairs),
        *(one.measures for one in control.annotators),
    ]
    return {name for found in inner for name in found}


def test_every_measure_that_a_result_holds_is_documented() -> None:
    held = {n for c in state_of(some_items(12)).result(resamples=0).controls.values() for n in every_name(c)}
    assert len(held) > 20
    assert held - set(measures()) == set()


@pytest.mark.parametrize(
    ("kind", "value"),
    [(Kind.SPANS, (Span(0, 3, "A"),)), (Kind.TEXT, "one"), (Kind.TRANSCRIPT, "one")],
)
def test_ids_that_no_encoding_holds_are_taken(kind: Kind, value: Any) -> None:
    """JSON can escape half of a character; an id is only told apart from others."""
    state = AgreementState({"c": Control(kind)})
    for number in range(3):
        state.add(f"item \ud800 {number}", ["a", "b"], [{"c": value}, {"c": value}])
    assert state.result(resamples=0).controls["c"].measures["percent"].value == 1.0
    state.subtract("item \ud800 1", ["a", "b"], [{"c": value}, {"c": value}])
    assert state.items == 2
