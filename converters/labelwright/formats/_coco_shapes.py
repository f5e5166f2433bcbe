"""A COCO annotation as the shapes it stands for."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from labelwright.formats import _coco_rules as rules
from labelwright.formats._attributes import EXACT, OWN
from labelwright.formats._coco_file import Category, Note
from labelwright.formats._coco_outlines import box_of, figure_of, outline_of
from labelwright.formats._coco_rows import Rle, Size, around, body
from labelwright.formats._losses import Refused
from labelwright.geometry.boxes import box_from_corners
from labelwright.geometry.shapes import FARTHEST, Box, Ellipse, Geometry, Mask, Polygon, Skeleton

NEAR = 1e-3  # pixels by which an outline may differ from that of the exact shape beside it


class Said(Struct):
    """The shapes of an annotation and what is said of them beside label and score."""

    shapes: list[Geometry]
    attributes: dict[str, Any]
    occluded: bool = False
    group: str = ""
    z: int = 0
    box: Box | None = None  # around a figure


def shapes_of(note: Note, category: Category | None, size: Size) -> Said:
    """What an annotation says. Raises ``Refused`` if it cannot be read.

    A ``bbox`` beside an outline or keypoints is the one around them and no shape of its own. A box with a
    ``rotation`` and no outline is CVAT's: not yet turned.
    """
    given = note.attributes or {}
    said = Said([], {k: v for k, v in given.items() if k not in OWN})
    said.occluded = bool(given.get("occluded"))
    said.group = "" if given.get("group_id") in (None, "") else str(given["group_id"])
    order = given.get("z_order")
    said.z = order if isinstance(order, int) else 0
    figure = figure_of(note, category)
    if figure is not None:
        said.shapes.append(figure)
    outline = outline_of(note)
    if figure is not None and outline is None:
        said.box = _around(note, figure, said)
    drawn = _drawn(note, outline, size, said) if outline is not None or figure is None else None
    if drawn is not None:
        said.shapes.append(drawn)
    if len(said.shapes) > 1 and not said.group:
        said.group = f"annotation {note.id}"
    return said


def _drawn(note: Note, outline: Polygon | Mask | None, size: Size, said: Said) -> Geometry:
    given = note.attributes or {}
    rotation = angle(given.get("rotation"))
    exact = exact_shape(note, size)
    if exact is not None:
        return exact
    said.attributes.update({k: given[k] for k in EXACT if k in given})
    if isinstance(outline, Mask):
        if not outline.counts:
            raise Refused(rules.MASK_BROKEN, reason="the mask has no pixels")
        return outline
    if outline is not None:
        turned = _turned(outline, rotation)
        if rotation and turned is None:
            said.attributes["rotation"] = rotation
        return turned or outline
    box = box_of(note)
    if box is None:
        raise Refused(rules.BOX_MISSING)
    if box.width <= 0 or box.height <= 0:
        raise Refused(rules.BOX_EMPTY, width=box.width, height=box.height)
    return Box(box.x, box.y, box.width, box.height, rotation) if rotation else box


def _around(note: Note, figure: Skeleton, said: Said) -> Box | None:
    """The box of a figure, if it is not just the one around the joints that can be seen."""
    given = note.attributes or {}
    box = box_of(note)
    exact = said_exactly("box", given) if "box" in given else None
    if isinstance(exact, Box) and _close(list(around(exact)), note.bbox):
        return exact
    said.attributes.update({k: given[k] for k in EXACT if k in given})
    if box is None or box.width <= 0 or box.height <= 0:
        return None
    return None if _close(list(around(figure)), note.bbox) else box


def angle(value: Any) -> float:
    """A rotation in degrees; 0 where none is given."""
    sound = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if sound and -FARTHEST <= value <= FARTHEST else 0.0


def _turned(outline: Polygon, rotation: float) -> Box | None:
    """The turned box whose corners an outline has, where the annotation has a rotation."""
    ring = outline.ring
    if not rotation % 360 or ring is None or len(ring) != 4:
        return None
    try:
        return box_from_corners(ring)
    except ValueError:
        return None


def exact_shape(note: Note, size: Size) -> Geometry | None:
    """The shape that the attributes hold exactly, if it is still that of the outline; else None."""
    given = note.attributes or {}
    for name in EXACT:
        if name not in given:
            continue
        shape = said_exactly(name, given)
        if shape is None:
            continue
        try:
            made = body(shape, size, [])
        except Refused:
            continue
        if _same(made.segmentation, note.segmentation) and _close(list(made.bbox), note.bbox):
            return shape
    return None


def said_exactly(name: str, given: dict[str, Any]) -> Geometry | None:
    """The shape that an attribute holds; None if it holds something else."""
    value = given[name]
    try:
        if name == "polygon":
            return Polygon(
                tuple(tuple(tuple((float(x), float(y)) for x, y in r) for r in part) for part in value)
            )
        numbers = [float(n) for n in value]
        if name == "box":
            x, y, width, height = numbers
            return Box(x, y, width, height, angle(given.get("rotation")))
        cx, cy, rx, ry, rotation = numbers
        return Ellipse(cx, cy, rx, ry, rotation)
    except (TypeError, ValueError):
        return None


def _same(made: Any, found: Any) -> bool:
    if isinstance(made, Rle):
        return isinstance(found, dict) and found.get("counts") == made.counts
    if not made:
        return not found
    if not isinstance(found, list) or len(found) != len(made):
        return False
    return all(_close(one, other) for one, other in zip(made, found, strict=True))


def _close(made: list[float], found: Any) -> bool:
    if not isinstance(found, list) or len(found) != len(made):
        return False
    return all(isinstance(b, int | float) and abs(a - b) <= NEAR for a, b in zip(made, found, strict=True))
