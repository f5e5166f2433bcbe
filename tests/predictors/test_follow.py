"""Things followed from frame to frame."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import disc
from seeing import made, query

from labelwright.contracts import Asked, Followed, Guess, Query
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import Box, Ellipse, Mask, Polygon
from labelwright.predicting.binding import bind
from labelwright.predicting.model import Model
from labelwright.problems import DataError
from labelwright.records import Shape

BOX = Shape(Box(110, 80, 80, 80), "VEHICLE", id="a")


@pytest.fixture(scope="module")
def follower() -> Model:
    return made("follow", "object-detection")


def follow(model: Model, first: Shape, frames: list[bytes]) -> list[Shape | None]:
    (thing,) = model.track(query(model, disc()), [first])
    assert thing.shape == first
    found = []
    for frame in frames:
        (thing,) = model.track(query(model, frame), [thing.state])
        assert len(thing.state) < 8_000
        found.append(thing.shape)
    return found


def test_a_thing_that_moves_and_grows_is_followed(follower: Model) -> None:
    shapes = follow(follower, BOX, [disc(9 * n, 6 * n, 1 + 0.03 * n) for n in range(1, 11)])
    for n, shape in enumerate(shapes, 1):
        assert shape is not None
        assert (shape.label, shape.id) == ("VEHICLE", "a")
        assert shape.score is not None
        assert shape.score > 0.8
        left, top, right, bottom = extent(shape.geometry)
        assert abs((left + right) / 2 - (150 + 9 * n)) < 4
        assert abs((top + bottom) / 2 - (120 + 6 * n)) < 4
        assert abs((right - left) - 80 * (1 + 0.03 * n)) < 9


def test_a_thing_out_of_sight_is_said_and_found_again(follower: Model) -> None:
    shapes = follow(follower, BOX, [disc(9, 6), disc(there=False), disc(there=False), disc(30, 20)])
    assert [shape is not None for shape in shapes] == [True, False, False, True]
    assert shapes[-1] is not None
    left, top, *_ = extent(shapes[-1].geometry)
    assert max(abs(left - 140), abs(top - 100)) < 4


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [
        (Polygon.of(((110.0, 120.0), (150.0, 80.0), (190.0, 120.0), (150.0, 160.0))), Polygon),
        (Ellipse(150, 120, 40, 40), Ellipse),
        (Box(110, 80, 80, 80, 30), Box),
        (Mask(110, 80, 80, 80, (0, 6400)), Box),
    ],
)
def test_other_shapes_move_with_the_thing(follower: Model, geometry: object, kind: type) -> None:
    first = Shape(geometry, "VEHICLE")  # type: ignore[arg-type]
    (begun,) = follower.track(query(follower, disc()), [first])
    (found,) = follower.track(query(follower, disc(12, 8)), [begun.state])
    assert found.shape is not None
    assert isinstance(found.shape.geometry, kind)
    before, after = extent(first.geometry), extent(found.shape.geometry)
    assert abs((after[0] + after[2] - before[0] - before[2]) / 2 - 12) < 3
    assert abs((after[1] + after[3] - before[1] - before[3]) / 2 - 8) < 3


def test_several_things_and_frames_of_another_size(follower: Model) -> None:
    things = follower.track(query(follower, disc()), [BOX, Shape(Box(145, 100, 15, 30), "PERSON")])
    found = follower.track(query(follower, disc(5, 5)), [one.state for one in things])
    assert [one.shape.label if one.shape else "" for one in found] == ["VEHICLE", "PERSON"]


@pytest.mark.parametrize(
    "box", [Box(150, 120, 2, 2), Box(-500, -500, 50, 50), Box(0, 0, 1e8, 1e8), Box(900, 900, 40, 40)]
)
def test_what_cannot_be_seen_cannot_be_followed(follower: Model, box: Box) -> None:
    with pytest.raises(DataError) as said:
        follower.track(query(follower, disc()), [Shape(box, "VEHICLE")])
    assert said.value.problem.code == "follow.not-there"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 3000), st.integers(0, 255))
def test_a_state_that_was_tampered_with_is_told_or_harmless(junk: bytes, at: int, byte: int) -> None:
    model = made("follow", "object-detection")
    frame = query(model, disc())
    (begun,) = model.track(frame, [BOX])
    changed = bytearray(begun.state)
    changed[at % len(changed)] = byte
    for state in (junk, bytes(changed), begun.state[: at % len(begun.state)]):
        try:
            (found,) = model.track(frame, [state])
        except DataError as error:
            assert error.problem.code in ("follow.state-unusable", "predictor.frame-unusable")
        else:
            assert isinstance(found, Followed)


def test_answers_that_do_not_fit_are_told_of_the_predictor() -> None:
    class Odd:
        inputs, kinds = ("image",), ("shapes",)
        given: list[object]

        def __init__(self, asked: Asked) -> None:
            del asked

        def predict(self, batch: list[Query]) -> list[Guess]:
            return [Guess({}) for _ in batch]

        def track(self, query: Query, things: list[object]) -> list[object]:
            return self.given

    template = made("follow", "object-detection").template
    model = Model("odd", Odd, bind(Odd, template))
    model.load()
    assert model.tracks
    frame = query(model, disc())
    nowhere = Followed(Shape(Box(float("nan"), 0, 1, 1)), b"")
    for given_, wrong in (
        ([], "0 places"),
        ([BOX], "a Shape"),
        ([nowhere], "a shape has points that lie nowhere"),
    ):
        Odd.given = list(given_)
        with pytest.raises(DataError, match=wrong) as said:
            model.track(frame, [BOX])
        assert said.value.problem.code == "predictor.frame-unusable"
    Odd.given = [Followed(None, b"x")]
    assert model.track(frame, [BOX]) == [Followed(None, b"x")]


def test_what_does_not_follow_says_so() -> None:
    model = made("grabcut", "mask-segmentation")
    assert not model.tracks
    with pytest.raises(DataError, match="does not follow"):
        model.track(query(model, disc()), [BOX])


def test_a_state_is_plain_data(follower: Model) -> None:
    (begun,) = follower.track(query(follower, disc()), [BOX])
    assert isinstance(msgspec.msgpack.decode(begun.state), list)
