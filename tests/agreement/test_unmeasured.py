import pytest

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.scored import measure_scored
from labelwright.agreement.unmeasured import unmeasured
from labelwright.contracts import Control
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe
from labelwright.records import Kind, Shape, Track

BOX = Box(1, 2, 30, 40)
DRAWN = {
    Kind.SHAPES: (Shape(BOX, "car"), Shape(BOX, "bus")),
    Kind.TRACKS: (Track((Keyframe(0, BOX),), "car"),),
}


def state_of(kind: Kind, people: list[list[str]]) -> AgreementState:
    state = AgreementState({"objects": Control(kind, labels=["car", "bus"])})
    for number, who in enumerate(people):
        state.add(str(number), who, [{"objects": DRAWN[kind]} for _ in who], "")
    return state


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("people", [[], [["a"]], [["a"], ["a"]], [["a"], ["b"], ["a"]], [["a"], []]])
def test_it_says_what_the_measuring_would_say(kind: Kind, people: list[list[str]]) -> None:
    state = state_of(kind, people)
    control = state.controls["objects"]
    patterns = {who: group.counts[0] for who, group in state._groups.items() if who}
    said = unmeasured(control, patterns)
    assert said is not None
    assert said == measure_scored(control, patterns, [], 0, 100)
    assert state.result(0, 100).controls["objects"] == said


@pytest.mark.parametrize("kind", DRAWN)
def test_it_leaves_what_can_be_measured_alone(kind: Kind) -> None:
    state = state_of(kind, [["a"], ["a", "b"]])
    control = state.controls["objects"]
    patterns = {who: group.counts[0] for who, group in state._groups.items()}
    assert unmeasured(control, patterns) is None
    assert state.result(0, 100).controls["objects"].measures["percent"].value == 1.0


def test_other_kinds_are_left_alone() -> None:
    assert unmeasured(Control(Kind.CHOICE), {}) is None
