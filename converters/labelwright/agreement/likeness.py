"""How alike two drawn things are, from 0 to 1: the measure that shapes and tracks are matched by.

What covers an area is compared by intersection over union (IoU), whatever the kind: a box and the
polygon of the same thing have an IoU. Skeletons are compared by object keypoint similarity (OKS),
lines and points by how far they lie apart. Things of different kinds of which one covers no area have nothing
in common. A track is compared frame by frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, inf
from typing import Any

import msgspec

from labelwright.agreement.figures import coco_sigmas, scale
from labelwright.agreement.matching import Near, Placed, near
from labelwright.contracts import Control
from labelwright.geometry.measures import extent
from labelwright.geometry.nearness import apart
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

AT_ONCE = 1 << 18  # pairs of boxes that are looked at at once
Boxes = tuple[Box | None, Box | None]
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
            return likeness(left.geometry, right.geometry, sigmas, (left.box, right.box))
        if isinstance(left, Track) and isinstance(right, Track):
            return self._tracks(left, right)
        return 0.0

    def of(self, left: Geometry, right: Geometry, *labels: str) -> float:
        """The likeness of two geometries with these labels."""
        sigmas = next((self._sigmas[label] for label in labels if self._sigmas.get(label)), {})
        return likeness(left, right, sigmas)

    def end(self, tracks: Sequence[Track]) -> int:
        """How many frames the film has: as is known, else as many as the last keyframe of any track says."""
        return self._frames or max((k.frame for t in tracks for k in t.keyframes), default=-1) + 1

    def _tracks(self, left: Track, right: Track) -> float:
        """The mean likeness over the frames in which either is in sight."""
        if left.keyframes == right.keyframes:
            return 1.0
        end = self.end((left, right))
        looked = _spread(min((k.frame for k in (*left.keyframes, *right.keyframes)), default=0), end)
        total = seen = 0.0
        for frame in looked:
            one, other = at(left.keyframes, frame), at(right.keyframes, frame)
            if one is not None and other is not None:
                total += self.of(one.geometry, other.geometry, left.label, right.label)
            seen += one is not None or other is not None
        return total / seen if seen else 0.0


def _spread(start: int, end: int) -> Sequence[int]:
    """All frames of a stretch, or of a long one some, evenly spaced."""
    if end - start <= FRAMES:
        return range(start, end)
    return [start + (n * (end - start)) // FRAMES for n in range(FRAMES)]


def likeness(left: Geometry, right: Geometry, sigmas: dict[str, float], boxes: Boxes = (None, None)) -> float:
    """The likeness of two geometries; of skeletons, sigmas of joints by name and boxes drawn around them."""
    if isinstance(left, Box) and isinstance(right, Box) and not left.rotation and not right.rotation:
        return _boxes(left, right)
    if left == right:
        return 1.0
    if isinstance(left, Mask) and isinstance(right, Mask):
        from labelwright.geometry.mask_sets import mask_iou

        return mask_iou(left, right)
    if isinstance(left, Skeleton) and isinstance(right, Skeleton):
        return _skeletons(left, right, sigmas, boxes)
    here, there = _extent(left), _extent(right)
    if here is None or there is None:
        return 0.0
    if covers(left) and covers(right):
        beside = here[2] <= there[0] or there[2] <= here[0] or here[3] <= there[1] or there[3] <= here[1]
        return 0.0 if beside else _areas(left, right)
    if isinstance(left, Points | Polyline) and type(left) is type(right):
        size = max(_size(here), _size(there))
        # One of the two reaches so much farther than the other: it is as far from it at least.
        ahead = max(abs(p - q) for p, q in zip(here, there, strict=True))
        return 0.0 if ahead > size + CHORD else _nearness(left, right, size)
    return 0.0


def _boxes(left: Box, right: Box) -> float:
    """IoU of upright boxes; two boxes without area are alike if they are equal."""
    ax, ay, bx, by = left.x + left.width, left.y + left.height, right.x + right.width, right.y + right.height
    across, down = min(ax, bx) - max(left.x, right.x), min(ay, by) - max(left.y, right.y)
    both = across * down if across > 0 and down > 0 else 0.0
    # Sides as far as their ends are apart, so that a box has an IoU of just 1 with itself.
    either = (ax - left.x) * (ay - left.y) + (bx - right.x) * (by - right.y) - both
    return both / either if either > 0 else float(left == right)


def _areas(left: Geometry, right: Geometry) -> float:
    """IoU of two shapes of any kind that cover an area; 0 for what is no shape (NaN)."""
    try:
        return iou(left, right)
    except VisionExtraMissing:
        raise UsageError(NO_SHAPELY) from None
    except ValueError:
        return 0.0


def _nearness(left: Points | Polyline, right: Points | Polyline, size: float) -> float:
    """1 minus the farthest that one lies from the other over ``size``.

    ``size`` is half the longer diagonal of their extents, and at least 20 pixels: two points match within 10.
    """
    try:
        return max(0.0, 1.0 - apart(left, right) / size)
    except ValueError:
        return 0.0


def _skeletons(left: Skeleton, right: Skeleton, sigmas: dict[str, float], boxes: Boxes) -> float:
    """OKS with the mean area of both figures for a scale, so that neither leads.

    A joint that only one marked counts 0.
    """
    try:
        size = scale(left, right, boxes)
    except ValueError:
        return 0.0
    known = sigmas or coco_sigmas(left)
    named = {joint.name: known.get(joint.name, SIGMA) for joint in left.joints}
    return oks(left, right, size, named, both=True)


CHORD = 1.0  # pixels: more than curves are off where they are taken as chords
BATCH = 256  # pairs of boxes from which they are compared all at once


def found_near(left: Sequence[Placed], right: Sequence[Placed], like: Likeness) -> list[Near]:
    """What ``matching.near`` finds, in any order; many plain boxes, or tracks of them, at once."""
    marks = [one.mark for one in (*left, *right)]
    if left and right and all(isinstance(mark, Track) for mark in marks):
        end = like.end(marks)
        if all(_is_boxes(mark, end) for mark in marks):
            from labelwright.agreement.films import Film
            from labelwright.agreement.tracking import Followed

            return Followed(Film(marks[: len(left)], marks[len(left) :], end, like)).near(end)
    if len(left) * len(right) < BATCH or not all(_is_plain(one.mark) for one in (*left, *right)):
        return list(near(left, right, like))
    return _boxes_near(left, right)


def _is_boxes(track: Track, end: int) -> bool:
    """Whether a track is of plain boxes that are in sight at all."""
    from labelwright.agreement.films import is_plain, stretches

    return all(is_plain(k.geometry) for k in track.keyframes) and bool(stretches(track.keyframes, end))


def _is_plain(mark: object) -> bool:
    """Whether a mark is an upright box with an area."""
    if not isinstance(mark, Shape) or not isinstance(mark.geometry, Box) or mark.geometry.rotation:
        return False
    box = mark.geometry
    return (
        box.width > 0
        and box.height > 0
        and 0 < (box.x + box.width - box.x) * (box.y + box.height - box.y) < inf
    )


def _boxes_near(left: Sequence[Placed], right: Sequence[Placed]) -> list[Near]:
    import numpy as np

    from labelwright.agreement.boxes import overlaps

    boxes = [one.mark.geometry for one in (*left, *right)]
    x, y, w, h = np.array([(b.x, b.y, b.width, b.height) for b in boxes]).T
    unit = np.unique([one.group for one in (*left, *right)], return_inverse=True)[1]
    found: list[Near] = []
    step = max(1, AT_ONCE // len(right))
    for first in range(0, len(left), step):
        here = np.r_[first : min(first + step, len(left)), len(left) : len(boxes)]
        corners = np.stack([x, y, x + w, y + h])[:, here]
        sizes = np.array([[len(here) - len(right), len(right)]])
        pairs = overlaps(corners, sizes, unit[here])
        places = (pairs.left + first).tolist(), (pairs.right - sizes[0, 0]).tolist()
        found += zip(*places, pairs.iou.tolist(), strict=True)
    return found
