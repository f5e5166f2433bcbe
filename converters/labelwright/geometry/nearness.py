"""How far two lines, or two sets of points, lie apart at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelwright.geometry.curves import straightened
from labelwright.geometry.shapes import Points, Polyline
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

STEPS = 64  # even steps along a line, at whose ends too its distance from the other is taken
AT_ONCE = 1 << 20  # distances that are held at once


def apart(a: Points | Polyline, b: Points | Polyline) -> float:
    """The Hausdorff distance in pixels: how far any point of one is from the other at most.

    It has no direction. A line's points are its corners and 64 places evenly spaced along it; the other
    is the whole line. Curves are taken as chords that are off by a quarter of a pixel at most.

    Raises:
        ValueError: one has no point, coordinates are not finite, or handles do not fit the points.
    """
    one, other = _corners(a), _corners(b)
    if not (len(one) and len(other) and np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("what has no places is not near to anything")
    if len(one) == len(other) == 1:  # most points are alone, and often there are very many
        return float(np.hypot(*(one[0] - other[0])))
    return max(
        _farthest(_along(one, a), _stretches(other, b)), _farthest(_along(other, b), _stretches(one, a))
    )


def _corners(shape: Points | Polyline) -> Any:
    points = straightened(shape)[0].points if isinstance(shape, Polyline) else shape.points
    if isinstance(shape, Polyline) and shape.closed and len(points) > 1:
        points = (*points, points[0])
    return np.array(points, float).reshape(-1, 2)


def _along(corners: Any, shape: Points | Polyline) -> Any:
    """The places of a shape whose distance from the other counts."""
    if not isinstance(shape, Polyline) or len(corners) < 2:
        return corners
    lengths = np.hypot(*np.diff(corners, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(lengths)])
    steps = np.linspace(0.0, way[-1], STEPS + 1)
    between = np.stack([np.interp(steps, way, corners[:, axis]) for axis in (0, 1)], axis=1)
    return np.concatenate([corners, between])


def _stretches(corners: Any, shape: Points | Polyline) -> tuple[Any, Any]:
    """Where each straight stretch begins, and where it leads; of points, stretches without a length."""
    if not isinstance(shape, Polyline) or len(corners) < 2:
        return corners, np.zeros_like(corners)
    return corners[:-1], np.diff(corners, axis=0)


def _farthest(places: Any, stretches: tuple[Any, Any]) -> float:
    """The distance of the place that is farthest from its nearest stretch."""
    starts, ways = stretches
    square = (ways**2).sum(axis=1)
    found = 0.0
    step = max(1, AT_ONCE // len(starts))
    for first in range(0, len(places), step):
        from_start = places[first : first + step, None] - starts
        share = (from_start * ways).sum(axis=2) / np.where(square > 0, square, 1.0)
        off = from_start - np.clip(share, 0.0, 1.0)[..., None] * ways
        found = max(found, float(np.hypot(off[..., 0], off[..., 1]).min(axis=1).max()))
    return found
