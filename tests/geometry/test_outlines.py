"""Masks to outlines and back, and shapes to masks, beside shapely and pycocotools."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from drawn import Bits, bitmaps, coordinates, sizes
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from labelwright.geometry.boxes import corners
from labelwright.geometry.ellipses import ellipse_polygon
from labelwright.geometry.fill import FILL_BOUND, fill
from labelwright.geometry.mask_sets import mask_union, shared_pixels
from labelwright.geometry.measures import area, extent, signed_area
from labelwright.geometry.outlines import outline
from labelwright.geometry.rle import EMPTY, array_of, mask_area, mask_of, paste, window
from labelwright.geometry.rle_coco import coco_string
from labelwright.geometry.shapes import Box, Cuboid, Ellipse, Geometry, Mask, Points, Polygon, Ring

OFFSET = st.integers(-20, 20)
NEAR = coordinates(-20, 60)
BOXES = st.builds(Box, NEAR, NEAR, sizes(), sizes(), st.floats(0, 360, width=32))


def shape_of(polygon: Polygon) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([(part[0], list(part[1:])) for part in polygon.parts])


def picture(*rows: str) -> Mask:
    return mask_of(np.array([[c == "#" for c in row] for row in rows]))


def square(x: float, y: float, width: float = 1, height: float = 1) -> Ring:
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def hole(x: float, y: float, width: float = 1, height: float = 1) -> Ring:
    return ((x, y), (x, y + height), (x + width, y + height), (x + width, y))


def test_outlines_in_plain_numbers() -> None:
    assert outline(picture("##", "##")) == Polygon.of(square(0, 0, 2, 2))
    assert outline(Mask(7, 5, 1, 1, (0, 1))) == Polygon.of(square(7, 5))
    assert outline(EMPTY) == outline(Mask(3, 3, 2, 2, (4,))) == Polygon(())


def test_what_touches_at_a_corner_lies_apart() -> None:
    assert outline(picture("#.", ".#")) == Polygon(((square(0, 0),), (square(1, 1),)))
    assert outline(picture(".#", "#.")) == Polygon(((square(1, 0),), (square(0, 1),)))
    # Holes too, and a hole that touches the outside.
    assert outline(picture("####", "#.##", "##.#", "####")) == Polygon(
        ((square(0, 0, 4, 4), hole(1, 1), hole(2, 2)),)
    )
    bay = ((0, 0), (2, 0), (2, 1), (3, 1), (3, 3), (0, 3))
    assert outline(picture("##.", "#.#", "###")) == Polygon(((bay, hole(1, 1)),))


def test_an_island_in_a_hole() -> None:
    found = outline(picture("#####", "#...#", "#.#.#", "#...#", "#####"))
    assert found == Polygon(((square(0, 0, 5, 5), hole(1, 1, 3, 3)), (square(2, 2),)))


@given(bitmaps(30), OFFSET, OFFSET)
def test_outline_and_back_bit_for_bit(image: Bits, x: int, y: int) -> None:
    mask = mask_of(image, x, y)
    found = outline(mask)
    assert fill(found) == mask
    assert area(found) == image.sum()
    if image.any():
        theirs = shape_of(found)
        assert theirs.is_valid, shapely.is_valid_reason(theirs)
        assert theirs.area == image.sum()
        assert extent(found) == extent(mask) == theirs.bounds
        for part in found.parts:
            assert signed_area(part[0]) > 0 and all(signed_area(ring) < 0 for ring in part[1:])
            for ring in part:
                assert len(set(ring)) == len(ring)
                assert ring[0] == min(ring, key=lambda p: (p[1], p[0]))
        centres = [(c + x + 0.5, r + y + 0.5) for r, c in np.argwhere(image)]
        assert shapely.contains(theirs, shapely.points(centres)).all()
    # The box a mask is kept in makes no difference.
    assert outline(window(mask, -40, -40, 100, 100)) == found


@given(bitmaps(20))
def test_an_outline_is_what_pycocotools_fills(image: Bits) -> None:
    """Without holes, which its polygons have not."""
    height, width = image.shape
    for part in outline(mask_of(image)).parts:
        ring = [float(c) for p in part[0] for c in p]
        theirs = coco.merge(coco.frPyObjects([ring], height, width))["counts"].decode()
        assert coco_string(fill(Polygon.of(part[0])), width, height) == theirs


def inside(shape: shapely.Geometry, mask: Mask) -> None:
    """Every pixel is decided by its centre; those within a hair of the edge may be either."""
    x1, y1, x2, y2 = (int(np.floor(v)) for v in shape.bounds)
    xs, ys = np.meshgrid(np.arange(x1 - 1, x2 + 3), np.arange(y1 - 1, y2 + 3))
    centres = shapely.points(xs + 0.5, ys + 0.5)
    clear = shapely.distance(shapely.boundary(shape), centres) > 1e-6
    ours = array_of(window(mask, x1 - 1, y1 - 1, xs.shape[1], xs.shape[0]))
    assert (ours == shapely.contains(shape, centres))[clear].all()
    if mask.counts:
        assert mask_area(window(mask, x1 - 1, y1 - 1, xs.shape[1], xs.shape[0])) == mask_area(mask)


@given(st.builds(Box, NEAR, NEAR, st.floats(0.1, 30), st.floats(0.1, 30), st.floats(0, 360)))
def test_turned_boxes_fill_by_centres(box: Box) -> None:
    mask = fill(box)
    inside(shapely.Polygon(corners(box)), mask)
    if mask.counts:
        # A corner of the outline is never further from the box than half a diagonal.
        edge = shapely.Polygon(corners(box)).boundary
        points = [p for part in outline(mask).parts for ring in part for p in ring]
        assert shapely.distance(edge, shapely.points(points)).max() <= FILL_BOUND


@given(st.builds(Ellipse, NEAR, NEAR, st.floats(0.1, 30), st.floats(0.1, 30), st.floats(0, 360)))
def test_ellipses_fill_by_centres(ellipse: Ellipse) -> None:
    mask = fill(ellipse)
    polygon, bound = ellipse_polygon(ellipse, 0.001)
    shape = shape_of(polygon)
    x1, y1, x2, y2 = (int(np.floor(v)) for v in shape.bounds)
    xs, ys = np.meshgrid(np.arange(x1 - 1, x2 + 3), np.arange(y1 - 1, y2 + 3))
    centres = shapely.points(xs + 0.5, ys + 0.5)
    clear = shapely.distance(shapely.boundary(shape), centres) > bound + 1e-6
    ours = array_of(window(mask, x1 - 1, y1 - 1, xs.shape[1], xs.shape[0]))
    assert (ours == shapely.contains(shape, centres))[clear].all()


@given(st.lists(st.tuples(NEAR, NEAR), min_size=3, max_size=8))
def test_any_ring_fills_by_even_and_odd(points: list[tuple[float, float]]) -> None:
    mask = fill(Polygon.of(tuple(points)))
    ring = np.array(points)
    ends = np.roll(ring, -1, axis=0)
    xs, ys = np.meshgrid(np.arange(-21, 62) + 0.5, np.arange(-21, 62) + 0.5)
    odd = np.zeros(xs.shape, dtype=bool)
    near = np.zeros(xs.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(ring, ends, strict=True):
        if ay == by:
            continue
        between = (np.minimum(ay, by) <= ys) & (ys < np.maximum(ay, by))
        x = ax + (ys - ay) * (bx - ax) / (by - ay)
        odd ^= between & (x <= xs)
        near |= between & (np.abs(x - xs) < 1e-6)
    ours = array_of(window(mask, -21, -21, 83, 83))
    assert (ours == odd)[~near].all()


@given(
    st.floats(1, 39), st.floats(1, 39), st.lists(st.tuples(st.floats(1, 39), st.floats(1, 39)), max_size=3)
)
def test_neighbours_share_no_pixel_and_leave_none_out(
    x: float, y: float, cut: list[tuple[float, float]]
) -> None:
    inner = [(x, 0.0), *sorted(cut, key=lambda p: p[1]), (y, 40.0)]
    left = fill(Polygon.of((*inner, (0, 40), (0, 0))))
    right = fill(Polygon.of((*inner, (40, 40), (40, 0))))
    assert shared_pixels(left, right) == 0
    assert mask_union(left, right) == Mask(0, 0, 40, 40, (0, 1600))


def test_centres_on_the_edge() -> None:
    assert fill(Box(0.5, 0.5, 2, 1)) == Mask(0, 0, 2, 1, (0, 2))
    assert fill(Ellipse(1, 0.5, 0.5, 0.5)) == Mask(0, 0, 1, 1, (0, 1))
    assert fill(Box(0.6, 0.6, 0.5, 5)) == EMPTY, "thinner than a pixel, and between the centres"


def test_parts_join_and_holes_are_out() -> None:
    ring, gap = square(0, 0, 6, 6), square(1, 1, 2, 2)
    both = Polygon(((ring, gap), (square(1, 1),), (square(5, 5, 4, 4),)))
    wanted = np.zeros((9, 9), dtype=bool)
    wanted[:6, :6] = True
    wanted[1:3, 1:3] = False
    wanted[1, 1] = True
    wanted[5:9, 5:9] = True
    assert fill(both) == mask_of(wanted)
    assert fill(both, (4, 2)) == mask_of(wanted[:2, :4])


@given(st.one_of(BOXES, BOXES.map(lambda b: Ellipse(b.x, b.y, b.width, b.height, b.rotation))))
def test_an_image_cuts_off_what_is_outside(shape: Geometry) -> None:
    whole = fill(shape)
    assert fill(shape, (30, 20)) == mask_of(paste(whole, 30, 20))
    assert fill(whole, (30, 20)) == fill(shape, (30, 20))


def test_cuboids_and_masks() -> None:
    corners_ = (*square(0, 0, 4, 4), *square(2, 2, 4, 4))
    assert mask_area(fill(Cuboid(corners_))) == 4 * 4 + 4 * 4 - 2 * 2 + 4  # the hull has two triangles more
    mask = Mask(-1, 0, 2, 2, (0, 4))
    assert fill(mask) == mask and fill(mask, (5, 5)) == Mask(0, 0, 1, 2, (0, 2))


def test_what_cannot_be_filled() -> None:
    with pytest.raises(ValueError, match="no inside"):
        fill(Points(((1, 1), (5, 5))))
    for bad in (Box(0, 0, float("nan"), 1), Box(0, 0, float("inf"), 1)):
        with pytest.raises(ValueError, match="not finite"):
            fill(bad, (10, 10))
    far = Box(0, 0, 1e12, 1e12)
    with pytest.raises(ValueError, match="say the image's size"):
        fill(far)
    assert fill(far, (3, 2)) == Mask(0, 0, 3, 2, (0, 6))
    assert fill(Polygon(())) == fill(Ellipse(5, 5, 0, 3)) == EMPTY
    assert fill(Box(50, 50, 4, 4), (10, 10)) == EMPTY
