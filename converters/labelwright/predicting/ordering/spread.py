"""Greedy k-centre: each next item is the one farthest from all before it, weighed by its uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Array: TypeAlias = Any  # of numpy
SPREAD = 1000  # items that are spread; those behind are ordered by their weight
CENTRES = 5000  # answered items that others are held apart from
PART = 512


def spread(
    points: Array, weights: Array, centres: Array, most: int = SPREAD
) -> tuple[list[int], list[float]]:
    """The places of the first ``most`` rows of ``points`` (of length 1), and how far each lay from others.

    The greedy rule of Gonzalez (1985), as Sener and Savarese (2018) use it for active learning, with
    distances from 0 to 1 (half of 1 minus the cosine) times ``weights``. ``centres`` (rows) are there
    already. Without any, the first is the heaviest, of several the one nearest to the mean of all. Of
    equals, the row that comes first.
    """
    n = len(points)
    near = _nearest(points, centres)
    found: list[int] = []
    far: list[float] = []
    open_ = np.ones(n, bool)
    if not len(centres) and n:
        middle = points @ points.mean(axis=0)
        first = int(np.lexsort((np.arange(n), -np.round(middle, 9), -np.round(weights, 9)))[0])
        found, far = [first], [1.0]
        open_[first] = False
        near = np.minimum(near, _apart(points, points[first]))
    while len(found) < min(n, most):
        value = np.where(open_, np.round(near * weights, 9), -1.0)
        at = int(np.argmax(value))
        found.append(at)
        far.append(float(near[at]))
        open_[at] = False
        near = np.minimum(near, _apart(points, points[at]))
    return found, far


def _apart(points: Array, one: Array) -> Array:
    return np.clip((1.0 - points @ one) / 2.0, 0.0, 1.0)


def _nearest(points: Array, centres: Array) -> Array:
    """How far each point is from the nearest centre; 1 without any."""
    near = np.ones(len(points))
    for first in range(0, len(centres), PART):
        alike = points @ centres[first : first + PART].T
        near = np.minimum(near, np.clip((1.0 - alike.max(axis=1)) / 2.0, 0.0, 1.0))
    return near
