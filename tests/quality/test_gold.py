"""Gold: intervals against published values, scoring by kind, exact merging, and who reaches the target."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from labelwright.contracts import Control, Template
from labelwright.contracts.templates import Input, Quality
from labelwright.geometry.shapes import Mask, Polygon
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import Problems
from labelwright.quality.answerfile import as_json, as_line, as_value, read_answers
from labelwright.quality.comparing import Comparer, essence
from labelwright.quality.gold import gold_report, untrusted
from labelwright.quality.goldmaking import Maker, mostly_flagged, shared_answers
from labelwright.quality.goldstate import GoldScorer, GoldState
from labelwright.quality.proportions import proportion
from labelwright.records import Annotation, Kind, Relation, Segment, Shape, Span, Track, Turn

LABELS = ["A", "B", "C"]
NAMES = {who: f"person {who}" for who in "abcdefgh"}


def template(**controls: Control) -> Template:
    asked = controls or {"label": Control(Kind.CHOICE, LABELS)}
    return Template("probe", inputs={"text": Input("text")}, controls=asked)


def scored(asked: Template, rows: list[tuple[dict[str, Any], str, dict[str, Any]]]) -> GoldState:
    state = GoldState()
    scorer = GoldScorer(asked, state)
    for known, who, answers in rows:
        scorer.score(known, who, answers, lambda _: None)
    return state


@settings(deadline=None)
@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons(counts: tuple[int, int]) -> None:
    right, n = counts
    found = proportion(right, n)
    low, high = proportion_confint(right, n, method="wilson")
    assert found.value == pytest.approx(right / n, abs=1e-6)
    assert found.low == pytest.approx(low, abs=2e-6) and found.high == pytest.approx(high, abs=2e-6)


def test_an_interval_by_hand_and_one_without_answers() -> None:
    # Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662.
    found = proportion(81, 263)
    assert (round(found.low or 0, 4), round(found.high or 0, 4)) == (0.2553, 0.3662)
    assert proportion(0, 0).value is None and proportion(0, 0).low is None
    assert proportion(5, 5).high == 1.0 and proportion(0, 5).low == 0.0


def test_accuracy_confusion_and_classes() -> None:
    rows: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({"label": "A"}, "a", {"label": "A"}),
        ({"label": "A"}, "a", {"label": "B"}),
        ({"label": "B"}, "a", {"label": "B"}),
        ({"label": "B"}, "a", {}),
        ({"label": "A"}, "b", {"label": "A"}),
    ]
    found = gold_report(scored(template(), rows), template(), NAMES)
    mine = found.annotators["person a"]
    assert (mine.items, mine.accuracy.value, mine.accuracy.n) == (4, 0.5, 4)
    confusion = mine.controls["label"].confusion
    assert (confusion.gold, confusion.given) == (["A", "B"], ["", "A", "B"])
    assert confusion.counts == [[0, 1, 1], [1, 0, 1]]
    classes = found.classes["label"]
    assert (classes["A"].gold, classes["A"].given, classes["A"].right) == (3, 2, 2)
    assert classes["A"].precision.value == 1.0 and classes["A"].recall.value == pytest.approx(2 / 3, abs=1e-6)
    assert classes["A"].accuracy.value == pytest.approx(4 / 5)  # the one A called B is the only slip
    assert classes["B"].accuracy.value == pytest.approx(3 / 5)


def test_sets_are_scored_whole_and_their_classes_label_by_label() -> None:
    asked = template(tags=Control(Kind.CHOICES, LABELS))
    rows: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({"tags": ("A", "B")}, "a", {"tags": ("A",)}),
        ({"tags": ("A",)}, "a", {"tags": ("A",)}),
    ]
    found = gold_report(scored(asked, rows), asked, NAMES)
    assert found.annotators["person a"].accuracy.value == 0.5
    assert found.classes["tags"]["A"].recall.value == 1.0
    assert found.classes["tags"]["B"].recall.value == 0.0


def test_numbers_within_tolerance_are_right() -> None:
    asked = template(size=Control(Kind.NUMBER, tolerance=0.5))
    rows: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({"size": 3}, "a", {"size": 3.5}),
        ({"size": 3}, "a", {"size": 3.6}),
    ]
    assert gold_report(scored(asked, rows), asked, NAMES).annotators["person a"].accuracy.value == 0.5


def test_spans_are_scored_by_degree() -> None:
    asked = template(names=Control(Kind.SPANS, LABELS))
    known = (Span(0, 3, "A"), Span(5, 8, "B"))
    rows: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({"names": known}, "a", {"names": (Span(0, 3, "A", id="other"), Span(5, 8, "B"))}),
        ({"names": known}, "a", {"names": (Span(0, 3, "A"),)}),
        ({"names": known}, "a", {}),
    ]
    state = scored(asked, rows)
    assert state.scores[("a", "names")] == [3, 1_666_667]  # exact F1: 1, 2/3, and no answer
    found = gold_report(state, asked, NAMES).annotators["person a"]
    assert found.controls["names"].accuracy.value == pytest.approx(1.666667 / 3, abs=1e-6)


ROWS = st.lists(
    st.tuples(
        st.fixed_dictionaries({"label": st.sampled_from(LABELS), "note": st.text(max_size=4)}),
        st.sampled_from("abc"),
        st.dictionaries(st.sampled_from(["label", "note"]), st.sampled_from(LABELS)),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(ROWS, st.integers(0, 30), st.integers(0, 99))
def test_parts_in_any_order_merge_to_the_whole(rows: list[Any], at: int, seed: int) -> None:
    asked = template(label=Control(Kind.CHOICE, LABELS), note=Control(Kind.TEXT))
    whole = scored(asked, rows)
    mixed = random.Random(seed).sample(rows, len(rows))
    first, second = scored(asked, mixed[:at]), scored(asked, mixed[at:])
    first.merge(second)
    encode = msgspec.json.Encoder(order="deterministic").encode
    assert first == whole
    assert encode(gold_report(first, asked, NAMES)) == encode(gold_report(whole, asked, NAMES))


def test_who_reaches_the_target() -> None:
    rows: list[tuple[dict[str, Any], str, dict[str, Any]]] = []
    for n in range(10):
        rows.append(({"label": "A"}, "a", {"label": "A" if n < 8 else "B"}))
        rows.append(({"label": "A"}, "b", {"label": "A" if n < 7 else "B"}))
    rows.append(({"label": "A"}, "c", {"label": "A"}))
    state = scored(template(), rows)
    state.authors.add("d")
    found = gold_report(state, template(), NAMES, target=0.8, least_answers=10)
    assert {n: a.state for n, a in found.annotators.items()} == {
        "person a": "reached",
        "person b": "below",
        "person c": "not yet measured",
        "person d": "gold author",
    }
    short = untrusted(state, template(), "abcde", 0.8, 10)
    assert short == {"b": "below", "c": "not yet measured", "e": "not yet measured"}


def test_only_what_the_gate_asks_for_is_held_against_the_target() -> None:
    asked = template(label=Control(Kind.CHOICE, LABELS), note=Control(Kind.TEXT))
    asked.quality = Quality(gate=["label"])
    rows: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({"label": "A", "note": "x"}, "a", {"label": "A", "note": "quite other words"})
    ]
    found = gold_report(scored(asked, rows), asked, NAMES).annotators["person a"]
    assert found.accuracy.value == 1.0 and found.controls["note"].accuracy.value == 0.0


SPAN = Span(0, 2, "A", "ab", "r1")
MASK = Mask(1, 2, 2, 1, (0, 1, 1))
SHAPE = Shape(Polygon.of(((0.0, 0.5), (4.0, 0.0), (4.0, 4.0))), "A", "s", answers=(("sure", 1),))
VALUES: list[tuple[Control, Any]] = [
    (Control(Kind.CHOICE, LABELS), "A"),
    (Control(Kind.CHOICES, LABELS), ("A", "B")),
    (Control(Kind.TAXONOMY), (("x", "y"), ("z",))),
    (Control(Kind.RATING), 4),
    (Control(Kind.NUMBER), 2.5),
    (Control(Kind.DATE), "2026-01-02"),
    (Control(Kind.TEXT), "words"),
    (Control(Kind.TRANSCRIPT), "said"),
    (Control(Kind.PREFERENCE), "tie"),
    (Control(Kind.RANKING), (("a", "b"), ("c",))),
    (Control(Kind.SPANS, LABELS), (SPAN,)),
    (Control(Kind.RELATIONS), (Relation(SPAN, Span(3, 4, "B"), "of"),)),
    (Control(Kind.TURNS), (Turn(0, "A", "t"),)),
    (Control(Kind.SEGMENTS, LABELS), (Segment(0.5, 1.5, "A"),)),
    (Control(Kind.SHAPES, LABELS), (SHAPE,)),
    (Control(Kind.TRACKS, LABELS), (Track((Keyframe(0, MASK, attributes=(("colour", "red"),)),), "B"),)),
    (Control(Kind.JSON), {"a": [1, None]}),
]


@pytest.mark.parametrize(("control", "value"), VALUES, ids=lambda v: str(getattr(v, "kind", "")))
def test_every_kind_goes_to_a_file_and_back(control: Control, value: Any, tmp_path: Path) -> None:
    assert {c.kind for c, _ in VALUES} == set(Kind)
    assert as_value(control, as_json(value)) == value
    path = tmp_path / "gold.jsonl"
    path.write_bytes(as_line("7", {"it": value}, ["3"], "why"))
    problems = Problems()
    found = read_answers(path, template(it=control), problems)
    assert not len(problems)
    assert found["7"].answers == {"it": value} and found["7"].annotations == ("3",)
    assert Comparer(control).score(value, found["7"].answers["it"]) == 1.0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("no json", "answers.line-unreadable"),
        ("[]", "answers.line-unreadable"),
        ('{"item": "1"}', "answers.line-unreadable"),
        ('{"item": "1", "answers": {}, "extra": 1}', "answers.line-unreadable"),
        ('{"item": null, "answers": {}}', "answers.line-unreadable"),
        ('{"item": "1", "answers": {"other": "A"}}', "answers.control-unknown"),
        ('{"item": "1", "answers": {"inner": "A"}}', "answers.control-unknown"),
        ('{"item": "1", "answers": {"label": "D"}}', "answers.value-invalid"),
        ('{"item": "1", "answers": {"label": ["A"]}}', "answers.value-invalid"),
        ('{"item": "1", "answers": {"label": null}}', "answers.value-invalid"),
        ('{"item": 2, "answers": {"label": "A"}}', "answers.item-repeated"),
        ('{"item": "\\ud800", "answers": {"label": "A"}}', "answers.line-unreadable"),
    ],
)
def test_bad_lines_are_problems_with_their_line(line: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"item": "2", "answers": {"label": "A"}}\n\n' + line + "\n")
    asked = template(label=Control(Kind.CHOICE, LABELS), inner=Control(Kind.CHOICE, LABELS, on="label"))
    problems = Problems()
    found = read_answers(path, asked, problems)
    assert {item: known.answers for item, known in found.items() if known.answers} == {"2": {"label": "A"}}
    assert [(p.code, p.place.line) for p in problems] == [(code, 3)]


def annotation(number: int, who: str, label: str, marked: bool = False) -> Annotation:
    return Annotation(str(number), who, {"label": label}, reference=marked)


def test_gold_is_made_of_marks_and_of_what_all_agree_on() -> None:
    def made(order: list[int], seed: int = 0) -> tuple[list[str], list[str]]:
        maker = Maker(template(), 3, seed, 2, False)
        for n in order:
            second = "A" if n % 2 else "B"
            maker.add(str(n), [annotation(n, "a", "A", n == 4), annotation(n + 50, "b", second)])
        return [c.item for c in maker.flagged], [c.item for _, c in maker.agreed.entries]

    flagged, agreed = made(list(range(20)))
    assert flagged == ["4"] and len(agreed) == 3 and all(int(i) % 2 for i in agreed)
    assert made(list(reversed(range(20))))[1] == agreed  # the sample does not depend on the order
    assert any(made(list(range(20)), seed)[1] != agreed for seed in range(1, 6))


def test_a_single_annotator_agrees_with_nobody() -> None:
    maker = Maker(template(), 3, 0, 2, False)
    maker.add("1", [annotation(1, "a", "A")])
    assert maker.candidates == 0 and not maker.agreed.entries


def test_several_marks_give_what_they_share() -> None:
    left = Annotation("1", "a", {"label": "A", "note": "x"}, reference=True)
    right = Annotation("2", "b", {"label": "A", "note": "y"}, reference=True)
    assert shared_answers([left, right]) == {"label": "A"}


def test_when_marks_are_an_imports_doing() -> None:
    assert mostly_flagged(51, 100) and mostly_flagged(1, 1)
    assert not mostly_flagged(50, 100) and not mostly_flagged(0, 0)


def test_what_makes_an_answer_the_same() -> None:
    assert essence((Span(0, 2, "A", id="x"),)) == essence((Span(0, 2, "A", id="y"),))
    assert essence((Span(0, 2, "A"),)) != essence((Span(0, 2, "B"),))
    assert essence({"b": [1], "a": 2}) == essence({"a": 2, "b": [1]})
