"""Plain boxes, which most work on images is: read in one go, with the outcome that ``shapes`` gives.

An annotation that holds anything else, or anything doubtful, is left to ``shapes`` as a whole.
"""

from __future__ import annotations

from typing import Any

from labelwright.geometry.shapes import Box
from labelwright.records import Kind, Shape
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.pictures import PictureReader
from labelwright_plugins.label_studio.plan import Plan

TYPE = "rectanglelabels"
FIELDS = 6  # x, y, width, height, rotation and the labels
NUMBERS = frozenset({int, float})


def upright_boxes(
    parts: list[tuple[Plan, Result]], pictures: PictureReader
) -> dict[str, dict[str, Shape]] | None:
    """By control and region id the shapes of an annotation of upright boxes with one label each.

    None if it is no such annotation; nothing has been said or counted then. Boxes lie inside their image.
    """
    shown = parts[0][1]
    width, height = shown.original_width, shown.original_height
    if type(width) is not int or type(height) is not int or not (width > 0 < height):
        return None
    found: dict[str, dict[str, Shape]] = {}
    unit = pictures.unit_of(shown)
    for plan, result in parts:
        value = result.value
        if not (
            result.type == TYPE
            and result.original_width == width
            and result.original_height == height
            and result.to_name == shown.to_name
            and result.item_index == shown.item_index
            and not result.image_rotation
            and plan.kind is Kind.SHAPES
            and not (plan.on or plan.figure)
            and type(value) is dict
            and len(value) == FIELDS
        ):
            return None
        box, label = _box(value, width, height), _label(value, plan)
        if box is None or not label or not result.id:
            return None
        mine = found.setdefault(plan.name, {})
        if result.id in mine:
            return None
        parent = result.parentID or ""
        mine[result.id] = Shape(box, label, result.id, unit, parent, "", result.score, result.origin)
    pictures.size_of(shown, unit)
    return found


def _box(value: dict[str, Any], width: int, height: int) -> Box | None:
    """An upright box inside its image."""
    x, y, w, h = value.get("x"), value.get("y"), value.get("width"), value.get("height")
    if value.get("rotation", 1) != 0 or not NUMBERS.issuperset((type(x), type(y), type(w), type(h))):
        return None
    if not (x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= 100 and y + h <= 100):  # type: ignore[operator]
        return None
    return Box(x * width / 100, y * height / 100, w * width / 100, h * height / 100)  # type: ignore[operator]


def _label(value: dict[str, Any], plan: Plan) -> str:
    """The only label, if it is a known one."""
    labels = value.get(TYPE)
    if type(labels) is not list or len(labels) != 1 or type(labels[0]) is not str:
        return ""
    return plan.labels.get(labels[0], "") if plan.labels else labels[0]
