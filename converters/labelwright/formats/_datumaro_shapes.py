"""Datumaro's annotations as shapes."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from labelwright.formats import _coco_rules as rules
from labelwright.formats._attributes import EXACT, OWN
from labelwright.formats._coco_file import Note
from labelwright.formats._coco_outlines import finite, mask_size, outline_of
from labelwright.formats._coco_shapes import angle, said_exactly
from labelwright.formats._datumaro_rows import body
from labelwright.formats._losses import Refused
from labelwright.geometry.ellipses import ellipse_from_box
from labelwright.geometry.faults import EMPTY, NEGATIVE, NO_AREA, faults
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Geometry,
    Joint,
    Mask,
    Point,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.problems import ProblemType

MALFORMED = ProblemType(
    "datumaro.shape-malformed",
    "A shape of a Datumaro file cannot be read",
    "{reason}",
    "Correct the annotation, or export again.",
)
TYPE_UNKNOWN = ProblemType(
    "datumaro.type-unknown",
    "An annotation is of a type that is not read",
    "the type is {type!r}",
    "Remove the annotation, or export it in another format.",
)
OURS = OWN.difference(EXACT)


class Mark(Struct):
    """An annotation. What is not there is None."""

    type: str = ""
    id: int | None = None
    attributes: dict[str, Any] | None = None
    group: int | None = None
    label_id: int | None = None
    points: list[Any] | None = None
    bbox: list[float] | None = None
    rle: dict[str, Any] | None = None
    z_order: int | None = None
    points_attributes: list[dict[str, Any]] | None = None


class Said(Struct):
    """A shape and what is said of it beside its label."""

    geometry: Geometry
    attributes: dict[str, Any]
    occluded: bool = False
    group: str = ""
    z: int = 0
    score: float | None = None
    box: Box | None = None  # around a figure


def shape_of(mark: Mark, joints: list[str]) -> Said:
    """What an annotation says. Raises ``Refused``.

    ``joints`` are the names of the label's joints; empty: they are numbered.
    """
    given = mark.attributes or {}
    geometry = _geometry(mark, joints)
    if {EMPTY, NEGATIVE} & set(found := faults(geometry)) or (NO_AREA in found and isinstance(geometry, Box)):
        raise Refused(MALFORMED, reason=f"nothing is drawn: {', '.join(found)}")
    attributes = {k: v for k, v in given.items() if k not in OURS}
    exact = _exact(mark, geometry)
    if exact is not None:
        del attributes["polygon"]
    box = None
    if isinstance(geometry, Skeleton) and "box" in given:
        found_box = said_exactly("box", given)
        box = found_box if isinstance(found_box, Box) else None
        if box is not None:
            del attributes["box"]
    if isinstance(geometry, Polyline) and geometry.closed:
        del attributes["closed"]
    score = given.get("score")
    if isinstance(score, int | float) and not isinstance(score, bool):
        del attributes["score"]
    else:
        score = None
    group = str(given.get("group_id") or mark.group or "")
    occluded = bool(given.get("occluded"))
    return Said(exact or geometry, attributes, occluded, group, mark.z_order or 0, score, box)


def _exact(mark: Mark, geometry: Geometry) -> Geometry | None:
    """The polygon of which the mask holds the pixels, if it is still the same."""
    given = mark.attributes or {}
    if mark.rle is None or not isinstance(geometry, Mask) or "polygon" not in given:
        return None
    shape = said_exactly("polygon", given)
    height, width = mask_size(mark.rle)
    try:
        made = body(shape, (width, height), []) if shape is not None else None
    except Refused:
        return None
    same = made is not None and made.type == "mask" and made.fields["rle"].counts == mark.rle.get("counts")
    return shape if same else None


def _geometry(mark: Mark, joints: list[str]) -> Geometry:
    turn = angle((mark.attributes or {}).get("rotation"))
    match mark.type:
        case "bbox":
            x, y, width, height = _numbers("bbox", mark.bbox, 4)
            return Box(x, y, width, height, turn)
        case "ellipse":
            return ellipse_from_box(_numbers("points", mark.points, 4), turn)
        case "polygon":
            return Polygon.of(_pairs(mark))
        case "polyline":
            return Polyline(_pairs(mark), (mark.attributes or {}).get("closed") is True)
        case "points":
            return Points(_pairs(mark))
        case "mask":
            outline = outline_of(Note(segmentation=mark.rle))
            if outline is None:
                raise Refused(rules.OUTLINE_MALFORMED, reason="the mask has no 'rle'")
            return outline
        case "cuboid_2d":
            points = _pairs(mark)
            if len(points) != 8:
                raise Refused(MALFORMED, reason=f"a cuboid has 8 corners, not {len(points)}")
            return Cuboid(points)
        case "skeleton":
            return _figure(mark, joints)
    raise Refused(TYPE_UNKNOWN, type=mark.type)


def _numbers(name: str, given: list[Any] | None, count: int = 0) -> list[float]:
    numbers = given or []
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise Refused(MALFORMED, reason=f"{name!r} holds something that is no number")
    if not numbers or (count and len(numbers) != count):
        raise Refused(MALFORMED, reason=f"{name!r} has {len(numbers)} numbers")
    finite(name, numbers)
    return numbers


def _pairs(mark: Mark) -> tuple[Point, ...]:
    """Points as pairs, or as numbers one after the other."""
    given = mark.points or []
    if given and all(isinstance(pair, list) and len(pair) == 2 for pair in given):
        given = [number for pair in given for number in pair]
    numbers = _numbers("points", given)
    if len(numbers) % 2:
        raise Refused(MALFORMED, reason=f"'points' has {len(numbers)} numbers, which are no pairs")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _figure(mark: Mark, joints: list[str]) -> Skeleton:
    numbers = _numbers("points", mark.points)
    count = len(numbers) // 3
    if len(numbers) % 3 or (joints and len(joints) != count):
        reason = f"'points' has {len(numbers)} numbers, and the figure {len(joints) or count} joints"
        raise Refused(MALFORMED, reason=reason)
    if any(v not in (0, 1, 2) for v in numbers[2::3]):
        raise Refused(MALFORMED, reason="a visibility is none of 0, 1 and 2")
    said = mark.points_attributes or []
    made = []
    for at in range(count):
        x, y, seen = numbers[3 * at : 3 * at + 3]
        attributes = said[at] if at < len(said) else {}
        texts = tuple((k, _text(v)) for k, v in attributes.items())
        made.append(Joint(joints[at] if joints else str(at + 1), x, y, int(seen), texts))
    return Skeleton(tuple(made))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
