"""What suggestions do to answers, worked out by hand: acceptance, edits, agreement with and without."""

from __future__ import annotations

import copy
import random
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from labelwright.agreement.result import Measure, State
from labelwright.agreement.spans import SpanScorer
from labelwright.contracts import Control, Input, Template
from labelwright.geometry.shapes import Box
from labelwright.pipeline.part import PartRunner
from labelwright.pipeline.partstate import PartState
from labelwright.quality import anchored, bent
from labelwright.quality.anchoring import Anchoring, AnchorWatcher, suggestion
from labelwright.quality.comparing import Comparer
from labelwright.quality.edits import MILLION, Edits, edits
from labelwright.quality.lots import Lot, name_of
from labelwright.records import Annotation, Item, ItemKey, Kind, Prediction, Relation, Segment, Shape, Span
from labelwright.report import suggested

TEMPLATE = Template(
    "t",
    inputs={"text": Input("text"), "image": Input("image")},
    controls={
        "label": Control(Kind.CHOICE, ["a", "b"]),
        "spans": Control(Kind.SPANS, ["A", "B"], input="text"),
        "boxes": Control(Kind.SHAPES, ["A", "B"], input="image"),
        "words": Control(Kind.TEXT),
    },
)
MORNING, NOON, EVENING = (f"2026-11-22T{hour:02}:00:00.000000Z" for hour in (8, 12, 18))


def item(number: int, people: dict[str, Any], *predictions: Prediction) -> Item:
    """An item; ``people`` gives each their answers, or an annotation."""
    made = [
        given if isinstance(given, Annotation) else Annotation(f"{number}-{who}", who, given)
        for who, given in people.items()
    ]
    return Item(ItemKey("", "p", str(number)), {"text": "Ada in Paris"}, made, list(predictions))


def watched(*items: Item, lot: Lot | None = None) -> Anchoring:
    """The state after some items."""
    watcher = AnchorWatcher(TEMPLATE, lot)
    for one in items:
        watcher.note(one, one.annotations)
    return watcher.state


def report(state: Anchoring, resamples: int = 200, lot: Lot | None = None) -> anchored.AnchoringReport:
    """The report of a state, under the annotators' own ids."""
    names = {who: who for who in {*state.people, *state.accepted}}
    found = anchored.anchoring_report(state, TEMPLATE, names, 5, resamples, lot)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "old", "new", "wanted"),
    [
        (Kind.CHOICE, "a", "a", Edits(1, 1)),
        (Kind.CHOICE, "a", "b", Edits(1, 0)),
        (Kind.CHOICES, ("a", "b"), ("b",), Edits(1, 0)),
        (Kind.RATING, 3, 4.0, Edits(1, 0)),
        (Kind.TEXT, "kitten", "sitting", Edits(1, 0, distance=428571)),  # 3 edits of 7 letters
        (Kind.TEXT, "same", "same", Edits(1, 1)),
        (Kind.TEXT, ("a", "b"), ("a", "c"), Edits(1, 0, distance=333333)),  # 1 of "a\nb"
        (Kind.SPANS, (Span(0, 3, "A", id="1"),), (Span(0, 3, "A", id="9"),), Edits(1, 1, kept=1)),
        (Kind.SPANS, (Span(0, 3, "A"),), (Span(0, 3, "B"),), Edits(1, 0, relabelled=1)),
        (Kind.SPANS, (Span(0, 3, "A"),), (Span(0, 6, "A"),), Edits(1, 0, moved=1, overlap=500000)),
        (Kind.SPANS, (Span(0, 3, "A"),), (Span(5, 6, "A"),), Edits(1, 0, added=1, removed=1)),
        (Kind.SPANS, (), (Span(5, 6, "A"),), Edits(1, 0, added=1)),
        (Kind.SPANS, (), (), Edits(1, 1)),
        (Kind.SPANS, (Span(0, 3, "A", unit="0"),), (Span(0, 3, "A", unit="1"),),
         Edits(1, 0, added=1, removed=1)),
        (Kind.SEGMENTS, (Segment(0, 2, "A"),), (Segment(0, 4, "A"),), Edits(1, 0, moved=1, overlap=500000)),
        (Kind.SHAPES, (Shape(Box(0, 0, 10, 10), "A"),), (Shape(Box(0, 0.0001, 10, 10), "A", id="x"),),
         Edits(1, 1, kept=1)),
        (Kind.SHAPES, (Shape(Box(0, 0, 10, 10), "A"),), (Shape(Box(0, 0, 10, 8), "A"),),
         Edits(1, 0, moved=1, overlap=800000)),
        (Kind.SHAPES, (Shape(Box(0, 0, 10, 10), "A"),), (Shape(Box(8, 8, 10, 10), "A"),),
         Edits(1, 0, added=1, removed=1)),
        (Kind.RELATIONS, (Relation(Span(0, 1, "A"), Span(2, 3, "A"), "r"),), (), Edits(1, 0, removed=1)),
    ],
)  # fmt: skip
def test_edits_by_kind(kind: Kind, old: Any, new: Any, wanted: Edits) -> None:
    assert edits(Control(kind), old, new) == wanted


def test_the_same_label_in_the_same_place_is_paired_first() -> None:
    old = (Span(0, 3, "A"), Span(0, 3, "B"))
    assert edits(Control(Kind.SPANS), old, (Span(0, 3, "B"),)) == Edits(1, 0, kept=1, removed=1)


def test_what_an_answer_was_made_with() -> None:
    early, late = Prediction("1", "m", {}, created_at=MORNING), Prediction("2", "m", {}, created_at=EVENING)
    here = item(1, {}, early, late)

    def made(created: str, linked: str = "") -> str:
        found = suggestion(here, Annotation("a", "x", {}, created_at=created, prediction=linked))
        return "" if found is None else found.id

    assert made(NOON) == "1" and made(NOON, "2") == "2" and made("2026-11-22T07:00:00Z") == ""
    assert made("2026-11-22T20:00:00+00:00") == "2" and made("") == "2" and made(NOON, "gone") == "1"
    undated = item(1, {}, Prediction("3", "m", {}))
    assert suggestion(undated, Annotation("a", "x", {}, created_at=NOON)) is not None


def test_acceptance_and_agreement_worked_out_by_hand() -> None:
    with_ = [
        item(
            n, {"x": {"label": "a"}, "y": {"label": "a" if n else "b"}}, Prediction("p", "m", {"label": "a"})
        )
        for n in range(4)
    ]  # x accepts 4 of 4, y 3 of 4; they agree on 3 of 4
    without = [item(n, {"x": {"label": "a"}, "y": {"label": "ab"[n % 2]}}) for n in range(10, 14)]  # 2 of 4
    found = report(watched(*with_, *without))
    assert (found.items_with, found.items_without, found.items_mixed) == (4, 4, 0)
    assert (found.answers, found.made_from, found.accepted.value) == (8, 0, 0.875)
    assert found.controls["label"].unchanged.value == 0.875 and found.controls["label"].regions is None
    apart = found.agreement["label"]
    assert (apart.items_with, apart.items_without) == (4, 4)
    assert (apart.with_suggestion.value, apart.without_suggestion.value) == (0.75, 0.5)
    assert apart.difference.value == 0.25
    assert apart.difference.low is not None and apart.difference.low < 0 < (apart.difference.high or 0)
    assert found.annotators["x"].accepted.value == 1.0 and found.annotators["y"].accepted.value == 0.75
    assert found.annotators["y"].agreement.difference.value == 0.25
    assert anchored.NOT_BY_LOT in found.limits and anchored.NO_LINK in found.limits


def test_without_a_blind_share_agreement_without_is_not_measurable() -> None:
    made = Prediction("p", "m", {"label": "a"})
    found = report(watched(item(1, {"x": {"label": "a"}, "y": {"label": "a"}}, made)))
    apart = found.agreement["label"]
    assert apart.with_suggestion.value == 1.0
    assert apart.without_suggestion.state is State.NO_OVERLAP is apart.difference.state
    assert apart.difference.value is None and anchored.NO_BLIND in found.limits
    assert anchored.anchoring_report(watched(item(1, {"x": {"label": "a"}})), TEMPLATE, {}, 0, 0) is None


def test_the_lot_says_who_is_blind_whatever_is_stored() -> None:
    lot = Lot(50, 3)
    empty = Prediction("p", "m", {})  # as a host answers for an item of the blind share
    items = [item(n, {"x": {"label": "a"}, "y": {"label": "a"}}, empty) for n in range(40)]
    found = report(watched(*items, lot=lot), lot=lot)
    shown = sum(lot.shows(str(n)) for n in range(40))
    assert (found.items_with, found.items_without) == (shown, 40 - shown)
    assert (found.share, found.seed) == (50, 3) and anchored.NOT_BY_LOT not in found.limits
    # Nothing was suggested for anything: nothing was accepted either, and that is said.
    assert (found.answers, found.items_unshown, found.items_seen) == (0, shown, 0)
    assert anchored.UNSHOWN.format(n=shown, items=shown) in found.limits


@pytest.mark.parametrize("answers", [{}, {"spans": ()}, {"label": None, "spans": ()}])
def test_a_suggestion_of_nothing_is_none_and_is_not_accepted(answers: dict[str, Any]) -> None:
    said, silent = Prediction("p", "m", {"label": "a"}), Prediction("q", "m", answers)
    people = {"x": {"label": "b"}, "y": {"label": "b", "spans": ()}}
    found = report(watched(item(1, people, said), item(2, people, silent), item(3, people)))
    assert (found.answers, found.accepted.value) == (2, 0.0)
    assert (found.items_with, found.items_without, found.items_silent) == (1, 1, 1)
    assert anchored.SILENT.format(n=1) in found.limits


def test_a_lot_that_was_not_kept_is_told() -> None:
    lot, made = Lot(50, 3), Prediction("p", "m", {"label": "a"}, created_at=NOON)
    early = Annotation("1", "x", {"label": "b"}, created_at=MORNING)
    late = Annotation("2", "y", {"label": "a"}, created_at=EVENING, prediction="p")
    blind = [n for n in range(20) if not lot.shows(str(n))]
    shown = [n for n in range(20) if lot.shows(str(n))]
    state = watched(
        item(blind[0], {"x": late}, made), item(blind[1], {"x": early}, made),
        item(shown[0], {"x": late}, made), item(shown[1], {"x": early, "y": late}, made), lot=lot,
    )  # fmt: skip
    found = report(state, lot=lot)
    assert (found.items_seen, found.items_unshown, found.answers) == (1, 1, 2)
    assert anchored.SEEN.format(n=1, items=2) in found.limits
    assert anchored.UNSHOWN.format(n=1, items=2) in found.limits
    assert found.conclusions[0] == bent.CHECK_LOT.format(seen=1, blind=2)


def test_an_input_without_predictions_does_not_tell_who_was_shown_one() -> None:
    lot = Lot(50, 3)
    people = {"x": {"label": "a"}, "y": {"label": "a"}}
    found = report(watched(*(item(n, people) for n in range(20)), lot=lot), lot=lot)
    assert anchored.NO_RECORD in found.limits and found.items_unshown == 0 and found.items_with
    assert not any("have an answer made without" in limit for limit in found.limits)


def test_models_are_told_apart() -> None:
    old = Prediction("1", "old", {"label": "a"}, created_at=MORNING)
    new = Prediction("2", "new", {"label": "b"}, created_at=NOON)
    linked = Annotation("1", "x", {"label": "a"}, created_at=EVENING, prediction="1")
    later = Annotation("2", "y", {"label": "a"}, created_at=EVENING)
    models = report(watched(item(1, {"x": linked, "y": later}, old, new))).models
    assert {name: (m.answers, m.made_from, m.accepted.value) for name, m in models.items()} == {
        "new": (1, 0, 0.0), "old": (1, 1, 1.0),
    }  # fmt: skip


def _apart(low: float | None, value: float, high: float | None) -> bent.Apart:
    return bent.Apart(30, 10, Measure(0.9), Measure(0.7), Measure(value, low, high))


def test_what_follows_is_said() -> None:
    def said(one: bent.Apart, by_lot: bool = True) -> str:
        (found,) = bent.conclusions({"label": one}, (30, 10), 0, by_lot)
        return found

    assert "(+0.20, between +0.05 and +0.35)" in said(_apart(0.05, 0.2, 0.35))
    assert bent.BY_LOT.format(without=0.7) in said(_apart(0.05, 0.2, 0.35))
    assert bent.NOT_SO in said(_apart(0.05, 0.2, 0.35), by_lot=False)
    assert bent.SEE_CHANGES in said(_apart(-0.35, -0.2, -0.05))
    assert "lies between -0.10 and +0.30. " + bent.NARROW in said(_apart(-0.1, 0.1, 0.3))
    assert bent.NOT_SO in said(_apart(-0.1, 0.1, 0.3), by_lot=False)
    assert "too few" in said(_apart(None, 0.1, None))
    assert bent.conclusions({"label": _apart(0.1, 0.2, 0.3)}, (30, 0), 0, False) == [bent.KEEP_BLIND]


def test_answers_begun_before_the_suggestion_are_apart() -> None:
    late = Prediction("p", "m", {"label": "a"}, created_at=NOON)
    before = Annotation("1", "x", {"label": "b"}, created_at=MORNING)
    after = Annotation("2", "y", {"label": "a"}, created_at=EVENING, prediction="p")
    found = report(watched(item(1, {"x": before, "y": after}, late)))
    assert (found.items_mixed, found.answers, found.made_from, found.accepted.value) == (1, 1, 1, 1.0)
    assert (
        found.agreement == {} and anchored.MIXED in found.limits and found.conclusions == [bent.ANSWER_TWICE]
    )


@pytest.mark.parametrize(
    ("stored", "changed", "took", "seen"),
    [
        ("2026-01-01T12:10:00Z", "2026-01-01T12:10:00Z", 700.0, False),  # begun before, stored after
        ("2026-01-01T12:10:00Z", "", 700.0, False),
        ("2026-01-01T12:10:00Z", "2026-01-01T12:10:01Z", 500.0, True),
        ("2026-01-01T12:10:00Z", "2026-01-01T12:10:00Z", 601.0, True),  # made as the item was opened
        ("2026-01-01T12:10:00Z", "2026-01-05T12:10:00Z", 700.0, True),  # the time holds later work
        ("2026-01-01T12:10:00Z", "", None, True),
        ("2026-01-01T12:10:00Z", "", -5.0, True),
        ("2026-01-01T12:10:00Z", "", 1e9, True),
        ("2026-01-01T11:10:00Z", "", 1.0, False),
    ],
)
def test_an_answer_began_when_the_work_on_it_began(
    stored: str, changed: str, took: float | None, seen: bool
) -> None:
    made = Prediction("p", "m", {"label": "a"}, created_at="2026-01-01T12:00:00Z")
    answer = Annotation("1", "x", {"label": "b"}, created_at=stored, updated_at=changed, lead_time=took)
    assert (suggestion(item(1, {"x": answer}, made), answer) is not None) is seen


def test_an_answer_that_was_taken_away_is_no_acceptance() -> None:
    made = Prediction("p", "m", {"spans": (Span(0, 3, "A"), Span(4, 5, "A")), "label": "a"})
    found = report(watched(item(1, {"x": {"label": "a"}}, made)))
    assert found.accepted.value == 0.0 and found.controls["spans"].regions == anchored.Regions(removed=2)
    assert found.controls["label"].unchanged.value == 1.0


def test_words_that_were_taken_away_are_all_changed_and_nothing_left_out_is_no_change() -> None:
    made = Prediction("p", "m", {"spans": (), "label": "a", "words": "all of it"})
    found = report(watched(item(1, {"x": {"label": "a"}}, made)))
    assert found.controls["words"].distance == 1.0 and found.controls["words"].unchanged.value == 0.0
    assert found.controls["spans"].unchanged.value == 1.0


def test_parts_merge_into_what_one_run_keeps() -> None:
    draw = random.Random(7)
    made = []
    for n in range(60):
        people = {w: {"label": draw.choice("ab"), "words": draw.choice(("one", "two"))} for w in "xyz"}
        spans = tuple(Span(k, k + draw.randint(1, 4), "A") for k in range(draw.randint(0, 3)))
        predictions = [Prediction("p", "m", {"label": "a", "spans": spans, "words": "one"})][: n % 3]
        made.append(item(n, people, *predictions))
    whole, left, right = watched(*made), watched(*made[:23]), watched(*made[23:])
    left = copy.deepcopy(left)
    left.merge(right)
    assert left == whole and report(left) == report(whole)


def test_the_interval_of_the_difference_is_that_of_a_plain_bootstrap() -> None:
    draw = np.random.default_rng(11)
    scores = {(True, 1_000_000): 90, (True, 0): 30, (False, 1_000_000): 40, (False, 0): 40}
    found = anchored.apart(scores, 1, 4000)
    group = np.repeat([1, 1, 0, 0], [90, 30, 40, 40])
    value = np.repeat([1.0, 0.0, 1.0, 0.0], [90, 30, 40, 40])
    plain = []
    for _ in range(4000):
        at = draw.integers(0, len(value), len(value))
        plain.append(value[at][group[at] == 1].mean() - value[at][group[at] == 0].mean())
    low, high = np.percentile(plain, [2.5, 97.5])
    assert found.difference.value == 0.25
    assert found.difference.low == pytest.approx(low, abs=0.01)
    assert found.difference.high == pytest.approx(high, abs=0.01)


def _drawn_items(count: int) -> list[Item]:
    """Items of three people with spans, boxes and words, every other one with a suggestion."""
    draw, made = random.Random(5), []
    for n in range(count):
        people: dict[str, Any] = {}
        for who in "xyz":
            spans = tuple(Span(k, k + draw.randint(1, 3), "A") for k in range(draw.randint(0, 3)))
            boxes = tuple(Shape(Box(9 * k, 0, draw.randint(5, 9), 9), "B") for k in range(draw.randint(0, 3)))
            people[who] = {"label": draw.choice("ab"), "spans": spans, "boxes": boxes}
            people[who]["words"] = draw.choice("uv")
        made.append(item(n, people, *[Prediction("p", "m", {"label": "a"})][: n % 2]))
    return made


def _part(anchors: AnchorWatcher | None, count: int = 40) -> PartState:
    part = PartRunner(TEMPLATE, {who: who for who in "xyz"}, "source", anchors=anchors)
    return part.run(_drawn_items(count))


def test_what_suggestions_are_measured_by_is_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []
    score = SpanScorer.score

    def counted(self: SpanScorer, who: tuple[str, ...], values: Any, text: object) -> tuple[float, bytes]:
        calls.append(who)
        return score(self, who, values, text)

    monkeypatch.setattr(SpanScorer, "score", counted)
    watched_part = _part(AnchorWatcher(TEMPLATE))
    assert calls == [("x", "y", "z")] * 40
    plain = _part(None)
    for control in TEMPLATE.controls:
        assert watched_part.agreement.patterns(control) == plain.agreement.patterns(control)


def test_agreement_by_suggestion_is_the_mean_of_every_two_answers() -> None:
    items, state = _drawn_items(40), _part(AnchorWatcher(TEMPLATE)).anchoring
    for control in TEMPLATE.controls:
        comparer = Comparer(TEMPLATE.controls[control])
        for side in (True, False):
            means = []
            for one in items:
                if bool(one.predictions) is side:
                    given = [a.answers[control] for a in one.annotations]
                    text = one.inputs["text"] if control == "spans" else None
                    means.append(np.mean([comparer.score(a, b, text) for a, b in combinations(given, 2)]))
            kept = {score: n for (group, score), n in state.agreed[control].items() if group is side}
            found = sum(score * n for score, n in kept.items()) / MILLION
            assert found == pytest.approx(sum(means), abs=1e-3)
            assert sum(kept.values()) == len(means) == 20


def _marked(number: int, *origins: str) -> Item:
    shapes = tuple(Shape(Box(9 * n, 0, 9, 9), "A", origin=one) for n, one in enumerate(origins))
    return item(number, {"x": {"boxes": shapes, "label": "a"}})


def test_where_predictions_are_not_kept_regions_tell_what_became_of_them() -> None:
    lot = Lot(50, 3)
    blind = next(n for n in range(20) if not lot.shows(str(n)))
    shown = next(n for n in range(20) if lot.shows(str(n)))
    origins = ("prediction", "prediction", "semi-auto", "manual", "import")
    found = report(watched(_marked(blind, "manual"), _marked(shown, *origins), lot=lot), lot=lot)
    one = found.marks["boxes"]
    assert (one.suggested, one.accepted.value, one.drawn) == (3, 0.666667, 1)
    assert anchored.TAKEN_AWAY in found.limits
    assert "no answer was made" not in suggested.line(found)
    assert suggested.mark_rows(found)[0][:3] == ["boxes", "3", "0.67"]

    unknown = report(watched(_marked(1, *origins), _marked(2, "manual")))
    assert unknown.marks["boxes"].drawn == 2 and unknown.conclusions == [bent.KEEP_BLIND]
    assert unknown.agreement == {} and unknown.items_mixed == 2
    drawn = watched(_marked(1, "manual", "import"))
    assert anchored.anchoring_report(drawn, TEMPLATE, {"x": "x"}, 0, 0) is None
    kept = Prediction("p", "m", {"boxes": (Shape(Box(0, 0, 9, 9), "A"),)})
    made = item(1, {"x": {"boxes": (Shape(Box(0, 0, 9, 9), "A", origin="prediction"),)}}, kept)
    assert report(watched(made)).marks == {}  # what was suggested is known, and compared


def test_an_item_whose_lot_cannot_be_known_is_in_neither_group() -> None:
    lot = Lot(50.0, 1)
    items = [item(n, {"x": {"label": "a"}, "y": {"label": "a"}}) for n in range(20)]
    known = report(watched(*items, lot=lot), lot=lot)
    assert known.items_mixed == 0 and anchored.UNKNOWN_LOT not in known.limits
    for one in items[:7]:
        one.lot = None
    found = report(watched(*items, lot=lot), lot=lot)
    assert found.items_mixed == 7 and found.items_with + found.items_without == 13
    assert anchored.UNKNOWN_LOT in found.limits and anchored.MIXED not in found.limits
    items[8].lot = "what it shows"
    assert name_of(items[8]) == "what it shows" and name_of(items[9]) == "9"
