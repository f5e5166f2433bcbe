"""Two annotators' tracks of one film, frame by frame, some frames at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from labelwright.agreement.coefficients import Array
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe, at
from labelwright.lazy import lazily
from labelwright.records import Track

if TYPE_CHECKING:
    import numpy as np

    from labelwright.agreement.likeness import Likeness
else:
    np = lazily("numpy")

AT_ONCE = (
    1 << 18
)  # pairs of boxes that are compared at once: memory is that of so many, however long the film
LONGEST = 1 << 13  # frames that are looked at at once
SAMPLED = 200  # frames that are looked at where outlines other than upright boxes are compared one by one
_numbers = attrgetter("x", "y", "width", "height")
Stretch = tuple[int, int]  # frames [first, last)


class Meetings(NamedTuple):
    """Which tracks share an area in which frame: places of frame, left and right track, and the likeness."""

    frame: Array
    left: Array
    right: Array
    like: Array


class Film:
    """The frames in which any of the tracks is in sight, and the likeness of the tracks there."""

    def __init__(self, left: Sequence[Track], right: Sequence[Track], end: int, like: Likeness) -> None:
        """``end``: how many frames the film has."""
        self.left, self.right, self._like = left, right, like
        self.plain = all(is_plain(k.geometry) for track in (*left, *right) for k in track.keyframes)
        seen = joined([s for track in (*left, *right) for s in stretches(track.keyframes, end)])
        self._seen = seen if self.plain else [(f, f + 1) for f in _spread(seen).tolist()]
        self._size = max(1, min(LONGEST, AT_ONCE // max(1, len(left) * len(right))))
        self.left_seen, self.right_seen = self._count(left, end), self._count(right, end)

    def _count(self, tracks: Sequence[Track], end: int) -> Array:
        """In how many of the frames that are looked at each track is in sight."""
        if self.plain:
            counts = [sum(b - a for a, b in stretches(t.keyframes, end)) for t in tracks]
        else:
            counts = [sum(at(t.keyframes, f) is not None for f, _ in self._seen) for t in tracks]
        return np.array(counts, float)

    def meetings(self) -> Iterator[Meetings]:
        """What meets, some frames at a time; a frame is in one part alone."""
        if self.left and self.right:
            for frames in _cut(self._seen, self._size):
                yield self._boxes(frames) if self.plain else self._others(frames)

    def _boxes(self, frames: Array) -> Meetings:
        one = [_corners(t.keyframes, frames) for t in self.left]
        other = np.stack([_corners(t.keyframes, frames) for t in self.right], axis=1)
        x1, y1, x2, y2 = other
        area = np.where(x2 > x1, (x2 - x1) * (y2 - y1), 0.0)
        found = []
        for i, (ax, ay, bx, by) in enumerate(one):
            across = np.minimum(bx, x2) - np.maximum(ax, x1)
            down = np.minimum(by, y2) - np.maximum(ay, y1)
            j, t = np.nonzero((across > 0) & (down > 0))
            shared = across[j, t] * down[j, t]
            either = (bx[t] - ax[t]) * (by[t] - ay[t]) + area[j, t] - shared
            found.append((t, np.full(len(t), i), j, np.minimum(shared / either, 1.0)))
        return _ordered([np.concatenate(part) for part in zip(*found, strict=True)])

    def _others(self, frames: Array) -> Meetings:
        found: list[tuple[int, int, int, float]] = []
        for t, frame in enumerate(frames.tolist()):
            here = [(i, k) for i, k in enumerate(at(x.keyframes, frame) for x in self.left) if k is not None]
            there = [
                (j, k) for j, k in enumerate(at(x.keyframes, frame) for x in self.right) if k is not None
            ]
            for i, one in here:
                for j, other in there:
                    labels = self.left[i].label, self.right[j].label
                    like = self._like.of(one.geometry, other.geometry, *labels)
                    if like > 0:
                        found.append((t, i, j, min(like, 1.0)))
        columns = np.array(found, float).reshape(-1, 4).T
        frame, left, right = columns[:3].astype(np.int64)
        return Meetings(frame, left, right, columns[3])


def is_plain(geometry: object) -> bool:
    """Whether a geometry is an upright box with an area."""
    return isinstance(geometry, Box) and not geometry.rotation and geometry.width > 0 and geometry.height > 0


def stretches(keyframes: Sequence[Keyframe], end: int) -> list[Stretch]:
    """Where a track is in sight before ``end``, in order, those that follow each other joined."""
    stops = [*(k.frame for k in keyframes[1:]), end]
    found = (
        (max(k.frame, 0), min(stop, end)) for k, stop in zip(keyframes, stops, strict=True) if not k.outside
    )
    return joined([(first, last) for first, last in found if first < last])


def joined(found: list[Stretch]) -> list[Stretch]:
    """The frames of any of the stretches."""
    made: list[Stretch] = []
    for first, last in sorted(found):
        if made and first <= made[-1][1]:
            made[-1] = (made[-1][0], max(last, made[-1][1]))
        else:
            made.append((first, last))
    return made


def in_both(one: Sequence[Stretch], other: Sequence[Stretch]) -> int:
    """How many frames two tracks share."""
    found = at_one = at_other = 0
    while at_one < len(one) and at_other < len(other):
        (a, b), (c, d) = one[at_one], other[at_other]
        found += max(0, min(b, d) - max(a, c))
        at_one, at_other = (at_one + 1, at_other) if b <= d else (at_one, at_other + 1)
    return found


def _cut(seen: Sequence[Stretch], most: int) -> Iterator[Array]:
    """The frames of all stretches, so many at a time."""
    held: list[Array] = []
    size = 0
    for first, last in seen:
        while first < last:
            stop = min(last, first + most - size)
            held.append(np.arange(first, stop))
            size, first = size + stop - first, stop
            if size == most:
                yield np.concatenate(held)
                held, size = [], 0
    if held:
        yield np.concatenate(held)


def _spread(seen: Sequence[Stretch]) -> Array:
    """All frames of the stretches, or of many some, evenly spaced."""
    total = sum(last - first for first, last in seen)
    chosen = np.arange(min(total, SAMPLED)) * total // max(1, min(total, SAMPLED))
    starts = np.cumsum([0, *(last - first for first, last in seen)])
    part = np.searchsorted(starts, chosen, side="right") - 1
    return np.asarray(chosen - starts[part] + np.array([first for first, _ in seen] or [0])[part])


def _corners(keyframes: Sequence[Keyframe], frames: Array) -> Array:
    """x1, y1, x2, y2 of a box in each frame, shape (4, frames); nowhere while it is out of sight."""
    nowhere = np.array([[np.inf], [np.inf], [-np.inf], [-np.inf]])
    if not keyframes:
        return np.repeat(nowhere, len(frames), axis=1)
    boxes = np.array([_numbers(k.geometry) for k in keyframes]).T
    when = np.array([k.frame for k in keyframes])
    here = np.searchsorted(when, frames, side="right") - 1
    now, then = np.maximum(here, 0), np.minimum(here + 1, len(keyframes) - 1)
    share = (frames - when[now]) / np.maximum(when[then] - when[now], 1)
    x, y, w, h = boxes[:, now] + (boxes[:, then] - boxes[:, now]) * share
    seen = (here >= 0) & np.array([not k.outside for k in keyframes])[now]
    return np.where(seen, np.stack([x, y, x + w, y + h]), nowhere)


def _ordered(columns: Sequence[Array]) -> Meetings:
    frame, left, right, like = columns
    order = np.lexsort((right, left, frame))
    return Meetings(frame[order], left[order], right[order], like[order])
