"""Small films of two annotators, with what IDF1 and HOTA are of them by hand."""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe
from labelwright.records import Track

FRAMES = 10


class Scene(Struct):
    """What two drew, and idf1, hota, deta, assa."""

    left: tuple[Track, ...]
    right: tuple[Track, ...]
    expected: tuple[float, float, float, float]


def track(first: int, last: int, x: float, y: float = 0.0, width: float = 10.0, step: float = 2.0) -> Track:
    """A box of 10 in height that moves by ``step`` a frame from frame ``first`` to before ``last``."""
    start, end = x + first * step, x + (last - 1) * step
    keyframes = [Keyframe(first, Box(start, y, width, 10))]
    if last - 1 > first:
        keyframes.append(Keyframe(last - 1, Box(end, y, width, 10)))
    return Track((*keyframes, Keyframe(last, Box(end, y, width, 10), outside=True)), "A")


def crossed(first: int) -> Track:
    """A track that sits on one thing for five frames, then on another."""
    here, there = Box(first * 100.0, 0, 10, 10), Box(100 - first * 100.0, 0, 10, 10)
    keyframes = Keyframe(0, here), Keyframe(4, here), Keyframe(5, there)
    return Track((*keyframes, Keyframe(FRAMES, there, outside=True)), "A")


WHOLE = track(0, FRAMES, 0)
STILL = tuple(track(0, FRAMES, x, step=0) for x in (0.0, 100.0))
SCENES = {
    "same": Scene((WHOLE,), (WHOLE,), (1.0, 1.0, 1.0, 1.0)),
    # 10 boxes match of 20 and 10: IDF1 20 / 30, DetA 10 / (30 - 10).
    "missing track": Scene((WHOLE, track(0, 10, 500)), (WHOLE,), (2 / 3, sqrt(0.5), 0.5, 1.0)),
    # One sees two things where the other sees one: 6 frames of 10, 4 of 10. AssA (6 x .6 + 4 x .4) / 10.
    "identity switch": Scene(
        (WHOLE,), (track(0, 6, 0), track(6, 10, 0)), (2 * 6 / 20, sqrt(0.52), 1.0, 0.52)
    ),
    # Half of the width on every frame, IoU .5: it matches at 10 of the 19 thresholds, up to .5.
    "partial overlap": Scene((WHOLE,), (track(0, 10, 0, width=5),), (1.0, 10 / 19, 10 / 19, 10 / 19)),
    # Both things are found on all frames, each by each track for half of them: 5 / (10 + 10 - 5).
    "exchanged": Scene(STILL, (crossed(0), crossed(1)), (0.5, sqrt(1 / 3), 1.0, 1 / 3)),
    # Six frames of ten at the start, and IoU 1 there: DetA 6 / 10, AssA 6 / 10.
    "ends early": Scene((WHOLE,), (track(0, 6, 0),), (12 / 16, 0.6, 0.6, 0.6)),
    "nothing alike": Scene((WHOLE,), (track(0, 10, 500),), (0.0, 0.0, 0.0, 0.0)),
    "one drew nothing": Scene((WHOLE,), (), (0.0, 0.0, 0.0, 0.0)),
    # Two things side by side that the other puts 3 of 10 to the right: IoU 7 / 13 with the right one,
    # 4 / 16 with the neighbour, who is never taken. 7 / 13 matches at 10 thresholds.
    "neighbours": Scene(
        (track(0, 10, 0), track(0, 10, 9)),
        (track(0, 10, 3), track(0, 10, 12)),
        (1.0, 10 / 19, 10 / 19, 10 / 19),
    ),
}
