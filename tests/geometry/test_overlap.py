"""Intersection over union beside shapely and pycocotools; OKS beside COCO's own evaluation."""

from __future__ import annotations

import contextlib
import io
import sys
from math import cos, exp, pi, sin
from typing import Any

import numpy as np
import pytest
import shapely
from drawn import Bits, bitmaps
from hypothesis import assume, given
from hypothesis import strategies as st
from pycocotools import mask as coco
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from labelwright.geometry.boxes import corners
from labelwright.geometry.ellipses import ellipse_polygon
from labelwright.geometry.fill import fill
from labelwright.geometry.measures import extent
from labelwright.geometry.outlines import outline
from labelwright.geometry.overlap import VisionExtraMissing, box_ious, convex_ring, iou, oks
from labelwright.geometry.rle import EMPTY, mask_of
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Ring,
    Skeleton,
)

PLACE, SIDE, ANGLE = st.floats(-20, 20), st.floats(1, 40), st.floats(0, 360)
BOXES = st.builds(Box, PLACE, PLACE, SIDE, SIDE, ANGLE)
UPRIGHT = st.builds(Box, PLACE, PLACE, SIDE, SIDE)
ELLIPSES = st.builds(Ellipse, PLACE, PLACE, SIDE, SIDE, ANGLE)


@st.composite
def stars(draw: st.DrawFn) -> Polygon:
    """Simple rings, seldom convex, some with a hole."""
    spokes = draw(st.lists(st.tuples(st.floats(3, 30), st.floats(0.02, 0.98)), min_size=3, max_size=12))
    x, y = draw(PLACE), draw(PLACE)

    def ring(scale: float) -> Ring:
        turn = [2 * pi * (at + share / 2) / len(spokes) for at, (_, share) in enumerate(spokes)]
        around = zip(turn, spokes, strict=True)
        return tuple((x + scale * r * cos(t), y + scale * r * sin(t)) for t, (r, _) in around)

    return Polygon(((ring(1), ring(0.5)),) if draw(st.booleans()) else ((ring(1),),))


def theirs(shape: Geometry) -> Any:
    match shape:
        case Box():
            return shapely.Polygon(corners(shape))
        case Ellipse():
            return shapely.Polygon(ellipse_polygon(shape, chords=4000)[0].ring)
        case Polygon():
            return shapely.union_all([shapely.Polygon(part[0], part[1:]) for part in shape.parts])
    raise AssertionError(shape)


def wanted(a: Geometry, b: Geometry) -> float:
    one, two = theirs(a), theirs(b)
    return float(one.intersection(two).area / one.union(two).area)


@given(st.one_of(BOXES, UPRIGHT), st.one_of(BOXES, UPRIGHT))
def test_turned_boxes(a: Box, b: Box) -> None:
    assert iou(a, b) == pytest.approx(wanted(a, b), abs=1e-6)
    assert iou(a, b) == pytest.approx(iou(b, a), abs=1e-9)
    assert iou(a, a) == 1.0


@given(st.one_of(stars(), BOXES), stars())
def test_polygons(a: Geometry, b: Polygon) -> None:
    assert iou(a, b) == pytest.approx(wanted(a, b), abs=1e-6)


@given(ELLIPSES, st.one_of(ELLIPSES, BOXES))
def test_ellipses(a: Ellipse, b: Geometry) -> None:
    assert iou(a, b) == pytest.approx(wanted(a, b), abs=5e-4)


@given(bitmaps(), bitmaps())
def test_masks_and_their_outlines(a: Bits, b: Bits) -> None:
    one, two = mask_of(a), mask_of(b, 3, 2)
    assume(one.counts and two.counts)
    value = iou(one, two)
    assert iou(outline(one), two) == iou(one, outline(two)) == value
    assert iou(outline(one), outline(two)) == pytest.approx(value, abs=1e-9)


@given(BOXES, st.one_of(BOXES, ELLIPSES, stars()))
def test_a_mask_is_compared_pixel_by_pixel(a: Box, b: Geometry) -> None:
    assume(fill(a).counts and fill(b).counts)
    assert iou(fill(a), b) == iou(a, fill(b)) == iou(fill(a), fill(b))


@given(st.lists(UPRIGHT, max_size=5), st.lists(UPRIGHT, max_size=5))
def test_many_boxes_at_once(a: list[Box], b: list[Box]) -> None:
    found = box_ious([extent(box) for box in a], [extent(box) for box in b])
    assert found.shape == (len(a), len(b))
    if a and b:
        sides = [np.array([[x.x, x.y, x.width, x.height] for x in boxes]) for boxes in (a, b)]
        assert found == pytest.approx(coco.iou(*sides, [0] * len(b)), abs=1e-9)
        assert found[0, 0] == pytest.approx(iou(a[0], b[0]), abs=1e-9)


def test_overlap_in_plain_numbers() -> None:
    assert iou(Box(0, 0, 2, 2), Box(1, 0, 2, 2)) == pytest.approx(1 / 3)
    assert iou(Box(0, 0, 2, 2), Box(2, 0, 2, 2)) == 0.0
    assert iou(Box(0, 0, 4, 2), Box(1, -1, 2, 4, 90)) == pytest.approx(1.0)
    assert iou(Box(0, 0, 4, 2, 350), Box(0, 0, 4, 2, 170)) == pytest.approx(1.0)
    assert box_ious([[0, 0, 0, 0]], [[0, 0, 0, 0]]).tolist() == [[0.0]]
    assert iou(Box(1, 1, 0, 0), Box(1, 1, 0, 0)) == 1.0
    assert iou(Box(1, 1, 0, 0), Box(0, 0, 2, 2)) == 0.0
    assert iou(EMPTY, Mask(0, 0, 1, 1, (0, 1))) == 0.0
    cuboid = Cuboid(((0, 0), (0, 2), (2, 0), (2, 2)) * 2)
    assert iou(cuboid, Box(0, 0, 2, 2)) == pytest.approx(1.0)
    # Drawn the other way round, or from the bottom right, a shape is the same.
    square: Ring = ((0, 0), (2, 0), (2, 2), (0, 2))
    assert iou(Polygon.of(square), Polygon.of(square[::-1])) == pytest.approx(1.0)
    assert iou(Box(2, 2, -2, -2), Box(0, 0, 2, 2)) == pytest.approx(1.0)


def test_rings_that_cross_themselves_count_by_even_and_odd() -> None:
    star = tuple((sin(4 * pi * k / 5) * 20, cos(4 * pi * k / 5) * 20) for k in range(5))
    tie: Ring = ((0, 0), (8, 8), (8, 0), (0, 8))
    twice: Ring = ((0, 0), (8, 0), (8, 8), (0, 8)) * 2
    assert (
        convex_ring(Polygon.of(star))
        is convex_ring(Polygon.of(tie))
        is convex_ring(Polygon.of(twice))
        is None
    )
    assert iou(Polygon.of(tie), Box(0, 0, 8, 8)) == pytest.approx(0.5)
    pixels = iou(fill(Polygon.of(star)), fill(Box(-30, -30, 60, 60)))
    assert iou(Polygon.of(star), Box(-30, -30, 60, 60)) == pytest.approx(pixels, abs=0.01)


def test_parts_are_joined() -> None:
    left, right = corners(Box(0, 0, 2, 2)), corners(Box(1, 0, 2, 2))
    assert iou(Polygon(((left,), (right,))), Box(0, 0, 3, 2)) == pytest.approx(1.0)
    assert iou(Polygon(((left, ((0, 0), (1, 1))),)), Box(0, 0, 2, 2)) == pytest.approx(1.0), (
        "a hole of a line"
    )


def test_what_cannot_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Box(0, 0, 2, 2)
    for shape in (Points(((0, 0),)), Polyline(((0, 0), (1, 1))), Skeleton(())):
        with pytest.raises(ValueError, match="no inside"):
            iou(box, shape)
    for bad in (Box(0, 0, float("nan"), 2), Box(float("inf"), 0, 2, 2)):
        with pytest.raises(ValueError, match="not finite"):
            iou(bad, box)
    bent = Polygon.of(((0, 0), (2, 0), (1, 1), (2, 2), (0, 2)))
    assert iou(bent, box) == pytest.approx(0.75)
    monkeypatch.setitem(sys.modules, "shapely", None)
    with pytest.raises(VisionExtraMissing, match=r"labelwright\[vision\]"):
        iou(bent, box)
    assert iou(Box(0, 0, 2, 2, 45), box) > 0.5, "what is convex needs no extra"


JOINTS = st.tuples(st.floats(0, 100), st.floats(0, 100), st.sampled_from([0, 1, 2]))


@given(st.lists(st.tuples(JOINTS, JOINTS), min_size=1, max_size=5), st.floats(100, 5000))
def test_oks_as_cocos_evaluation(pairs: list[tuple[Any, Any]], size: float) -> None:
    assume(any(a[2] for a, _ in pairs))
    a = Skeleton(tuple(Joint(f"j{k}", *p) for k, (p, _) in enumerate(pairs)))
    b = Skeleton(tuple(Joint(f"j{k}", q[0], q[1]) for k, (_, q) in enumerate(pairs)))
    sigmas = [0.05 + 0.02 * k for k in range(len(pairs))]
    seen = sum(1 for p, _ in pairs if p[2])
    truth = {
        "images": [{"id": 1, "width": 100, "height": 100}],
        "categories": [{"id": 1, "name": "x", "keypoints": [j.name for j in a.joints], "skeleton": []}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "iscrowd": 0,
                "bbox": [0, 0, 100, 100],
                "area": size,
                "num_keypoints": seen,
                "keypoints": [v for p, _ in pairs for v in p],
            }
        ],
    }
    drawn = [v for _, q in pairs for v in (q[0], q[1], 2)]
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO()
        reference.dataset = truth
        reference.createIndex()
        found = reference.loadRes([{"image_id": 1, "category_id": 1, "keypoints": drawn, "score": 1.0}])
        evaluation = COCOeval(reference, found, "keypoints")
        evaluation.params.kpt_oks_sigmas = np.array(sigmas)
        evaluation.evaluate()
    assert oks(a, b, size, sigmas) == pytest.approx(float(evaluation.ious[1, 1][0][0]), abs=1e-9)
    assert oks(a, b, size, {j.name: s for j, s in zip(a.joints, sigmas, strict=True)}) == oks(
        a, b, size, sigmas
    )


def test_oks_in_plain_numbers() -> None:
    a = Skeleton((Joint("l", 0, 0), Joint("r", 10, 10)))
    assert oks(a, a) == 1.0
    b = Skeleton((Joint("r", 10, 12), Joint("l", 0, 0)))
    one = exp(-4 / (2 * 100 * 0.2**2))
    assert oks(a, b) == pytest.approx((1 + one) / 2), "paired by name, area of the extent"
    gone = Skeleton((Joint("l", 0, 0), Joint("r", 10, 10, HIDDEN)))
    assert oks(a, gone) == pytest.approx(0.5)
    assert oks(gone, a) == 1.0, "what the reference hides does not count"
    assert oks(gone, a, both=True) == pytest.approx(0.5)
    none = Skeleton((Joint("l", 0, 0, HIDDEN),))
    assert (oks(none, none), oks(none, a), oks(none, a, both=True)) == (1.0, 1.0, 0.0)
    point = Skeleton((Joint("l", 3, 3),))
    assert (oks(point, point), oks(point, Skeleton((Joint("l", 3, 4),)))) == (1.0, 0.0), "no area"
    with pytest.raises(ValueError, match="no sigma is given for r"):
        oks(a, b, sigmas={"l": 0.1})
    with pytest.raises(ValueError, match="3 sigmas are given for 2 joints"):
        oks(a, b, sigmas=[0.1, 0.1, 0.1])
