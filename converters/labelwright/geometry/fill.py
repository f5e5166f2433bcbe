"""Shapes to masks: a pixel belongs to a shape if its centre does.

So the outline of the mask is nowhere further from the shape's than half a pixel's diagonal, 0.7072 px;
what is thinner than a pixel may vanish. An outline along pixel edges comes back bit for bit.

A centre just on the outline belongs to the shape if the shape lies to its right (on a horizontal edge:
below it), so shapes that share an edge share no pixel, and leave none out.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, TypeAlias

from labelwright.geometry.boxes import corners, cosine_sine
from labelwright.geometry.mask_sets import covered
from labelwright.geometry.measures import extent, hull, points_of
from labelwright.geometry.rle import EMPTY, Runs, Whole, clip_mask, mask_of_runs, tight
from labelwright.geometry.shapes import Box, Cuboid, Ellipse, Geometry, Mask, Polygon, Ring
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazily("numpy")

FILL_BOUND = 0.7072  # pixels: half the diagonal of one
MOST_ROWS = 1 << 20
Floats: TypeAlias = "NDArray[np.float64]"


def fill(geometry: Geometry, size: tuple[int, int] | None = None) -> Mask:
    """The pixels whose centre lies in a box, ellipse, polygon, mask or the hull of a cuboid.

    In a polygon's part a centre counts by even and odd (holes are out); parts are joined.

    Args:
        geometry: the shape.
        size: width and height of the image, outside of which nothing is filled.

    Raises:
        ValueError: lines, points and skeletons have no inside; coordinates that are not finite, or reach
            far beyond any image while no size is given.
    """
    if isinstance(geometry, Mask):
        return tight(clip_mask(geometry, *size) if size else geometry)
    if isinstance(geometry, Polygon) and not any(ring for part in geometry.parts for ring in part):
        return EMPTY
    left, top, right, bottom = _window(geometry, size)
    if right <= left or bottom <= top:
        return EMPTY
    window = (left, top, right - left, bottom - top)
    match geometry:
        case Box():
            runs = _rings_runs([corners(geometry)], window)
        case Cuboid():
            runs = _rings_runs([hull(geometry.points)], window)
        case Ellipse():
            runs = _ellipse_runs(geometry, window)
        case Polygon():
            runs = covered([_rings_runs(part, window) for part in geometry.parts], 1)
        case _:
            raise ValueError("lines, points and skeletons have no inside to fill")
    return tight(mask_of_runs(*window, runs))


def _window(geometry: Geometry, size: tuple[int, int] | None) -> tuple[int, int, int, int]:
    if not all(isfinite(x) and isfinite(y) for x, y in points_of(geometry)):
        raise ValueError("a shape with coordinates that are not finite cannot be filled")
    sides = extent(geometry)
    left, top, right, bottom = floor(sides[0]), floor(sides[1]), ceil(sides[2]), ceil(sides[3])
    if size is not None:
        return max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])
    if max(bottom - top, right - left, *map(abs, (left, top, right, bottom))) > MOST_ROWS:
        raise ValueError("the shape reaches further than any image; say the image's size")
    return left, top, right, bottom


def _first_pixel(x: Floats, left: int, width: int) -> Whole:
    """The first pixel of the window, from its left side, whose centre is at x or right of it."""
    return np.clip(np.ceil(x - 0.5) - left, 0, width).astype(np.int64)


def _rings_runs(rings: Sequence[Ring], window: tuple[int, int, int, int]) -> Runs:
    """The pixels that an odd number of crossings lie left of, in a window (x, y, width, height)."""
    left, top, width, height = window
    ends = [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in rings]
    a = np.concatenate([*ends, np.empty((0, 2))])
    b = np.concatenate([*(np.roll(ring, -1, axis=0) for ring in ends), np.empty((0, 2))])
    # From top to bottom, so that an edge of two neighbours is computed alike in both.
    low = (a[:, 1] > b[:, 1])[:, None]
    a, b = np.where(low, b, a), np.where(low, a, b)
    first = np.clip(np.ceil(a[:, 1] - 0.5) - top, 0, height).astype(np.int64)
    last = np.clip(np.ceil(b[:, 1] - 0.5) - top, 0, height).astype(np.int64)
    rows = np.maximum(last - first, 0)
    edge = np.repeat(np.arange(rows.size), rows)
    row = np.arange(edge.size) - np.repeat(np.cumsum(rows) - rows, rows) + first[edge]
    ax, ay, bx, by = a[edge, 0], a[edge, 1], b[edge, 0], b[edge, 1]
    crossing = ax + (row + (top + 0.5) - ay) * (bx - ax) / (by - ay)
    place = np.sort(row * (width + 1) + _first_pixel(crossing, left, width))
    row, column = place // (width + 1), place % (width + 1)
    starts, stops = (row * width + column)[0::2], (row * width + column)[1::2]
    some = starts < stops
    return starts[some], stops[some]


def _ellipse_runs(ellipse: Ellipse, window: tuple[int, int, int, int]) -> Runs:
    """Row by row between the two places where the row's middle meets the ellipse."""
    left, top, width, height = window
    rx, ry = abs(ellipse.rx), abs(ellipse.ry)
    none = np.empty(0, dtype=np.int64)
    if rx == 0 or ry == 0:
        return none, none
    c, s = cosine_sine(ellipse.rotation)
    y = np.arange(height) + (top + 0.5) - ellipse.cy
    # ((x c + y s) / rx)^2 + ((y c - x s) / ry)^2 = 1 as a x^2 + 2 b x + d = 0.
    a = (c / rx) ** 2 + (s / ry) ** 2
    b = y * c * s * (1 / rx**2 - 1 / ry**2)
    d = (y * s / rx) ** 2 + (y * c / ry) ** 2 - 1
    inside = b * b - a * d
    row = np.flatnonzero(inside > 0)
    half, middle = np.sqrt(inside[row]) / a, ellipse.cx - b[row] / a
    starts = row * width + _first_pixel(middle - half, left, width)
    stops = row * width + _first_pixel(middle + half, left, width)
    some = starts < stops
    return starts[some], stops[some]
