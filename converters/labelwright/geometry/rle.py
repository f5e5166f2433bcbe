"""Masks as run lengths: to and from arrays, tightest box, pasting, area.

Inside this package a mask's foreground is also held as two integer arrays ``starts`` and ``ends``: sorted,
disjoint, half open stretches of pixel numbers, counted row by row in a window of known width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from labelwright.geometry.shapes import Mask
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazily("numpy")

Bits: TypeAlias = "NDArray[np.bool_]"
Whole: TypeAlias = "NDArray[np.int64]"
Runs: TypeAlias = tuple[Whole, Whole]

EMPTY = Mask(0, 0, 0, 0, ())
MOST_PIXELS = 1 << 30  # 32,768 x 32,768: what claims to be larger is damage


def whole_numbers(values: Iterable[float], what: str) -> list[int]:
    """Numbers as integers.

    Raises:
        ValueError: one is no whole number.
    """
    try:
        found = [int(value) for value in values]
        same = all(whole == value for whole, value in zip(found, values, strict=True))
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{what} must be whole numbers") from error
    if not same:
        raise ValueError(f"{what} must be whole numbers")
    return found


def normal_counts(counts: Sequence[int]) -> tuple[int, ...]:
    """Run lengths without zeros after the first: the runs on both sides of a zero are one.

    Raises:
        ValueError: a run is negative.
    """
    if counts and min(counts) < 0:
        raise ValueError("a run length is negative")
    if 0 not in counts[1:]:
        return tuple(counts)
    found = [counts[0]]
    value = last = 0  # of the run read, and of the run last written
    for count in counts[1:]:
        value ^= 1
        if count == 0:
            continue
        if value == last:
            found[-1] += count
        else:
            found.append(count)
            last = value
    return tuple(found)


def mask_of_counts(x: int, y: int, width: int, height: int, counts: Sequence[int]) -> Mask:
    """A checked mask of row-major counts that begin with background.

    Raises:
        ValueError: a negative size or run, or runs that do not add up to the box.
    """
    if width < 0 or height < 0 or width * height > MOST_PIXELS:
        raise ValueError(f"the mask's box is {width} x {height}")
    normal = normal_counts(counts)
    if sum(normal) != width * height:
        box = f"{width} x {height} = {width * height}"
        raise ValueError(f"the runs add up to {sum(normal)} pixels, but the mask's box is {box}")
    return Mask(x, y, width, height, normal) if width * height else EMPTY


def runs_of(mask: Mask) -> Runs:
    """The foreground's stretches in the mask's own window."""
    ends = np.cumsum(np.asarray(mask.counts, dtype=np.int64))
    return ends[0 : ends.size - ends.size % 2 : 2], ends[1::2]


def joined(starts: Whole, ends: Whole) -> Runs:
    """Sorted stretches, those that touch made one."""
    if starts.size < 2:
        return starts, ends
    apart = starts[1:] > ends[:-1]
    first, last = np.ones(starts.size, dtype=bool), np.ones(starts.size, dtype=bool)
    first[1:], last[:-1] = apart, apart
    return starts[first], ends[last]


def mask_of_runs(x: int, y: int, width: int, height: int, runs: Runs) -> Mask:
    """The mask of sorted, disjoint stretches in a window of this place and size."""
    starts, ends = joined(*runs)
    if width * height == 0:
        return EMPTY
    edges = np.empty(2 * starts.size + 1, dtype=np.int64)
    edges[0:-1:2], edges[1::2], edges[-1] = starts, ends, width * height
    counts = np.diff(edges, prepend=0).tolist()
    if len(counts) > 1 and counts[-1] == 0:
        counts.pop()
    return Mask(x, y, width, height, tuple(counts))


def by_row(runs: Runs, width: int) -> Runs:
    """The same stretches, cut where a row ends."""
    starts, ends = runs
    rows = (ends - 1) // width - starts // width + 1
    if not (rows > 1).any():
        return runs
    begins = np.repeat(starts, rows)
    # The number of each piece within its stretch.
    piece = np.arange(begins.size) - np.repeat(np.cumsum(rows) - rows, rows)
    row = begins // width + piece
    return np.maximum(begins, row * width), np.minimum(np.repeat(ends, rows), (row + 1) * width)


def moved_runs(runs: Runs, width: int, dx: int, dy: int, into: int) -> Runs:
    """Stretches of one window in another of width ``into``, where all of them must fit."""
    if width == into and dx == 0:
        return runs[0] + dy * into, runs[1] + dy * into
    starts, ends = by_row(runs, width)
    row = starts // width
    shift = row * (into - width) + dy * into + dx
    return joined(starts + shift, ends + shift)


def tight(mask: Mask) -> Mask:
    """The same pixels in the smallest box; a mask without pixels becomes the empty one."""
    starts, ends = runs_of(mask)
    if starts.size == 0:
        return EMPTY
    top, bottom = int(starts[0] // mask.width), int((ends[-1] - 1) // mask.width) + 1
    left, right = _columns(starts, ends, mask.width)
    if (left, right, top, bottom) == (0, mask.width, 0, mask.height):
        return mask
    runs = moved_runs((starts, ends), mask.width, -left, -top, right - left)
    return mask_of_runs(mask.x + left, mask.y + top, right - left, bottom - top, runs)


def _columns(starts: Whole, ends: Whole, width: int) -> tuple[int, int]:
    """The first column that holds foreground, and the one after the last."""
    if (starts // width != (ends - 1) // width).any():
        return 0, width  # a stretch that goes on in the next row touches both sides
    return int((starts % width).min()), int(((ends - 1) % width).max()) + 1


def window(mask: Mask, x: int, y: int, width: int, height: int) -> Mask:
    """The mask in a window of this place and size; pixels outside the window are cut off."""
    if width * height == 0 or not mask.counts:
        return mask_of_runs(x, y, width, height, (np.empty(0, np.int64), np.empty(0, np.int64)))
    starts, ends = by_row(runs_of(mask), mask.width)
    row = starts // mask.width
    left = np.clip(starts - row * mask.width + (mask.x - x), 0, width)
    right = np.clip(ends - row * mask.width + (mask.x - x), 0, width)
    row = row + (mask.y - y)
    kept = (row >= 0) & (row < height) & (left < right)
    row = row[kept] * width
    return mask_of_runs(x, y, width, height, (row + left[kept], row + right[kept]))


def clip_mask(mask: Mask, width: int, height: int) -> Mask:
    """The pixels inside an image of this size, the box kept where it lies inside already."""
    if mask.x >= 0 and mask.y >= 0 and mask.x + mask.width <= width and mask.y + mask.height <= height:
        return mask
    left, top = max(mask.x, 0), max(mask.y, 0)
    right, bottom = min(mask.x + mask.width, width), min(mask.y + mask.height, height)
    if right <= left or bottom <= top:
        return EMPTY
    return window(mask, left, top, right - left, bottom - top)


def mask_area(mask: Mask) -> int:
    """How many pixels are foreground."""
    return sum(mask.counts[1::2])


def mask_of(array: NDArray[np.generic], x: int = 0, y: int = 0, crop: bool = True) -> Mask:
    """The mask of a (height, width) array: what is not zero is foreground.

    Args:
        array: two dimensions.
        x: column of the array's first pixel in the image.
        y: row of the array's first pixel in the image.
        crop: give the smallest box instead of the array's.
    """
    height, width = array.shape
    bits = np.zeros(array.size + 2, dtype=np.int8)
    bits[1:-1] = np.ravel(array) != 0
    edges = np.flatnonzero(np.diff(bits)).astype(np.int64)
    found = mask_of_runs(x, y, width, height, (edges[0::2], edges[1::2]))
    return tight(found) if crop else found


def array_of(mask: Mask) -> Bits:
    """The pixels of the mask's box, shape (height, width)."""
    values = np.arange(len(mask.counts)) % 2 == 1
    return np.repeat(values, mask.counts).reshape(mask.height, mask.width)


def paste(mask: Mask, width: int, height: int) -> Bits:
    """The pixels of a whole image of this size, shape (height, width); what lies outside it is cut off."""
    image = np.zeros((height, width), dtype=bool)
    inside = clip_mask(mask, width, height)
    if inside.counts:
        image[inside.y : inside.y + inside.height, inside.x : inside.x + inside.width] = array_of(inside)
    return image
