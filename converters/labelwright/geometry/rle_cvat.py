"""CVAT's run lengths: row by row inside the mask's box, beginning with background."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright.geometry.rle import mask_of_counts, whole_numbers
from labelwright.geometry.shapes import Mask


def mask_from_cvat_points(points: Sequence[float]) -> Mask:
    """The mask of the API's ``points``: run lengths, then left, top, right, bottom (both ends inside).

    Raises:
        ValueError: too few numbers, one that is not whole, or runs that do not add up to the box.
    """
    numbers = whole_numbers(points, "the points of a mask")
    if len(numbers) < 5:
        raise ValueError("the points of a mask are run lengths and four sides, at least five numbers")
    left, top, right, bottom = numbers[-4:]
    return mask_of_counts(left, top, right - left + 1, bottom - top + 1, numbers[:-4])


def cvat_points(mask: Mask) -> list[int]:
    """The API's ``points`` of a mask.

    Raises:
        ValueError: the mask is empty, which this notation cannot say.
    """
    if not mask.counts:
        raise ValueError("a mask without pixels has no points")
    return [*mask.counts, mask.x, mask.y, mask.x + mask.width - 1, mask.y + mask.height - 1]


def mask_from_cvat_xml(rle: str, left: int, top: int, width: int, height: int) -> Mask:
    """The mask of the XML attributes of ``<mask>``.

    Raises:
        ValueError: a run that is no whole number, or runs that do not add up to the box.
    """
    try:
        counts = [int(word) for word in rle.split(",")] if rle.strip() else []
    except ValueError as error:
        raise ValueError("the run lengths of a mask must be whole numbers between commas") from error
    return mask_of_counts(left, top, width, height, counts)


def cvat_xml(mask: Mask) -> str:
    """The ``rle`` attribute of ``<mask>``; the box is its ``left``, ``top``, ``width``, ``height``."""
    return ", ".join(map(str, mask.counts))
