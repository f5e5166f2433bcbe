"""The outline and keypoints of a COCO annotation, as shapes. What cannot be read is ``Refused``."""

from __future__ import annotations

from typing import Any

from labelwright.formats import _coco_rules as rules
from labelwright.formats._coco_file import Category, Note
from labelwright.formats._losses import Refused
from labelwright.geometry.rle_coco import mask_from_coco, mask_from_coco_string
from labelwright.geometry.shapes import FARTHEST, Box, Joint, Mask, Polygon, Ring, Skeleton


def box_of(note: Note) -> Box | None:
    """The upright box; None if there is none. Raises ``Refused``."""
    if not note.bbox:
        return None
    if len(note.bbox) != 4:
        raise Refused(rules.BOX_MALFORMED, count=len(note.bbox))
    finite("bbox", note.bbox)
    return Box(*note.bbox)


def outline_of(note: Note) -> Polygon | Mask | None:
    """Polygons or a mask; None if there is neither. Raises ``Refused``."""
    given = note.segmentation
    if not given:
        return None
    if isinstance(given, dict):
        return _mask(given)
    if not isinstance(given, list):
        raise Refused(rules.OUTLINE_MALFORMED, reason=f"'segmentation' is {type(given).__name__}")
    if not isinstance(given[0], list):
        given = [given]  # a single polygon without the list around it
    return Polygon(tuple((_ring(number, numbers),) for number, numbers in enumerate(given)))


def _ring(number: int, numbers: Any) -> Ring:
    sound = isinstance(numbers, list) and all(
        isinstance(n, int | float) and not isinstance(n, bool) for n in numbers
    )
    if not sound:
        raise Refused(rules.OUTLINE_MALFORMED, reason=f"polygon {number} is no list of numbers")
    if len(numbers) % 2:
        raise Refused(rules.POLYGON_ODD, number=number, count=len(numbers))
    if len(numbers) < 6:
        raise Refused(rules.POLYGON_SHORT, number=number, count=len(numbers))
    finite("segmentation", numbers)
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def mask_size(given: dict[str, Any]) -> tuple[int, int]:
    """Height and width of a mask. Raises ``Refused``."""
    size = given.get("size")
    sound = isinstance(size, list) and len(size) == 2 and all(type(n) is int and n >= 0 for n in size)
    if not sound or size is None:
        raise Refused(rules.OUTLINE_MALFORMED, reason="a mask's 'size' must be its height and width")
    return size[0], size[1]


def _mask(given: dict[str, Any]) -> Mask:
    height, width = mask_size(given)
    counts = given.get("counts")
    try:
        if isinstance(counts, str):
            return mask_from_coco_string(counts, width, height)
        if isinstance(counts, list):
            return mask_from_coco(counts, width, height)
    except (ValueError, OverflowError) as error:
        raise Refused(rules.MASK_BROKEN, reason=str(error)) from None
    raise Refused(rules.OUTLINE_MALFORMED, reason="a mask's 'counts' must be a list of numbers or a string")


def figure_of(note: Note, category: Category | None) -> Skeleton | None:
    """The keypoints, by the category's names or by number; None if none is marked. Raises ``Refused``."""
    numbers = note.keypoints
    if not numbers:
        return None
    if len(numbers) % 3:
        raise Refused(rules.KEYPOINTS, reason=f"there are {len(numbers)} numbers, which are no triples")
    names = category.keypoints if category is not None else []
    count = len(numbers) // 3
    if names and len(names) != count:
        raise Refused(rules.KEYPOINTS, reason=f"there are {count} keypoints, the category has {len(names)}")
    finite("keypoints", numbers)
    if any(v not in (0, 1, 2) for v in numbers[2::3]):
        raise Refused(rules.KEYPOINTS, reason="a visibility is none of 0, 1 and 2")
    if not any(numbers[2::3]) and not note.num_keypoints and _otherwise(note):
        return None
    named = names or [str(n) for n in range(1, count + 1)]
    triples = zip(named, numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    return Skeleton(tuple(Joint(name, x, y, int(v)) for name, x, y, v in triples))


def _otherwise(note: Note) -> bool:
    """Whether an annotation without marked keypoints is drawn in another way."""
    if note.segmentation:
        return True
    # Our own files say exactly which box is drawn around a figure, which others leave unsaid.
    return bool(note.bbox and note.bbox[2:] > [0, 0]) and "box" not in (note.attributes or {})


def finite(name: str, numbers: list[float]) -> None:
    """Raises ``Refused`` if one is not finite, or further away than any image reaches."""
    for number in numbers:
        if not -FARTHEST <= number <= FARTHEST:
            raise Refused(rules.NOT_FINITE, name=name, found=number)
