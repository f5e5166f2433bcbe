"""Skeletons by OKS and PCK, lines and points by how far they lie apart, answers about matched shapes."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.figures import COCO as SIGMAS
from labelwright.agreement.figures import joints_within
from labelwright.agreement.likeness import Likeness
from labelwright.agreement.result import ControlAgreement
from labelwright.contracts import Control
from labelwright.contracts.templates import SkeletonSpec
from labelwright.geometry.nearness import apart
from labelwright.geometry.overlap import iou
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Ellipse,
    Geometry,
    Joint,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.records import Kind, Shape

FIGURES = Control(Kind.SHAPES, shapes=["skeleton"])


def measured(left: Any, right: Any, control: Control = FIGURES) -> ControlAgreement:
    state = AgreementState({"c": control})
    state.add("1", ["a", "b"], [{"c": left}, {"c": right}])
    return state.result(resamples=0).controls["c"]


def person(rng: np.random.Generator, by: float = 0.0) -> Skeleton:
    places = np.random.default_rng(0).uniform(0, 200, (17, 2)) + rng.normal(0, by, (17, 2))
    return Skeleton(
        tuple(Joint(name, float(x), float(y)) for name, (x, y) in zip(SIGMAS, places, strict=True))
    )


def coco_oks(reference: Skeleton, other: Skeleton, area: float) -> float:
    """What pycocotools says of a figure beside another."""
    points = [[n for j in one.joints for n in (j.x, j.y, 2)] for one in (reference, other)]
    truth, found = COCO(), COCO()
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": area, "bbox": [0, 0, 1, 1]}
    for held, keypoints in zip((truth, found), points, strict=True):
        held.dataset = {
            "images": [{"id": 1}],
            "categories": [{"id": 1}],
            "annotations": [{**annotation, "keypoints": keypoints, "num_keypoints": 17, "score": 1.0}],
        }
        held.createIndex()
    judge = COCOeval(truth, found, "keypoints")
    judge.params.imgIds, judge.params.catIds = [1], [1]
    judge._prepare()
    return float(judge.computeOks(1, 1)[0, 0])


@pytest.mark.parametrize("by", [1.0, 4.0, 40.0])
def test_oks_is_that_of_coco_with_its_own_sigmas(by: float) -> None:
    rng = np.random.default_rng(3)
    one, other = person(rng), person(rng, by)
    box = Box(0, 0, 100, 300)
    left, right = Shape(one, "p", box=box), Shape(other, "p", box=box)
    expected = coco_oks(one, other, 30_000)
    assert Likeness(FIGURES)(left, right) == pytest.approx(expected, abs=1e-9)
    if expected >= 0.5:
        assert measured((left,), (right,)).measures["oks"].value == pytest.approx(expected, abs=1e-9)
    assert (expected >= 0.5) == (by < 40)


def test_the_known_value_of_oks() -> None:
    spec = {"p": SkeletonSpec(["a"], sigmas=[0.026])}
    control = Control(Kind.SHAPES, shapes=["skeleton"], skeletons=spec)
    box = Box(0, 0, 100, 100)
    one, other = (Shape(Skeleton((Joint("a", x, 0),)), "p", box=box) for x in (0.0, 10.0))
    assert Likeness(control)(one, other) == pytest.approx(0.157377, abs=5e-7)
    assert measured((one,), (other,), control).measures["shape_f1"].value == 0.0  # less than 0.5


def figure(*joints: tuple[str, float, float, int]) -> Skeleton:
    return Skeleton(tuple(Joint(*joint) for joint in joints))


def test_pck_counts_joints_within_a_tenth_of_the_longer_side() -> None:
    one = figure(("a", 0, 0, 2), ("b", 0, 200, 2), ("c", 50, 100, 2), ("d", 10, 10, HIDDEN))
    other = figure(("a", 20, 0, 2), ("b", 0, 221, 2), ("c", 50, 100, HIDDEN), ("d", 10, 10, HIDDEN))
    # The sides are 200 and 221: within 21.05. a is off by 20, b by 21; c was marked by one alone, d by none.
    assert joints_within(one, other) == joints_within(other, one) == (2, 3)
    wider = figure(("a", 22, 0, 2), ("b", 0, 200, 2), ("c", 50, 100, 2))
    assert joints_within(one, wider) == (2, 3)
    found = measured((Shape(one, "p"),), (Shape(wider, "p"),)).measures
    assert found["pck"].value == pytest.approx(2 / 3) and found["shape_f1"].value == 1.0
    assert joints_within(figure(("a", 0, 0, HIDDEN)), figure(("a", 5, 5, HIDDEN))) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=6), st.randoms())
def test_figures_are_compared_in_no_direction(places: list[tuple[int, int]], chance: Any) -> None:
    names = [f"j{n}" for n in range(len(places))]
    one = Skeleton(tuple(Joint(n, x, y) for n, (x, y) in zip(names, places, strict=True)))
    moved = [(x + chance.uniform(-20, 20), y + chance.uniform(-20, 20)) for x, y in places]
    other = Skeleton(tuple(Joint(n, x, y) for n, (x, y) in zip(names, moved, strict=True)))
    there, back = (measured((Shape(a),), (Shape(b),)).measures for a, b in ((one, other), (other, one)))
    assert {n: m.value for n, m in there.items()} == {n: m.value for n, m in back.items()}


def lines(least: int = 2) -> st.SearchStrategy[tuple[tuple[float, float], ...]]:
    number = st.integers(-50, 50).map(float)
    return st.lists(st.tuples(number, number), min_size=least, max_size=5, unique=True).map(tuple)


@settings(max_examples=80, deadline=None)
@given(lines(), lines())
def test_lines_lie_apart_as_shapely_says(a: Any, b: Any) -> None:
    found = apart(Polyline(a), Polyline(b))
    assert found == pytest.approx(apart(Polyline(b), Polyline(a)))
    dense = shapely.hausdorff_distance(shapely.LineString(a), shapely.LineString(b), densify=0.01)
    longest = max(shapely.LineString(line).length for line in (a, b))
    assert found == pytest.approx(dense, abs=longest / 64 + 1e-9)  # both look at places along the lines


@settings(max_examples=40, deadline=None)
@given(lines(1), lines(1))
def test_points_lie_apart_as_shapely_says(a: Any, b: Any) -> None:
    expected = shapely.hausdorff_distance(shapely.MultiPoint(a), shapely.MultiPoint(b))
    assert apart(Points(a), Points(b)) == pytest.approx(expected)


def test_lines_of_one_extent_need_not_be_alike() -> None:
    like = Likeness(Control(Kind.SHAPES))
    rising, falling = Polyline(((0.0, 100.0), (100.0, 0.0))), Polyline(((0.0, 0.0), (100.0, 100.0)))
    assert like(Shape(rising), Shape(falling)) < 0.5
    assert like(Shape(rising), Shape(Polyline(rising.points[::-1]))) == pytest.approx(1.0)
    ring = Polyline(((0.0, 0.0), (100.0, 0.0), (100.0, 100.0)), closed=True)
    assert like(Shape(ring), Shape(Polyline((*ring.points, ring.points[0])))) == pytest.approx(1.0)
    assert like(Shape(ring), Shape(Polyline(ring.points))) < 1.0
    assert like(Shape(Polyline(((float("nan"), 0.0),))), Shape(rising)) == 0.0


def square(low: float, high: float) -> tuple[tuple[float, float], ...]:
    return (low, low), (high, low), (high, high), (low, high)


HOLED = Polygon(((square(0, 40), square(10, 30)),))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (HOLED, Box(0, 0, 40, 40), 1200 / 1600),
        (HOLED, Box(10, 10, 20, 20), 0.0),
        (HOLED, Box(0, 0, 40, 20), 600 / 1400),
        (Box(0, 0, 20, 10, 90), Box(5, -5, 10, 20), 1.0),
        (Ellipse(0, 0, 10, 10), Box(-10, -10, 20, 20), pi / 4),
    ],
)
def test_areas_of_every_kind_are_exact(one: Geometry, other: Geometry, expected: float) -> None:
    like = Likeness(Control(Kind.SHAPES))
    assert like(Shape(one), Shape(other)) == pytest.approx(expected, abs=5e-4)


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.floats(0, 20)] * 2, *[st.floats(1, 20)] * 2, st.floats(0, 360)), st.floats(0, 360))
def test_turned_boxes_are_as_shapely_says(numbers: tuple[float, ...], turn: float) -> None:
    one, other = Box(*numbers), Box(5, 5, 10, 6, turn)

    def polygon(box: Box) -> Any:
        cx, cy, angle = box.x + box.width / 2, box.y + box.height / 2, box.rotation * pi / 180
        half = [(sx * box.width / 2, sy * box.height / 2) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        ring = [(cx + x * cos(angle) - y * sin(angle), cy + x * sin(angle) + y * cos(angle)) for x, y in half]
        return shapely.Polygon(ring)

    a, b = polygon(one), polygon(other)
    assert iou(one, other) == pytest.approx(a.intersection(b).area / a.union(b).area, abs=1e-6)


ASKED = {
    "objects": Control(Kind.SHAPES),
    "state": Control(Kind.CHOICE, on="objects"),
    "caption": Control(Kind.TEXT, on="objects"),
}


def answered(x: float, state: str, caption: str) -> Shape:
    return Shape(Box(x, 0, 10, 10), "A", answers=(("state", state), ("caption", caption)))


def test_answers_about_matched_shapes_have_the_measures_of_their_kind() -> None:
    agreement = AgreementState(ASKED)
    left = (answered(0, "new", "a red car"), answered(50, "old", "a dog"), answered(90, "old", "alone"))
    right = (answered(51, "new", "a dog"), answered(1, "new", "a red cat"))
    agreement.add("1", ["a", "b"], [{"objects": left}, {"objects": right}])
    found = agreement.result(resamples=0).controls
    assert (found["state"].items, found["caption"].items) == (2, 2)
    assert found["state"].measures["percent"].value == 0.5  # new and new, old and new
    # Four values, three of them new: by chance (3 x 1 x 2) / (4 x 3), of two pairs one differs.
    assert found["state"].measures["krippendorff_alpha"].value == pytest.approx(1 - (1 / 2) / (6 / 12))
    assert found["caption"].measures["percent"].value == 0.5
    assert found["caption"].measures["cer"].value == pytest.approx((1 / 9 + 0) / 2)
    assert 0.5 < (found["caption"].measures["chrf"].value or 0.0) < 1.0
