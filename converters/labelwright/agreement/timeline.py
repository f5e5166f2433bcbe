"""Time as exact intervals: what several annotators said of every moment.

Times are whole numbers of a unit (10 ms frames or microseconds), so that sums are exact whatever the
order. Channels of a sound are times of their own. A segment that has no length left in the unit, ends
before it starts, or has a time that is no finite number, covers no time; what lies before zero is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, isfinite
from typing import Any

from labelwright.records import Segment

HOP = 0.01  # seconds of a frame, the unit of time in which labels are compared
LATEST = 1e9  # seconds; beyond this a time is no time of a recording
NO_LABEL = "(no label)"  # what a segment without label says

Interval = tuple[int, int, str]  # start, end, label
Track = dict[int, list[Interval]]  # by channel
Atom = tuple[int, tuple[tuple[str, ...], ...]]  # length, and the sorted labels by track


def usable(segment: Segment) -> bool:
    """Whether the times of a segment are finite and in order (equal: a point in time)."""
    times = (segment.start, segment.end)
    known = all(isinstance(t, int | float) and isfinite(t) and abs(t) <= LATEST for t in times)
    return known and segment.end >= segment.start and segment.end >= 0


def usable_segments(value: Any) -> list[Segment]:
    """The usable segments of an answer, in order of time; what is no segment is left out."""
    found = (
        [s for s in value if isinstance(s, Segment) and usable(s)] if isinstance(value, tuple | list) else []
    )
    return sorted(found, key=lambda s: (s.channel, s.start, s.end, s.label, repr(s.answers)))


def units(seconds: float, per_second: float) -> int:
    """Seconds as the nearest whole number of units, never negative.

    At 100 units per second, a segment covers exactly the frames whose middle lies in it.
    """
    return max(0, floor(seconds * per_second + 0.5))


def track(segments: Sequence[Segment], per_second: float) -> Track:
    """The intervals of the usable segments by channel."""
    found: Track = {}
    for segment in filter(usable, segments):
        start, end = units(segment.start, per_second), units(segment.end, per_second)
        if end > start:
            found.setdefault(segment.channel, []).append((start, end, segment.label or NO_LABEL))
    return found


def atoms(tracks: Sequence[Track], length: int = 0) -> Iterator[Atom]:
    """Cut time at every boundary of any track: what each says from one boundary to the next.

    Every channel that any track has runs from zero to the latest end of any, or to ``length`` where that
    is later; one label that covers a moment twice counts once.
    """
    channels = sorted({channel for one in tracks for channel in one})
    last = max([length, *(end for one in tracks for part in one.values() for _, end, _ in part)])
    for channel in channels or [0]:
        yield from _cut([one.get(channel, []) for one in tracks], last)


def _cut(parts: Sequence[Sequence[Interval]], last: int) -> Iterator[Atom]:
    """The atoms of one channel."""
    changes: list[tuple[int, int, str, int]] = []
    for at, part in enumerate(parts):
        for start, end, label in part:
            changes += [(start, at, label, 1), (end, at, label, -1)]
    open_now: list[dict[str, int]] = [{} for _ in parts]
    now: list[tuple[str, ...]] = [()] * len(parts)
    previous = 0
    for time, at, label, by in sorted(changes):
        if time > previous:
            yield time - previous, tuple(now)
            previous = time
        mine = open_now[at]
        mine[label] = mine.get(label, 0) + by
        if not mine[label]:
            del mine[label]
        now[at] = tuple(sorted(mine))
    if last > previous:
        yield last - previous, tuple(now)
