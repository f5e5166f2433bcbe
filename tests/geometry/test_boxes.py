"""Boxes: corners, and the turning of two tools."""

from __future__ import annotations

from math import cos, hypot, radians, sin

import pytest
import shapely
import shapely.affinity
from drawn import angles, coordinates, sizes
from hypothesis import given
from hypothesis import strategies as st

from labelwright.geometry.boxes import (
    box_from_corners,
    box_from_cvat,
    box_from_label_studio,
    box_to_cvat,
    box_to_label_studio,
    clip_box,
    corners,
    normal_angle,
)
from labelwright.geometry.measures import area, extent, extent_box, moved, scaled
from labelwright.geometry.shapes import Box

BOXES = st.builds(Box, coordinates(), coordinates(), sizes(), sizes(), angles())
CLOSE = 1e-6


def far(a: Box, b: Box) -> float:
    pairs = zip(corners(a), corners(b), strict=True)
    return max(hypot(p[0] - q[0], p[1] - q[1]) for p, q in pairs)


def corners_apart(a: shapely.Polygon, b: shapely.Polygon) -> float:
    """How far a corner of one may be from the nearest of the other; overlays of near equals are noisy."""
    return float(shapely.hausdorff_distance(*(shapely.MultiPoint(p.exterior.coords) for p in (a, b))))


def test_label_studio_turns_about_the_top_left_corner() -> None:
    # 80 x 20 pixels at (200, 10); turned by 90 degrees it hangs to the left of that corner.
    box = box_from_label_studio(50, 10, 20, 20, 90, 400, 100)
    assert extent_box(box) == Box(180, 10, 20, 80)
    assert box == Box(150, 40, 80, 20, 90)


def test_cvat_turns_about_the_centre() -> None:
    assert extent_box(box_from_cvat(160, 40, 240, 60, 90)) == Box(190, 10, 20, 80)


@given(BOXES)
def test_corners_as_shapely_turns_them(box: Box) -> None:
    upright = shapely.box(box.x, box.y, box.x + box.width, box.y + box.height)
    theirs = shapely.affinity.rotate(upright, box.rotation, origin="center")  # y down: clockwise
    ours = shapely.Polygon(corners(box))
    assert corners_apart(ours, theirs) < CLOSE
    assert extent(box) == pytest.approx(theirs.bounds, abs=1e-6)
    assert area(box) == pytest.approx(theirs.area, rel=1e-9)
    first = corners(box)[0]
    c, s = cos(radians(box.rotation)), sin(radians(box.rotation))
    dx, dy = -box.width / 2, -box.height / 2
    cx, cy = box.x - dx, box.y - dy
    assert first == pytest.approx((cx + dx * c - dy * s, cy + dx * s + dy * c), abs=1e-9)


@given(BOXES)
def test_corners_and_back(box: Box) -> None:
    again = box_from_corners(corners(box))
    assert far(again, box) < CLOSE
    # Mirrored, or beginning elsewhere, it is the same rectangle.
    a, b, c, d = corners(box)
    for order in ((a, d, c, b), (b, c, d, a), (d, c, b, a)):
        other = shapely.Polygon(corners(box_from_corners(order)))
        assert corners_apart(other, shapely.Polygon(corners(box))) < CLOSE


@given(BOXES, st.floats(0.2, 5), st.sampled_from([0, 1, 2, 3]))
def test_four_points_that_are_no_box(box: Box, off: float, which: int) -> None:
    points = list(corners(box))
    points[which] = (points[which][0] + off, points[which][1])
    if min(box.width, box.height) > 30:
        with pytest.raises(ValueError, match="no rectangle"):
            box_from_corners(points)
    assert box_from_corners(points, tolerance=1000.0)


def test_corners_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="4 corners, not 3"):
        box_from_corners([(0, 0), (1, 0), (1, 1)])
    with pytest.raises(ValueError, match="no rectangle"):
        box_from_corners([(0, 0), (float("nan"), 0), (1, 1), (0, 1)])
    assert box_from_corners([(0, 0), (4, 0), (4, 2), (0, 2)]) == Box(0, 0, 4, 2)
    assert box_from_corners([(3, 1), (3, 5), (1, 5), (1, 1)]) == Box(0, 2, 4, 2, 90)


@given(BOXES, st.integers(1, 8000), st.integers(1, 8000))
def test_label_studio_and_back(box: Box, width: int, height: int) -> None:
    said = box_to_label_studio(box, width, height)
    assert far(box_from_label_studio(*said, width, height), box) < CLOSE
    # Its corner stays where it is when only the rotation changes: that is what turning about it means.
    x, y = corners(box)[0]
    still = box_from_label_studio(*said[:4], 0, width, height)
    assert (still.x, still.y) == pytest.approx((x, y), abs=CLOSE)


@given(st.floats(-50, 150), st.floats(-50, 150), st.floats(0.1, 100), st.floats(0.1, 100), angles())
def test_percent_and_back(x: float, y: float, width: float, height: float, rotation: float) -> None:
    said = (x, y, width, height, rotation)
    there = box_from_label_studio(*said, 1920, 1080)
    assert box_to_label_studio(there, 1920, 1080) == pytest.approx(said, abs=1e-9)


@given(BOXES)
def test_cvat_and_back(box: Box) -> None:
    assert far(box_from_cvat(*box_to_cvat(box)), box) < CLOSE


@pytest.mark.parametrize(("angle", "wanted"), [(-90, 270), (360, 0), (725, 5), (-1e-20, 0), (359.5, 359.5)])
def test_angles_are_said_once(angle: float, wanted: float) -> None:
    assert normal_angle(angle) == wanted
    assert box_from_cvat(0, 0, 4, 2, angle).rotation == wanted
    assert box_from_label_studio(1, 1, 4, 2, angle, 10, 10).rotation == wanted


def test_an_image_without_size_has_no_percentages() -> None:
    with pytest.raises(ValueError, match="0 x 5"):
        box_to_label_studio(Box(0, 0, 1, 1), 0, 5)


def test_clipping() -> None:
    assert clip_box(Box(-2, 1, 5, 5), 10, 4) == Box(0, 1, 3, 3)
    assert clip_box(Box(0.1, 0.2, 0.3, 0.1), 10, 4) == Box(0.1, 0.2, 0.3, 0.1)
    assert clip_box(Box(10, 0, 5, 5), 10, 4) is None
    with pytest.raises(ValueError, match="turned"):
        clip_box(Box(0, 0, 5, 5, 30), 10, 4)


@given(BOXES, st.floats(0.5, 4), st.floats(0.5, 4))
def test_scaling(box: Box, across: float, down: float) -> None:
    if box.rotation % 90:
        with pytest.raises(ValueError, match="unevenly"):
            scaled(box, across, across + 1)
        down = across
    theirs = shapely.affinity.scale(shapely.Polygon(corners(box)), across, down, origin=(0, 0))
    ours = scaled(box, across, down)
    assert isinstance(ours, Box)
    assert corners_apart(shapely.Polygon(corners(ours)), theirs) < CLOSE
    assert far(moved(moved(box, 7, -3), -7, 3), box) < CLOSE  # type: ignore[arg-type]
