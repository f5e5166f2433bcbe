"""What two masks share, by their runs: no whole image is ever built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelwright.geometry.rle import (
    EMPTY,
    Runs,
    Whole,
    mask_area,
    mask_of_runs,
    moved_runs,
    runs_of,
    tight,
)
from labelwright.geometry.shapes import Mask
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")


def same_pixels(a: Mask, b: Mask) -> bool:
    """Whether two masks have the same foreground, whatever their boxes."""
    return a == b or tight(a) == tight(b)


def _together(a: Mask, b: Mask) -> tuple[tuple[int, int, int, int], Runs, Runs]:
    """The box around both (x, y, width, height), and the runs of each in it."""
    x, y = min(a.x, b.x), min(a.y, b.y)
    width = max(a.x + a.width, b.x + b.width) - x
    height = max(a.y + a.height, b.y + b.height) - y
    first, second = (moved_runs(runs_of(m), m.width, m.x - x, m.y - y, width) for m in (a, b))
    return (x, y, width, height), first, second


def covered(parts: list[Runs], least: int) -> Runs:
    """Where at least so many of the parts have foreground; parts may overlap each other."""
    starts = np.concatenate([part[0] for part in parts])
    ends = np.concatenate([part[1] for part in parts])
    places = np.concatenate([starts, ends])
    step = np.repeat(np.array([1, -1]), [starts.size, ends.size])
    order = np.lexsort((-step, places))  # at one place begin before end, so that what touches joins
    places, depth = places[order], np.cumsum(step[order])
    deep = np.concatenate([[False], depth >= least])
    change = np.flatnonzero(deep[1:] != deep[:-1])
    return places[change[0::2]], places[change[1::2]]


def _apart(a: Mask, b: Mask) -> bool:
    return (
        not a.counts
        or not b.counts
        or a.x + a.width <= b.x
        or b.x + b.width <= a.x
        or a.y + a.height <= b.y
        or b.y + b.height <= a.y
    )


def mask_union(a: Mask, b: Mask) -> Mask:
    """The pixels of either mask, in their smallest box."""
    if not a.counts or not b.counts:
        return tight(a if a.counts else b)
    box, first, second = _together(a, b)
    return tight(mask_of_runs(*box, covered([first, second], 1)))


def mask_intersection(a: Mask, b: Mask) -> Mask:
    """The pixels of both masks, in their smallest box."""
    if _apart(a, b):
        return EMPTY
    box, first, second = _together(a, b)
    starts, ends = covered([first, second], 2)
    real = starts < ends
    return tight(mask_of_runs(*box, (starts[real], ends[real])))


def _up_to(places: Whole, runs: Runs) -> Whole:
    """How many foreground pixels lie before each place."""
    starts, ends = runs
    before = np.concatenate([[0], np.cumsum(ends - starts)])
    at = np.searchsorted(starts, places, side="right")
    inside = np.zeros_like(places)
    some = at > 0
    inside[some] = np.maximum(ends[at[some] - 1] - places[some], 0)
    found: Whole = before[at] - inside
    return found


def shared_pixels(a: Mask, b: Mask) -> int:
    """How many pixels both masks have."""
    if _apart(a, b):
        return 0
    _, first, second = _together(a, b)
    if not first[0].size or not second[0].size:
        return 0
    return int((_up_to(second[1], first) - _up_to(second[0], first)).sum())


def mask_iou(a: Mask, b: Mask) -> float:
    """Shared pixels over pixels of either; two masks without pixels are equal, so 1."""
    shared = shared_pixels(a, b)
    either = mask_area(a) + mask_area(b) - shared
    return shared / either if either else 1.0


def mask_dice(a: Mask, b: Mask) -> float:
    """Twice the shared pixels over the sum of both; two masks without pixels are equal, so 1."""
    total = mask_area(a) + mask_area(b)
    return 2 * shared_pixels(a, b) / total if total else 1.0
