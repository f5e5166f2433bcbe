"""Diarization error rates are those of pyannote.metrics, and speakers are mapped alike by all."""

import random
from itertools import permutations

import pytest
from pyannote.core import Annotation, Timeline
from pyannote.core import Segment as Stretch
from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import ControlAgreement, State
from labelwright.agreement.speakers import best_mapping, der, jer
from labelwright.contracts import Control
from labelwright.records import Kind, Segment

REFERENCE = [Segment(0, 10, "A"), Segment(12, 20, "B"), Segment(24, 27, "A"), Segment(30, 40, "C")]
HYPOTHESIS = [
    Segment(2, 13, "a"),
    Segment(13, 14, "d"),
    Segment(14, 20, "b"),
    Segment(22, 38, "c"),
    Segment(38, 40, "d"),
]


def theirs(segments: list[Segment]) -> Annotation:
    found = Annotation()
    for number, segment in enumerate(segments):
        found[Stretch(segment.start, segment.end), number] = segment.label
    return found.support()


def some_segments(rng: random.Random, most: int = 12) -> list[Segment]:
    found = []
    for _ in range(rng.randint(0, most)):
        start = rng.uniform(0, 60)
        found.append(Segment(start, start + rng.uniform(0.05, 12), rng.choice("ABCDE")))
    return found


def diarized(*answers: list[Segment], collar: float = 0.0) -> ControlAgreement:
    state = AgreementState({"s": Control(Kind.SEGMENTS, diarization=True, collar=collar)})
    state.add("1", [f"p{i}" for i in range(len(answers))], [{"s": tuple(a)} for a in answers])
    return state.result(resamples=0).controls["s"]


def value(found: ControlAgreement, name: str) -> float:
    measured = found.measures[name].value
    assert measured is not None
    return measured


def test_published_number() -> None:
    found = der(REFERENCE, HYPOTHESIS)
    assert (found.wrong, found.total) == (16, 31)
    assert found.rate == pytest.approx(0.51613, abs=5e-6)
    assert der(HYPOTHESIS, REFERENCE) == (16, 36)
    assert value(diarized(REFERENCE, HYPOTHESIS), "der") == pytest.approx(32 / 67)


@pytest.mark.parametrize("seed", range(60))
def test_rates_of_a_published_implementation(seed: int) -> None:
    rng = random.Random(seed)
    left, right = some_segments(rng), some_segments(rng)
    collar = rng.choice([0.0, 0.0, 0.25, 0.5])
    whole = Timeline([Stretch(0, 100)])
    reference, hypothesis = theirs(left), theirs(right)
    # Theirs is the width of the whole stretch that is left out, ours that of each side.
    expected = DiarizationErrorRate(collar=2 * collar)(reference, hypothesis, uem=whole)
    assert der(left, right, collar).rate == pytest.approx(expected, abs=1e-4)
    expected = JaccardErrorRate(collar=2 * collar)(reference, hypothesis, uem=whole)
    assert jer(left, right, collar).rate == pytest.approx(expected, abs=1e-4)


def test_overlap_and_repeats() -> None:
    left = [Segment(0, 4, "A"), Segment(2, 6, "B"), Segment(3, 4, "A")]
    assert der(left, [Segment(0, 6, "x")]) == (4 - 2 + 2, 8)
    assert der(left, left) == (0, 8)
    assert der([], left).rate == der(left, []).rate == 1.0
    assert der([], []).rate == jer([], []).rate == 0.0
    assert jer(left, []).rate == 1.0


def test_touching_segments_of_one_speaker_have_no_boundary() -> None:
    halves = [Segment(0, 2, "A"), Segment(2, 4, "A")]
    assert der(halves, [Segment(0, 4, "x")], collar=0.5) == der([Segment(0, 4, "A")], halves, collar=0.5)
    assert der(halves, [], collar=0.5).total == 3.0


def test_mapping_shares_the_most() -> None:
    shared = {("A", "x"): 5, ("A", "y"): 4, ("B", "x"): 4, ("C", "z"): 1}
    assert best_mapping(shared) == {"y": "A", "x": "B", "z": "C"}
    assert best_mapping({}) == {}


def test_names_of_speakers_do_not_matter() -> None:
    for seed in range(20):
        rng = random.Random(seed)
        answers = [some_segments(rng) for _ in range(3)]
        names = rng.choice(list(permutations("ABCDE")))
        other = dict(zip("ABCDE", names, strict=True))
        renamed = [Segment(s.start, s.end, other[s.label]) for s in answers[1]]
        plain, changed = diarized(*answers), diarized(answers[0], renamed, answers[2])
        for name in ("percent", "der", "jer", "krippendorff_alpha", "segment_iou"):
            assert plain.measures[name] == changed.measures[name]


def test_same_speech_under_other_names_agrees_fully() -> None:
    first = [Segment(0, 3, "A"), Segment(3, 5, "B"), Segment(4, 8, "A")]
    answers = [
        [Segment(s.start, s.end, x[s.label]) for s in first]
        for x in ({"A": "1", "B": "2"}, {"A": "2", "B": "1"})
    ]
    found = diarized(first, *answers)
    for name in (
        "percent",
        "marked_percent",
        "event_f1",
        "event_f1_onset",
        "segment_iou",
        "krippendorff_alpha",
    ):
        assert value(found, name) == 1.0
    assert value(found, "der") == value(found, "jer") == 0.0
    assert set(found.labels) == {"speaker 1", "speaker 2"}
    assert found.confusion.labels == ["speaker 1", "speaker 1+speaker 2", "speaker 2"]


def test_nobody_speaks() -> None:
    found = diarized([], [])
    assert {m.state for m in found.measures.values()} == {State.NO_VARIATION}
