"""Segments: frames equal sampling, events match as often as they can, bad segments are no crash."""

import math
import pickle
import random
from itertools import permutations
from typing import Any

import krippendorff
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.agreement.catalogue import measures
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.events import alike, iou, matching_events
from labelwright.agreement.result import ControlAgreement, State
from labelwright.contracts import Control
from labelwright.records import Kind, Segment

few = settings(max_examples=60, deadline=None)

Answers = list[tuple[Segment, ...]]
CENTIS = st.integers(0, 400).map(lambda n: n / 100)


@st.composite
def segments(draw: Any) -> tuple[Segment, ...]:
    found = []
    for _ in range(draw(st.integers(0, 5))):
        start, end = sorted((draw(CENTIS), draw(CENTIS)))
        found.append(Segment(start, end, draw(st.sampled_from("AB")), draw(st.sampled_from((0, 0, 1)))))
    return tuple(found)


def measured(items: list[Answers], length: float | None = None, **more: Any) -> ControlAgreement:
    state = AgreementState({"s": Control(Kind.SEGMENTS, **more)})
    texts: Any = {"s": length}
    for at, answers in enumerate(items):
        state.add(str(at), [f"p{i}" for i in range(len(answers))], [{"s": a} for a in answers], "", texts)
    return state.result(resamples=0).controls["s"]


def value(found: ControlAgreement, name: str) -> float | None:
    return found.measures[name].value


def sampled(answers: Answers) -> list[list[str]]:
    """What each annotator says at the middle of every frame of every channel."""
    last = max((s.end for a in answers for s in a if s.end > s.start), default=0.0)
    channels = sorted({s.channel for a in answers for s in a if s.end > s.start})
    frames = [(c, (n + 0.5) / 100) for c in channels for n in range(round(last * 100))]

    def said(marked: tuple[Segment, ...], channel: int, at: float) -> str:
        return "+".join(sorted({s.label for s in marked if s.channel == channel and s.start <= at < s.end}))

    return [[said(a, channel, at) for channel, at in frames] for a in answers]


@few
@given(st.lists(segments(), min_size=2, max_size=3))
def test_frames_equal_sampling(answers: Answers) -> None:
    rows = sampled(answers)
    found = measured([answers])
    columns = list(zip(*rows, strict=True))
    pairs = [(i, j) for i in range(len(rows)) for j in range(i)]
    total = len(columns) * len(pairs)
    same = sum(c[i] == c[j] for c in columns for i, j in pairs)
    marked = sum(bool(c[i] or c[j]) for c in columns for i, j in pairs)
    if total:
        assert value(found, "percent") == pytest.approx(same / total)
    if marked:
        assert value(found, "marked_percent") == pytest.approx((same - total + marked) / marked)
    said = sorted({one for row in rows for one in row})
    if len(said) > 1:
        data = np.array([[said.index(one) for one in row] for row in rows], float)
        alpha = krippendorff.alpha(data, level_of_measurement="nominal")
        assert value(found, "krippendorff_alpha") == pytest.approx(alpha, abs=1e-9)
    for label in "AB":
        binary = np.array([[float(label in one.split("+")) for one in row] for row in rows])
        if 0 < binary.sum() < binary.size:
            alone = found.labels[label]["krippendorff_alpha"].value
            expected = krippendorff.alpha(binary, level_of_measurement="nominal")
            assert alone == pytest.approx(expected, abs=1e-9)


@few
@given(segments(), segments(), st.sampled_from([0.0, 0.1, 0.5]))
def test_events_match_as_often_as_they_can(left: Any, right: Any, collar: float) -> None:
    def near(a: Segment, b: Segment) -> bool:
        reach = max(collar, 0.2 * min(a.end - a.start, b.end - b.start))
        ends = abs(a.start - b.start) <= collar + 1e-9 and abs(a.end - b.end) <= reach + 1e-9
        return ends and (a.label, a.channel) == (b.label, b.channel)

    found = matching_events(left, right, collar)
    assert all(near(left[i], right[j]) for i, j in found)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    few, many = sorted((left, right), key=len)
    best = max(sum(near(a, b) for a, b in zip(few, order, strict=False)) for order in permutations(many))
    assert len(found) == best == len(matching_events(right, left, collar))
    assert len(matching_events(left, right, collar, ends=False)) >= best


@few
@given(
    st.lists(st.tuples(st.permutations(range(4)), st.lists(segments(), max_size=4)), min_size=1, max_size=4)
)
def test_alpha_over_items_of_different_annotators(items: list[tuple[list[int], Answers]]) -> None:
    state = AgreementState({"s": Control(Kind.SEGMENTS)})
    rows: list[list[str | None]] = [[] for _ in range(4)]
    for at, (people, answers) in enumerate(items):
        who = people[: len(answers)]
        state.add(str(at), [f"p{i}" for i in who], [{"s": a} for a in answers])
        said = dict(zip(who, sampled(answers), strict=True)) if answers else {}
        frames = max(map(len, said.values()), default=0)
        for i, row in enumerate(rows):
            row.extend(said.get(i, [None] * frames))
    found = state.result(resamples=0).controls["s"]
    pairable = [c for c in zip(*rows, strict=True) if sum(v is not None for v in c) > 1]
    said_at_all = sorted({v for c in pairable for v in c if v is not None})
    if len(said_at_all) < 2:
        assert found.measures["krippendorff_alpha"].value is None
        return
    codes = [[math.nan if v is None else said_at_all.index(v) for v in c] for c in pairable]
    alpha = krippendorff.alpha(np.array(codes).T, level_of_measurement="nominal")
    assert value(found, "krippendorff_alpha") == pytest.approx(alpha, abs=1e-9)
    for label, measures_of in found.labels.items():
        binary = [[math.nan if v is None else float(label in v.split("+")) for v in c] for c in pairable]
        flat = {v for c in binary for v in c if v == v}
        if len(flat) == 2:
            expected = krippendorff.alpha(np.array(binary).T, level_of_measurement="nominal")
            assert measures_of["krippendorff_alpha"].value == pytest.approx(expected, abs=1e-9)


@few
@given(segments(), segments())
def test_no_annotator_is_the_reference(left: Any, right: Any) -> None:
    one, other = measured([[left, right]]), measured([[right, left]])
    for name, measure in one.measures.items():
        assert other.measures[name].state is measure.state
        assert other.measures[name].value == pytest.approx(measure.value)
    assert one.labels.keys() == other.labels.keys()
    assert one.confusion == other.confusion


def test_events_by_hand() -> None:
    left = (Segment(0, 1, "A"), Segment(2, 3, "A"), Segment(5, 15, "B"), Segment(20, 21, "B"))
    right = (Segment(0.2, 1.2, "A"), Segment(2, 3, "B"), Segment(5.1, 13.5, "B"), Segment(20, 21.5, "B"))
    # The first within the collar, the second has another label, the third's end is within a fifth of its
    # length, the fourth's end is too far.
    assert matching_events(left, right, 0.25) == [(0, 0), (2, 2)]
    found = measured([[left, right]])
    assert value(found, "event_f1") == 2 * 2 / 8
    assert value(found, "event_f1_onset") == 2 * 3 / 8
    assert found.labels["A"]["event_f1"].value == pytest.approx(2 / 3)
    assert found.labels["B"]["event_f1"].value == pytest.approx(2 / 5)
    both = [0.8 / 1.2, 1.0, 8.4 / 10, 1 / 1.5]
    assert value(found, "segment_iou") == pytest.approx(sum(both) / 4)


def test_frames_by_hand() -> None:
    found = measured([[(Segment(0, 4, "A"),), (Segment(2, 4, "A"), Segment(6, 8, "B"))]])
    assert value(found, "percent") == pytest.approx(4 / 8)
    assert value(found, "marked_percent") == pytest.approx(2 / 6)
    assert found.labels["A"]["percent"].value == pytest.approx(2 * 2 / (4 + 2))
    assert found.confusion.labels == ["", "A", "B"]
    assert found.confusion.counts == [[400, 200, 200], [200, 400, 0], [200, 0, 0]]


def test_a_known_length_counts_the_rest_as_agreed() -> None:
    answers: Answers = [(Segment(0, 4, "A"),), (Segment(2, 4, "A"),)]
    assert value(measured([answers]), "percent") == pytest.approx(0.5)
    assert value(measured([answers], length=10.0), "percent") == pytest.approx(0.8)
    assert value(measured([answers], length=3.0), "percent") == pytest.approx(0.5)
    assert value(measured([[(), ()]], length=10.0), "percent") == 1.0
    for unknown in (math.nan, math.inf, -1.0, None):
        assert value(measured([answers], length=unknown), "percent") == pytest.approx(0.5)


def test_time_is_summed_before_it_is_divided() -> None:
    long = [(Segment(0, 90, "A"),), (Segment(0, 90, "A"),)]
    short = [(Segment(0, 10, "A"),), (Segment(0, 10, "B"),)]
    assert value(measured([list(long), list(short)]), "percent") == pytest.approx(0.9)


def test_contested_by_marked_time() -> None:
    state = AgreementState({"s": Control(Kind.SEGMENTS)})
    far: Any = (Segment(0, 1, "A"),), (Segment(9, 10, "A"),)
    near: Any = (Segment(0, 10, "A"),), (Segment(0, 9, "A"),)
    for name, pair in (("far", far), ("near", near), ("none", ((), ()))):
        state.add(name, ["a", "b"], [{"s": p} for p in pair])
    contested = state.result(resamples=0).contested
    assert [(c.item, c.score) for c in contested] == [("far", 0.0), ("near", 0.9)]
    assert contested[0].answers == {"a": "0.00-1.00 s A", "b": "9.00-10.00 s A"}


ODD = st.one_of(
    st.sampled_from([math.nan, math.inf, -math.inf, -1.0, 0.0, 1e308, 1e12, 2.0]), st.floats(), st.integers()
)
ODD_SEGMENTS = st.lists(st.builds(Segment, ODD, ODD, st.sampled_from(["", "A", "a+b"])), max_size=5)


@few
@given(st.lists(st.one_of(st.none(), ODD_SEGMENTS.map(tuple)), max_size=4), st.booleans())
def test_bad_segments_are_states(answers: list[Any], diarization: bool) -> None:
    control = Control(Kind.SEGMENTS, diarization=diarization, collar=0.25)
    state = AgreementState({"s": control, "t": Control(Kind.TRANSCRIPT, on="s")})
    who = [f"p{i}" for i in range(len(answers))]
    given_answers = [{"s": a} for a in answers]
    state.add("1", who, given_answers)
    found = state.result(resamples=5)
    msgspec.json.encode(found)
    for control_found in found.controls.values():
        for measure in control_found.measures.values():
            assert (measure.value is not None) == (measure.state is State.OK)
            assert measure.value is None or math.isfinite(measure.value)
    state.subtract("1", who, given_answers)
    assert state.items == 0


def test_unusable_segments_are_left_out() -> None:
    good = (Segment(0, 2, "A"),)
    bad = (Segment(3, 1, "A"), Segment(math.nan, 2, "A"), Segment(0, math.inf, "A"), Segment(-3, -1, "A"))
    found = measured([[good, good + bad]])
    assert value(found, "percent") == value(found, "event_f1") == 1.0
    cut = measured([[(Segment(-1, 2, "A"),), good]])
    assert value(cut, "percent") == 1.0
    point = (Segment(1, 1, "A"),)
    assert value(measured([[point, point]]), "event_f1") == 1.0
    assert measured([[point, point]]).measures["percent"].state is State.NO_VARIATION


def test_same_segments_of_several_annotators() -> None:
    a = [Segment(0, 10, "A"), Segment(10, 20, "B")]
    b = [Segment(0.5, 10, "B"), Segment(10, 14, "B"), Segment(14, 20, "B")]
    c = [Segment(1, 9, "A"), Segment(11, 19, "B"), Segment(30, 31, "A")]
    # Whatever the labels; of two halves only the one that covers most joins; alone is no group.
    assert alike([a, b, c]) == [{0: 0, 1: 0, 2: 0}, {0: 1, 1: 2, 2: 1}]
    assert alike([a, [], []]) == alike([]) == alike([[], []]) == []
    assert iou(Segment(0, 2), Segment(1, 3)) == pytest.approx(1 / 3)
    assert iou(Segment(0, 2), Segment(0, 2, channel=1)) == 0.0
    assert iou(Segment(1, 1), Segment(1, 1)) == 1.0


@few
@given(st.lists(segments(), min_size=2, max_size=4), st.integers(0, 100))
def test_groups_do_not_depend_on_order(answers: Answers, seed: int) -> None:
    found = alike(answers)
    for group in found:
        assert len(group) >= 2
    assert len({(w, at) for g in found for w, at in g.items()}) == sum(map(len, found))
    order = list(range(len(answers)))
    random.Random(seed).shuffle(order)
    turned = alike([answers[i] for i in order])

    # Equal segments of one annotator may stand for each other, so groups are told by their times.
    def times(groups: list[dict[int, int]], own: Answers) -> list[Any]:
        return sorted(sorted((own[w][at].start, own[w][at].end) for w, at in g.items()) for g in groups)

    if len({s for one in answers for s in one}) == sum(map(len, answers)):
        assert times(found, answers) == times(turned, [answers[i] for i in order])


def test_answers_about_segments() -> None:
    controls = {
        "who": Control(Kind.SEGMENTS, diarization=True),
        "words": Control(Kind.TRANSCRIPT, on="who"),
        "mood": Control(Kind.CHOICE, labels=["calm", "cross"], on="who"),
    }

    def said(start: float, end: float, who: str, words: str, mood: str) -> Segment:
        return Segment(start, end, who, answers=(("words", words), ("mood", mood)))

    ann = (said(0, 4, "1", "Hello there", "calm"), said(5, 9, "2", "go away", "cross"))
    bob = (said(5.1, 9, "b", "go away now", "calm"), said(0.2, 4, "a", "hello, there!", "calm"))
    cy = (said(0, 4.1, "x", "hello where", "calm"), said(20, 21, "x", "bye", "calm"))
    state = AgreementState(controls)
    state.add("1", ["bob", "ann", "cy"], [{"who": bob}, {"who": ann}, {"who": cy}])
    found = state.result(resamples=0).controls
    mood, words = found["mood"], found["words"]
    assert (mood.items, mood.answers) == (2, 5)
    assert mood.measures["percent"].value == pytest.approx(0.5)
    assert (words.items, words.answers) == (2, 5)
    # 0 of 2, 1 of 2, 1 of 2 words differ about the first stretch, 1 of 3 about the second.
    assert words.measures["percent"].value == pytest.approx(6 / 9)
    assert words.measures["wer"].value == pytest.approx(2 * 3 / (3 * 4 + 5))
    # "hello there go away", "hello there go away now", "hello where bye"
    assert words.measures["wer_concatenated"].value == pytest.approx(2 * (1 + 3 + 4) / (2 * 12))

    documented = set(measures())
    assert all(set(control.measures) <= documented for control in found.values())
    assert {"der", "jer"} <= set(found["who"].measures)

    parts = AgreementState(controls)
    parts.add("2", ["ann", "bob"], [{"who": ann}, {"who": ann}])
    parts.merge(pickle.loads(pickle.dumps(state)))
    parts.subtract("2", ["ann", "bob"], [{"who": ann}, {"who": ann}])
    assert msgspec.json.encode(parts.result(resamples=9)) == msgspec.json.encode(state.result(resamples=9))


def test_one_annotator() -> None:
    found = measured([[(Segment(0, 2, "A"),)]])
    assert {m.state for m in found.measures.values()} == {State.ONE_ANNOTATOR}
