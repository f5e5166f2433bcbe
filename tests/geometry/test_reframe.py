"""Shapes move as the pixels of their image do."""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from labelwright.geometry.boxes import corners
from labelwright.geometry.fill import fill
from labelwright.geometry.measures import extent, points_of
from labelwright.geometry.reframe import INVERSE, TURNS, reframe, turned_size
from labelwright.geometry.rle import mask_area, mask_of, paste
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

SIZE = (7, 5)
turns = st.sampled_from(sorted(TURNS))
numbers = st.floats(-50, 150, allow_nan=False).map(lambda v: round(v, 3))
positive = st.floats(0.5, 60).map(lambda v: round(v, 3))
angles = st.sampled_from([0.0, 30.0, 90.0, 123.5, 180.0, 270.0, 359.0])
points = st.tuples(numbers, numbers)
rings = st.lists(points, min_size=3, max_size=6).map(tuple)
shapes: st.SearchStrategy[Geometry] = st.one_of(
    st.builds(Box, numbers, numbers, positive, positive, angles),
    st.builds(Ellipse, numbers, numbers, positive, positive, angles),
    rings.map(Polygon.of),
    st.builds(Polyline, rings, st.booleans()),
    rings.map(Points),
    rings.map(lambda r: Skeleton(tuple(Joint(str(n), *p) for n, p in enumerate(r)))),
    st.lists(points, min_size=8, max_size=8).map(tuple).map(Cuboid),
)


def upright(turn: int, stored: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The image as Pillow turns it by its EXIF tag."""
    image = Image.fromarray(stored.astype(np.uint8))
    image.getexif()[0x0112] = turn
    return np.asarray(ImageOps.exif_transpose(image))


@pytest.mark.parametrize("turn", TURNS)
def test_every_pixel_goes_where_pillow_puts_it(turn: int) -> None:
    for y in range(SIZE[1]):
        for x in range(SIZE[0]):
            stored = np.zeros((SIZE[1], SIZE[0]), dtype=bool)
            stored[y, x] = True
            row, column = np.argwhere(upright(turn, stored))[0]
            assert reframe(Box(x, y, 1, 1), turn, SIZE, (0, 0)) == Box(column, row, 1, 1)
            moved = reframe(Points(((x + 0.5, y + 0.5),)), turn, SIZE, (0, 0))
            assert moved == Points(((column + 0.5, row + 0.5),))


@given(st.lists(st.booleans(), min_size=35, max_size=35), turns, st.integers(0, 2), st.integers(0, 2))
def test_masks_are_turned_bit_for_bit(bits: list[bool], turn: int, left: int, top: int) -> None:
    stored = np.zeros((9, 11), dtype=bool)
    stored[top : top + 5, left : left + 7] = np.array(bits).reshape(5, 7)
    moved = reframe(mask_of(np.array(bits).reshape(5, 7), left, top, crop=False), turn, (11, 9), (0, 0))
    assert isinstance(moved, Mask)
    assert (paste(moved, *turned_size((11, 9), turn)) == upright(turn, stored).astype(bool)).all()
    assert reframe(moved, INVERSE[turn], turned_size((11, 9), turn), (11, 9)) == mask_of(
        np.array(bits).reshape(5, 7), left, top, crop=False
    )


@given(shapes, turns)
@settings(max_examples=150)
def test_turning_back_gives_the_shape_again(shape: Geometry, turn: int) -> None:
    size = (100, 80)
    there = reframe(shape, turn, size, (0, 0))
    back = reframe(there, INVERSE[turn], turned_size(size, turn), size)
    assert type(there) is type(back) is type(shape)
    if isinstance(shape, Box | Ellipse) and shape.rotation % 90 == 0:  # upright on the way, it stays so
        assert np.allclose(extent(back), extent(shape), atol=1e-9)
    else:
        assert np.allclose(points_of(back), points_of(shape), atol=1e-9)


@given(st.builds(Box, numbers, numbers, positive, positive, angles), turns)
def test_a_turned_box_covers_what_its_corners_say(box: Box, turn: int) -> None:
    moved = reframe(box, turn, (100, 80), (0, 0))
    expected = reframe(Points(corners(box)), turn, (100, 80), (0, 0))
    assert isinstance(moved, Box) and isinstance(expected, Points)
    found, wanted = (np.array(sorted(p)) for p in (corners(moved), expected.points))
    assert all(np.hypot(*(wanted - corner).T).min() < 1e-6 for corner in found)


@given(st.builds(Ellipse, numbers, numbers, positive, positive, angles), turns, st.booleans())
def test_an_ellipse_goes_where_its_points_go(ellipse: Ellipse, turn: int, uneven: bool) -> None:
    size = (100, 80)
    width, height = turned_size(size, turn)
    target = (width * 3, height * 2) if uneven else (width * 2, height * 2)
    moved = reframe(ellipse, turn, size, target)
    assert isinstance(moved, Ellipse)
    for step in range(12):
        a, t = radians(step * 30), radians(ellipse.rotation)
        u, v = ellipse.rx * cos(a), ellipse.ry * sin(a)
        at = (ellipse.cx + u * cos(t) - v * sin(t), ellipse.cy + u * sin(t) + v * cos(t))
        there = reframe(Points((at,)), turn, size, target)
        assert isinstance(there, Points)
        x, y = there.points[0][0] - moved.cx, there.points[0][1] - moved.cy
        r = radians(moved.rotation)
        along, beside = x * cos(r) + y * sin(r), y * cos(r) - x * sin(r)
        assert (along / moved.rx) ** 2 + (beside / moved.ry) ** 2 == pytest.approx(1, rel=1e-6)


@given(shapes, turns)
def test_scaling_moves_every_point_alike(shape: Geometry, turn: int) -> None:
    size = (100, 80)
    width, height = turned_size(size, turn)
    turned = reframe(shape, turn, size, (0, 0))
    moved = reframe(shape, turn, size, (width * 2, height * 2))
    assert type(moved) is type(shape)
    expected = [(x * 2, y * 2) for x, y in points_of(turned)]
    assert np.allclose(points_of(moved), expected, atol=1e-6)


def test_a_turned_box_scaled_unevenly_is_a_polygon_of_its_corners() -> None:
    box = Box(10, 10, 20, 10, 30)
    moved = reframe(box, 1, (100, 100), (200, 50))
    assert moved == Polygon.of(tuple((x * 2, y / 2) for x, y in corners(box)))
    assert isinstance(reframe(box, 1, (100, 100), (200, 200)), Box)


def test_a_right_angle_scaled_unevenly_stays_a_box() -> None:
    moved = reframe(Box(10, 10, 20, 10, 90), 1, (100, 100), (200, 50))
    assert isinstance(moved, Box) and moved.rotation == 90
    found = {(round(x, 6), round(y, 6)) for x, y in corners(moved)}
    assert found == {(round(x * 2, 6), round(y / 2, 6)) for x, y in corners(Box(10, 10, 20, 10, 90))}


@given(st.integers(5, 60), st.integers(5, 60))
def test_a_scaled_mask_is_pillows_nearest(width: int, height: int) -> None:
    whole = fill(Ellipse(15, 12, 11, 7, 20), (30, 25))
    moved = reframe(whole, 1, (30, 25), (width, height))
    assert isinstance(moved, Mask)
    image = Image.fromarray(paste(whole, 30, 25).astype(np.uint8))
    expected = np.asarray(image.resize((width, height), Image.Resampling.NEAREST)).astype(bool)
    assert (paste(moved, width, height) == expected).mean() > 0.97  # ties fall to either side
    assert mask_area(moved) == pytest.approx(expected.sum(), rel=0.05, abs=3)


def test_a_mask_of_twice_the_size_has_every_pixel_four_times() -> None:
    bits = np.array([[1, 0, 1], [0, 1, 1]], dtype=bool)
    moved = reframe(mask_of(bits, 2, 1, crop=False), 1, (10, 10), (20, 20))
    assert isinstance(moved, Mask)
    stored = np.zeros((10, 10), dtype=bool)
    stored[1:3, 2:5] = bits
    assert (paste(moved, 20, 20) == stored.repeat(2, 0).repeat(2, 1)).all()


@pytest.mark.parametrize(
    ("turn", "original", "size"), [(0, (4, 4), (4, 4)), (9, (4, 4), (4, 4)), (1, (0, 4), (4, 4))]
)
def test_what_cannot_be_is_refused(turn: int, original: tuple[int, int], size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"orientation|cannot become"):
        reframe(Box(0, 0, 1, 1), turn, original, size)
