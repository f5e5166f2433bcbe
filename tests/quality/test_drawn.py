"""Shapes and tracks where templates are checked, known answers are read and answers are compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from labelwright.contracts import Control, Template
from labelwright.contracts.templates import ExampleSpec, Input, SkeletonSpec
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.geometry.tracks import Keyframe
from labelwright.quality.answerfile import as_json, as_value
from labelwright.quality.comparing import essence, marked, marked_texts, same_answer
from labelwright.quality.template_lint import lint_template
from labelwright.records import Film, Item, ItemKey, Kind, Shape, Track
from labelwright.render.forms import detailed, plain

SHAPES, TRACKS = Control(Kind.SHAPES, ["A"]), Control(Kind.TRACKS, ["A"])
RING = ((0.0, 0.0), (4.0, 0.0), (0.0, 4.0))
GEOMETRIES: list[Geometry] = [
    Box(1.5, 2.0, 3.0, 4.0, 30.0),
    Ellipse(1.0, 2.0, 3.0, 4.0, 5.0),
    Polygon(((RING, RING), (RING,))),
    Polyline(RING, True, (((0.0, 0.0), (1.0, 1.0)), None, None)),
    Points(RING),
    Mask(1, 2, 2, 2, (1, 3)),
    Skeleton((Joint("head", 1.0, 2.0, 1, (("side", "left"),)), Joint("foot", 3.0, 4.0, 0))),
    Cuboid((*RING, *RING, *RING[:2])),
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: type(g).__name__)
def test_every_shape_goes_to_json_and_back(geometry: Geometry) -> None:
    shape = Shape(geometry, "A", "7", "1", "p", "g", 0.5, "prediction", True, 3, (("sure", "yes"),))
    assert as_value(SHAPES, as_json((shape,))) == (shape,)
    keyframes = (Keyframe(0, geometry, False, True, (("speed", "slow"),), 2), Keyframe(4, geometry, True))
    track = Track(keyframes, "A", "7", score=0.25, answers=(("sure", "yes"),))
    assert as_value(TRACKS, as_json((track,))) == (track,)


@pytest.mark.parametrize(
    "raw", [3, [3], [{"label": "A"}], [{"geometry": {"type": "blob"}}], [{"geometry": {}}]]
)
def test_what_is_no_shape_is_refused(raw: Any) -> None:
    with pytest.raises(ValueError, match="not a value of kind shapes"):
        as_value(SHAPES, raw)


def test_labels_of_shapes_are_those_of_the_template() -> None:
    with pytest.raises(ValueError, match="no label 'B'"):
        as_value(SHAPES, as_json((Shape(Box(0, 0, 1, 1), "B"),)))


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: type(g).__name__)
def test_a_shape_in_an_example_is_plain_json(geometry: Geometry) -> None:
    shape = Shape(geometry, "A", "7", answers=(("sure", "yes"),))
    (told,) = plain((shape,))
    assert told["label"] == "A" and told["sure"] == "yes" and "id" not in told
    assert told["shape"] == type(geometry).__name__.lower()
    (more,) = detailed((replace(shape, unit="2", occluded=True, z=4),))
    assert (more["unit"], more["occluded"], more["z"]) == ("2", True, 4)
    (track,) = plain((Track((Keyframe(3, geometry, attributes=(("speed", "slow"),)),), "A"),))
    assert track["keyframes"][0]["frame"] == 3 and track["keyframes"][0]["speed"] == "slow"


BOX = Shape(Box(10.0, 10.0, 20.0, 20.0), "A", "1", answers=(("sure", "yes"),))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(BOX, id="2", parent="x", origin="prediction", score=1.0), True),
        (replace(BOX, geometry=Box(10.0004, 10, 20, 19.9996)), True),  # a percentage and back
        (replace(BOX, geometry=Box(10.01, 10, 20, 20)), False),
        (replace(BOX, label="B"), False),
        (replace(BOX, unit="1"), False),
        (replace(BOX, answers=()), False),
        (replace(BOX, geometry=Ellipse(10, 10, 20, 20)), False),
    ],
)
def test_a_shape_that_nobody_touched_is_the_same(other: Shape, same: bool) -> None:
    far = Shape(Box(90, 90, 5, 5), "A")
    assert same_answer(SHAPES, (BOX, far), (far, other)) is same
    assert same_answer(SHAPES, (far, other), (BOX, far)) is same
    assert not same_answer(SHAPES, (BOX, far), (other,))
    track = Track((Keyframe(0, BOX.geometry),), "A")
    other_track = Track((Keyframe(0, other.geometry),), "A")
    assert same_answer(TRACKS, (track,), (other_track,)) is (same or other.geometry == BOX.geometry)


def test_runs_of_masks_and_frames_are_no_coordinates() -> None:
    mask, moved = Shape(Mask(0, 0, 2, 1, (0, 2))), Shape(Mask(0, 0, 2, 1, (1, 1)))
    assert not same_answer(SHAPES, (mask,), (moved,))
    one, later = (Track((Keyframe(frame, BOX.geometry),)) for frame in (0, 1))
    assert not same_answer(TRACKS, (one,), (later,))


def test_what_shapes_are_does_not_go_by_ids_or_order() -> None:
    far = Shape(Box(90, 90, 5, 5), "A")
    assert essence((BOX, far)) == essence((far, replace(BOX, id="other"))) != essence((BOX,))


def test_the_frames_of_a_film_are_known_to_tracks() -> None:
    template = Template("t", inputs={"film": Input("video")}, controls={"things": TRACKS})
    item = Item(ItemKey("", "", "1"), {"film": "a.mp4"}, [], films={"film": Film(120)})
    assert marked(template, marked_texts(template), item) == {"things": 120.0}
    assert marked(template, marked_texts(template), replace(item, films={})) == {}


def linted(**controls: Control) -> list[tuple[str, str]]:
    template = Template("t", controls=controls, example=ExampleSpec(kind="none"), folder="t")
    return [(p.code, p.message) for p in lint_template(template) if p.code != "template.file-missing"]


def test_a_sound_template_of_shapes_has_no_findings(tmp_path: Path) -> None:
    figure = SkeletonSpec(["head", "foot"], [["head", "foot"]], [0.1, 0.2])
    assert (
        linted(
            objects=Control(Kind.SHAPES, ["A", "B"], shapes=["box", "skeleton"], skeletons={"B": figure}),
            sure=Control(Kind.CHOICE, ["yes", "no"], on="objects", only=["A"]),
            paths=Control(Kind.TRACKS, ["A"], shapes=["box"]),
        )
        == []
    )


@pytest.mark.parametrize(
    ("control", "code", "words"),
    [
        (Control(Kind.SHAPES), "shape-labels-missing", "any label"),
        (Control(Kind.TRACKS), "shape-labels-missing", "any label"),
        (Control(Kind.SHAPES, ["A"], shapes=["blob"]), "shape-unknown", "'blob'"),
        (Control(Kind.SHAPES, ["A"], skeletons={"B": SkeletonSpec(["x"])}), "reference-unknown", "'B'"),
        (Control(Kind.SHAPES, ["A"], skeletons={"A": SkeletonSpec([])}), "skeleton-invalid", "no joint"),
        (
            Control(Kind.SHAPES, ["A"], skeletons={"A": SkeletonSpec(["x", "x"])}),
            "skeleton-invalid",
            "'x' is named twice",
        ),
        (
            Control(Kind.SHAPES, ["A"], skeletons={"A": SkeletonSpec(["x"], [["x", "y"]])}),
            "skeleton-invalid",
            "'y', which is no joint",
        ),
        (
            Control(Kind.SHAPES, ["A"], skeletons={"A": SkeletonSpec(["x", "y"], [["x"]])}),
            "skeleton-invalid",
            "not 1",
        ),
        (
            Control(Kind.SHAPES, ["A"], skeletons={"A": SkeletonSpec(["x"], [], [0.1, 0.1])}),
            "skeleton-invalid",
            "2 sigmas are given for 1",
        ),
        (
            Control(Kind.SHAPES, ["A"], skeletons={"A": SkeletonSpec(["x"], [], [0.0])}),
            "skeleton-invalid",
            "not above 0",
        ),
    ],
)
def test_what_cannot_be_drawn_is_found(control: Control, code: str, words: str) -> None:
    ((found, message),) = linted(objects=control)
    assert found == f"template.{code}" and words in message


def test_questions_about_shapes_name_labels_that_there_are() -> None:
    asked = Control(Kind.CHOICE, ["yes"], on="objects", only=["C"])
    ((code, message),) = linted(objects=SHAPES, sure=asked)
    assert code == "template.reference-unknown" and "'C'" in message and "sure.only" in message
    codes = [code for code, _ in linted(sure=replace(asked, on="nothing"))]
    assert codes == ["template.reference-unknown"] * 2
