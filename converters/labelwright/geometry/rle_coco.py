"""COCO's run lengths: column by column over the whole image, as numbers or as a compressed string.

The string is the one of pycocotools (``maskApi.c``): from the fourth number on the difference to the one
two before, in groups of five bits, the sixth bit set where another group follows, 48 added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelwright.geometry.rle import (
    EMPTY,
    Runs,
    array_of,
    mask_of,
    mask_of_counts,
    mask_of_runs,
    moved_runs,
    runs_of,
    tight,
    whole_numbers,
    window,
)
from labelwright.geometry.shapes import Mask
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

STRIP = 1 << 24  # pixels that are unpacked at a time


def _transposed(mask: Mask) -> Mask:
    """The mask with rows and columns exchanged, some columns at a time: few bytes may claim gigapixels."""
    step = max(1, STRIP // mask.height)
    starts, ends = [], []
    for left in range(0, mask.width, step):
        wide = min(step, mask.width - left)
        strip = window(mask, mask.x + left, mask.y, wide, mask.height)
        found = runs_of(mask_of(array_of(strip).T, crop=False))
        starts.append(found[0] + left * mask.height)
        ends.append(found[1] + left * mask.height)
    runs = np.concatenate(starts), np.concatenate(ends)
    return mask_of_runs(mask.y, mask.x, mask.height, mask.width, runs)


def mask_from_coco(counts: Sequence[float], width: int, height: int) -> Mask:
    """The mask of uncompressed counts, in its smallest box.

    Raises:
        ValueError: a run that is negative or not whole, or runs that do not add up to the image.
    """
    # Columns and rows exchanged, it is a mask like any other; only its own box is ever unpacked.
    turned = tight(mask_of_counts(0, 0, height, width, whole_numbers(counts, "the run lengths of a mask")))
    return _transposed(turned) if turned.counts else EMPTY


def coco_counts(mask: Mask, width: int, height: int) -> list[int]:
    """The uncompressed counts of a mask in an image of this size.

    Raises:
        ValueError: foreground lies outside the image; ``clip_mask`` cuts it off.
    """
    mask = tight(mask)
    if not mask.counts:
        return [width * height]
    if mask.x < 0 or mask.y < 0 or mask.x + mask.width > width or mask.y + mask.height > height:
        raise ValueError(f"the mask reaches outside an image of {width} x {height}")
    runs: Runs = runs_of(_transposed(mask))
    runs = moved_runs(runs, mask.height, mask.y, mask.x, height)
    return list(mask_of_runs(0, 0, height, width, runs).counts)


def decode_counts(text: str | bytes) -> list[int]:
    """The counts of a compressed string.

    Raises:
        ValueError: a character that cannot be there, a string cut short, or a negative run.
    """
    if isinstance(text, str) and not text.isascii():
        raise ValueError("compressed run lengths are plain ASCII")
    data = text.encode("ascii") if isinstance(text, str) else text
    counts: list[int] = []
    value = shift = 0
    for byte in data:
        group = byte - 48
        if not 0 <= group < 64:
            raise ValueError(f"{chr(byte)!r} cannot be part of compressed run lengths")
        value |= (group & 31) << shift
        shift += 5
        if group & 32:
            continue
        if group & 16:
            value -= 1 << shift
        if len(counts) > 2:
            value += counts[-2]
        if value < 0:
            raise ValueError("a run length is negative")
        counts.append(value)
        value = shift = 0
    if shift:
        raise ValueError("the compressed run lengths are cut short")
    return counts


def encode_counts(counts: Sequence[int]) -> str:
    """The compressed string of counts."""
    out = bytearray()
    for at, count in enumerate(counts):
        value = count - counts[at - 2] if at > 2 else count
        while True:
            group, value = value & 31, value >> 5
            last = value == (-1 if group & 16 else 0)
            out.append(48 + (group if last else group | 32))
            if last:
                break
    return out.decode("ascii")


def mask_from_coco_string(text: str | bytes, width: int, height: int) -> Mask:
    """The mask of a compressed string, in its smallest box.

    Raises:
        ValueError: the string is damaged, or its runs do not add up to the image.
    """
    return mask_from_coco(decode_counts(text), width, height)


def coco_string(mask: Mask, width: int, height: int) -> str:
    """The compressed string of a mask in an image of this size.

    Raises:
        ValueError: foreground lies outside the image.
    """
    return encode_counts(coco_counts(mask, width, height))


def coco_box(mask: Mask) -> tuple[float, float, float, float]:
    """COCO's ``bbox``: x, y, width, height of the foreground; zeros when there is none."""
    mask = tight(mask)
    return (float(mask.x), float(mask.y), float(mask.width), float(mask.height))
