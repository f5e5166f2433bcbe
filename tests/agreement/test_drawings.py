"""What is kept to draw a contested item: bounded, the least alike first, one image or frame of several."""

from __future__ import annotations

import pickle
from math import nan
from typing import Any

from labelwright.agreement.drawings import PEOPLE, SHAPES
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import Drawing, Match
from labelwright.contracts import Control
from labelwright.contracts.templates import SkeletonSpec
from labelwright.geometry.shapes import Box, Geometry, Joint, Mask, Skeleton
from labelwright.geometry.tracks import Keyframe
from labelwright.records import Kind, Shape, Track


def size_of(control: str, unit: str) -> tuple[float, float] | None:
    """Sizes that tell control and image apart."""
    return {("objects", ""): (640, 480), ("objects", "1"): (320, 200)}.get((control, unit))


def drawing(*answers: Any, kind: Kind = Kind.SHAPES, **more: Any) -> Drawing | None:
    """What is kept of one item, by way of another process."""
    state = AgreementState({"objects": Control(kind, **more)})
    who = [chr(ord("a") + n) for n in range(len(answers))]
    state.add("1", who, [{"objects": tuple(a)} for a in answers], "", None, size_of)
    merged = AgreementState({"objects": Control(kind, **more)})
    merged.merge(pickle.loads(pickle.dumps(state)))
    (found,) = merged.result(resamples=0).contested
    return found.drawing


def boxes(*places: tuple[float, float, str], unit: str = "") -> list[Shape]:
    return [Shape(Box(x, y, 10, 10), label, unit=unit) for x, y, label in places]


def test_pairs_with_their_iou_then_what_is_missing() -> None:
    left = boxes((0, 0, "cat"), (50, 50, "dog"), (100, 100, "cat"), (200, 0, "cat"))
    right = boxes((2, 0, "cat"), (50, 50, "cat"), (208, 0, "cat"))
    found = drawing(left, right)
    assert found is not None and (found.width, found.height, found.part, found.more) == (640, 480, "", 0)
    # 8 x 10 of 12 x 10 pixels; the same; 2 x 10 of 18 x 10
    assert found.matches == [
        Match("a", "b", 0, 0, 0.666667, True),
        Match("a", "b", 1, 1, 1.0, True),
        Match("a", "b", 3, 2, 0.111111, False),
        Match("a", "b", 2, None),
    ]
    assert [s.label for s in found.shapes["a"]] == ["cat", "dog", "cat", "cat"]


def test_of_several_images_the_one_with_the_least_agreement() -> None:
    both = boxes((0, 0, "cat"))
    found = drawing([*both, *boxes((9, 9, "dog"), unit="1")], [*both, *boxes((40, 40, "dog"), unit="1")])
    assert found is not None and (found.part, found.width, found.height) == ("image 2", 320, 200)
    assert [s.geometry for s in found.shapes["b"]] == [Box(40, 40, 10, 10)]
    assert found.matches == [Match("a", "b", 0, None), Match("a", "b", None, 0)]


def test_of_a_film_the_frame_with_the_least_agreement() -> None:
    still = Track((Keyframe(0, Box(0, 0, 10, 10)), Keyframe(20, Box(0, 0, 10, 10))), "cat")
    away = Track(
        (Keyframe(0, Box(0, 0, 10, 10)), Keyframe(10, Box(4, 0, 10, 10)), Keyframe(20, Box(0, 0, 10, 10))),
        "dog",
    )
    other = Track((Keyframe(0, Box(90, 90, 10, 10)), Keyframe(5, Box(90, 90, 10, 10), outside=True)), "dog")
    found = drawing([still], [away], kind=Kind.TRACKS)
    assert found is not None and found.part == "frame 10"
    assert found.matches == [Match("a", "b", 0, 0, 0.428571, False)]  # 6 of 14
    found = drawing([still, other], [still], kind=Kind.TRACKS)
    assert found is not None and found.part == "frame 0"
    assert found.matches == [Match("a", "b", 0, 0, 1.0, True), Match("a", "b", 1, None)]


def test_shapes_people_and_points_are_bounded() -> None:
    many = boxes(*((20.0 * n, 0, "cat") for n in range(SHAPES)))
    odd = boxes((0, 500, "dog"))
    found = drawing([*many, *odd], many)
    assert found is not None and found.more == 2 * SHAPES + 1 - SHAPES
    assert "dog" in {s.label for s in found.shapes["a"]}
    assert sum(map(len, found.shapes.values())) == SHAPES
    crowd = drawing(*(boxes((0, 0, f"label {n}")) for n in range(PEOPLE + 3)))
    assert crowd is not None and len(crowd.shapes) == PEOPLE and crowd.others == 3
    runs = Mask(5, 5, 300, 400, (0, *([1] * 120_000)))
    rough = drawing([Shape(runs, "cat")], [])
    assert rough is not None and rough.shapes["a"][0].rough
    assert rough.shapes["a"][0].geometry == Box(
        5, 5, 299, 400
    )  # every second column and rough.shapes["b"] == []


def test_what_is_no_number_is_left_out_and_edges_come_along() -> None:
    figure = Skeleton((Joint("nose", 1, 1), Joint("neck", 5, 5)))
    spec = {"person": SkeletonSpec(["nose", "neck"], [["nose", "neck"]]), "dog": SkeletonSpec(["tail"])}
    wild: Geometry = Box(nan, 0, 1, 1)
    found = drawing([Shape(figure, "person"), Shape(wild, "person")], [], skeletons=spec)
    assert found is not None and [s.geometry for s in found.shapes["a"]] == [figure]
    assert found.edges == {"person": [["nose", "neck"]]}
    assert drawing([Shape(wild, "cat")], []) is None
