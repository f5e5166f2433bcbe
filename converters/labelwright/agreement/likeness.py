"""How alike two drawn things are, from 0 to 1: the measure that shapes and tracks are matched by.

What covers an area is compared by intersection over union (IoU), whatever the kind: a box and the
polygon of the same thing have an IoU. Skeletons are compared by object keypoint similarity (OKS),
lines and points by their extents. Things of different kinds of which one covers no area have nothing
in common. A track is compared frame by frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, inf
from typing import Any

import msgspec

from labelwright.agreement.matching import Placed
from labelwright.contracts import Control
from labelwright.geometry.measures import extent
from labelwright.geometry.overlap import SIGMA, VisionExtraMissing, iou, oks
from labelwright.geometry.shapes import (
    Box,
    Geometry,
    Mask,
    Points,
    Polyline,
    Skeleton,
)
from labelwright.geometry.tracks import at
from labelwright.problems import UsageError
from labelwright.records import Shape, Track, Value

REACH = 20.0  # pixels: the least size that a thing without area is taken to have
FRAMES = 200  # of two tracks that are looked at
NO_SHAPELY = (
    "comparing polygons that are not convex needs the package shapely; "
    "install it with: pip install 'labelwright[vision]'"
)

Extent = tuple[float, float, float, float]
_encode = msgspec.msgpack.Encoder().encode


def placed(value: Value) -> list[Placed]:
    """An answer's shapes or tracks, ready to be matched; what is neither is left out."""
    marks = value if isinstance(value, tuple | list) else ()
    return [_placed(mark) for mark in marks if isinstance(mark, Shape | Track)]


def _placed(mark: Shape | Track) -> Placed:
    if isinstance(mark, Track):
        first = min((k.frame for k in mark.keyframes), default=0)
        key = (_encode(mark.keyframes), mark.label, _encode(mark.answers))
        return Placed(mark, "", float(first), inf, key)
    low, high = _stretch(mark.geometry)
    return Placed(
        mark, mark.unit, low, high, (mark.unit, _encode(mark.geometry), mark.label, _encode(mark.answers))
    )


def _stretch(geometry: Geometry) -> tuple[float, float]:
    """From where to where across a shape may find its like."""
    if isinstance(geometry, Box) and not geometry.rotation:
        return geometry.x, geometry.x + geometry.width
    found = _extent(geometry)
    if found is None:
        return 0.0, 0.0
    reach = 0.0 if covers(geometry) else _size(found)
    return found[0] - reach, found[2] + reach


def covers(geometry: Geometry) -> bool:
    """Whether a shape has an area."""
    return not isinstance(geometry, Points | Polyline | Skeleton)


def _extent(geometry: Geometry) -> Extent | None:
    try:
        return extent(geometry)
    except ValueError:
        return None  # no point at all


def _size(found: Extent) -> float:
    return max(hypot(found[2] - found[0], found[3] - found[1]) / 2, REACH)


class Likeness:
    """The likeness of two shapes, or of two tracks, of one control."""

    def __init__(self, control: Control, frames: object = None) -> None:
        """``frames``: how many frames the film has, where it is known."""
        self._sigmas = {
            label: dict(zip(spec.joints, spec.sigmas, strict=False))
            for label, spec in control.skeletons.items()
        }
        self._frames = int(frames) if isinstance(frames, int | float) and 0 < frames < inf else 0

    def __call__(self, left: Any, right: Any) -> float:
        """1 for equal ones, the same in both directions. Raises ``UsageError`` where shapely is missing."""
        if isinstance(left, Shape) and isinstance(right, Shape):
            sigmas = self._sigmas.get(left.label) or self._sigmas.get(right.label) or {}
            return likeness(left.geometry, right.geometry, sigmas)
        if isinstance(left, Track) and isinstance(right, Track):
            return self._tracks(left, right)
        return 0.0

    def _tracks(self, left: Track, right: Track) -> float:
        """The mean likeness over the frames in which either is in sight."""
        if left.keyframes == right.keyframes:
            return 1.0
        sigmas = self._sigmas.get(left.label) or self._sigmas.get(right.label) or {}
        both = (*left.keyframes, *right.keyframes)
        end = self._frames or max((k.frame for k in both), default=-1) + 1
        looked = _spread(min((k.frame for k in both), default=0), end)
        total = seen = 0.0
        for frame in looked:
            one, other = at(left.keyframes, frame), at(right.keyframes, frame)
            if one is not None and other is not None:
                total += likeness(one.geometry, other.geometry, sigmas)
            seen += one is not None or other is not None
        return total / seen if seen else 0.0


def _spread(start: int, end: int) -> Sequence[int]:
    """All frames of a stretch, or of a long one some, evenly spaced."""
    if end - start <= FRAMES:
        return range(start, end)
    return [start + (n * (end - start)) // FRAMES for n in range(FRAMES)]


def likeness(left: Geometry, right: Geometry, sigmas: dict[str, float]) -> float:
    """The likeness of two geometries; ``sigmas`` of joints by name, as COCO's OKS uses them."""
    if isinstance(left, Box) and isinstance(right, Box) and not left.rotation and not right.rotation:
        return _boxes(left, right)
    if left == right:
        return 1.0
    if isinstance(left, Mask) and isinstance(right, Mask):
        from labelwright.geometry.mask_sets import mask_iou

        return mask_iou(left, right)
    if isinstance(left, Skeleton) and isinstance(right, Skeleton):
        return _skeletons(left, right, sigmas)
    here, there = _extent(left), _extent(right)
    if here is None or there is None:
        return 0.0
    if covers(left) and covers(right):
        apart = here[2] <= there[0] or there[2] <= here[0] or here[3] <= there[1] or there[3] <= here[1]
        return 0.0 if apart else _areas(left, right)
    return _extents(here, there) if type(left) is type(right) else 0.0


def _boxes(left: Box, right: Box) -> float:
    """IoU of upright boxes; two boxes without area are alike if they are equal."""
    across = min(left.x + left.width, right.x + right.width) - max(left.x, right.x)
    down = min(left.y + left.height, right.y + right.height) - max(left.y, right.y)
    both = across * down if across > 0 and down > 0 else 0.0
    either = left.width * left.height + right.width * right.height - both
    return both / either if either > 0 else float(left == right)


def _areas(left: Geometry, right: Geometry) -> float:
    """IoU of two shapes of any kind that cover an area; 0 for what is no shape (NaN)."""
    try:
        return iou(left, right)
    except VisionExtraMissing:
        raise UsageError(NO_SHAPELY) from None
    except ValueError:
        return 0.0


def _extents(here: Extent, there: Extent) -> float:
    """1 minus the largest distance of two sides of the extents, over half the longer diagonal.

    That half is taken to be at least 20 pixels, so that two points match within 10.
    """
    apart = max(abs(a - b) for a, b in zip(here, there, strict=True))
    return max(0.0, 1.0 - apart / max(_size(here), _size(there)))


def _skeletons(left: Skeleton, right: Skeleton, sigmas: dict[str, float]) -> float:
    """OKS with the mean area of both extents (at least 20 x 20 pixels) for a scale, so that neither leads.

    A joint that only one marked counts 0.
    """
    here, there = _extent(left), _extent(right)
    if here is None or there is None:
        return 0.0
    size = max(sum((e[2] - e[0]) * (e[3] - e[1]) for e in (here, there)) / 2, REACH**2)
    named = {joint.name: sigmas.get(joint.name, SIGMA) for joint in left.joints}
    return oks(left, right, size, named, both=True)
