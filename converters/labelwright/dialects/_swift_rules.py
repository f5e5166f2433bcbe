"""Rules on the objects that the texts of an ms-swift row point at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken
from labelwright.dialects._messages import CONTENT_EMPTY
from labelwright.dialects._rules import broken, objects, rule, shown
from labelwright.dialects._targets import BOX_EMPTY, BOX_INVERTED

OBJECTS_DIFFER = rule(
    "objects.count-differs",
    "Placeholders in the texts and entries of the objects differ in number",
    "{tokens} of {token} in the texts, {entries} in objects.{key}",
    "Give one placeholder per entry, in the same order.",
)
BOX_NUMBERS = rule(
    "objects.box-numbers",
    "A box of the objects has neither two nor four numbers",
    "{box} has {count} numbers; a point has two, a box four",
    "Write x, y of a point, or x1, y1, x2, y2 of a box.",
)
NOT_NORMALISED = rule(
    "boxes.not-normalised",
    "A number of a box is not a fraction of the image's width or height",
    "{box} has a number outside 0 to 1",
    "Divide x by the image's width and y by its height, in pixels.",
)
IMAGE_UNKNOWN = rule(
    "objects.image-unknown",
    "An object lies on an image that the row does not have",
    "image {number} (from 0) of {count}",
    "Correct objects.image_id, or add the image.",
)
PLACEHOLDERS = {"ref": "<ref-object>", "bbox": "<bbox>"}


def swift_content(row: dict[str, Any]) -> Iterator[Broken]:
    """Every message says something."""
    for index, message in objects(row.get("messages")):
        content = message.get("content")
        if isinstance(content, str) and not content.strip() and "tool" not in str(message.get("role")):
            yield broken(CONTENT_EMPTY, f"messages[{index}].content")


def object_rules(row: dict[str, Any]) -> Iterator[Broken]:
    """One entry per placeholder; boxes of two or four numbers that begin before they end."""
    given = row.get("objects")
    held: dict[str, Any] = given if isinstance(given, dict) else {}
    contents = [m.get("content") for _, m in objects(row.get("messages"))]
    texts = [content for content in contents if isinstance(content, str)]
    for key, token in PLACEHOLDERS.items():
        entries = held.get(key)
        count = len(entries) if isinstance(entries, list) else 0
        tokens = sum(text.count(token) for text in texts)
        if tokens != count:
            path = f"objects.{key}" if held else "messages"
            yield broken(OBJECTS_DIFFER, path, tokens=tokens, token=token, entries=count, key=key)
    boxes = held.get("bbox")
    for index, box in enumerate(boxes if isinstance(boxes, list) else ()):
        if isinstance(box, list) and all(type(v) in (int, float) for v in box):
            yield from _box(box, f"objects.bbox[{index}]", held.get("bbox_type") == "norm1")
    images, numbers = row.get("images"), held.get("image_id")
    files = len(images) if isinstance(images, list) else 0
    for index, number in enumerate(numbers if isinstance(numbers, list) else ()):
        if type(number) is int and not 0 <= number < files:
            yield broken(IMAGE_UNKNOWN, f"objects.image_id[{index}]", number=number, count=files)
    if isinstance(numbers, list) and isinstance(boxes, list) and len(numbers) > len(boxes):
        what = {"tokens": len(numbers), "token": "image_id", "entries": len(boxes), "key": "bbox"}
        yield broken(OBJECTS_DIFFER, "objects.image_id", **what)


def _box(box: list[Any], path: str, fractions: bool) -> Iterator[Broken]:
    if len(box) not in (2, 4):
        yield broken(BOX_NUMBERS, path, box=shown(box), count=len(box))
        return
    if fractions and not all(0 <= number <= 1 for number in box):
        yield broken(NOT_NORMALISED, path, box=shown(box))
    if len(box) == 2:
        return
    if box[0] > box[2] or box[1] > box[3]:
        yield broken(BOX_INVERTED, path, box=box)
    elif box[0] == box[2] or box[1] == box[3]:
        yield broken(BOX_EMPTY, path, box=box)
