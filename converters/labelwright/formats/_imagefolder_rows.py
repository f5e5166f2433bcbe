"""Rows of a Hugging Face image folder's metadata, and every rule that a row breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from labelwright.formats._text import json_rows, within
from labelwright.geometry.shapes import FARTHEST
from labelwright.problems import Place, Problem, ProblemType, Severity

NO_NAME = ProblemType(
    "imagefolder.no-file-name",
    "A row names no file",
    "the key 'file_name' is missing or no text",
    "Write the path of the image, from this file's folder, as 'file_name'.",
)
OUTSIDE = ProblemType(
    "imagefolder.outside",
    "A row names a file outside the folder",
    "{name!r} is no path inside the folder",
    "Put the images into the folder and write relative paths.",
)
REPEATED = ProblemType(
    "imagefolder.repeated",
    "Two rows name one file",
    "line {first} names {name!r} too",
    "Write one row per file.",
)
KEYS_DIFFER = ProblemType(
    "imagefolder.keys-differ",
    "Rows have different keys",
    "the row has the keys {keys}; line {first} has {wanted}",
    "Give every row all keys, null where there is nothing.",
    Severity.WARNING,
)
OBJECTS_SHAPE = ProblemType(
    "imagefolder.objects",
    "The objects of a row are not lists of one length",
    "{reason}",
    "Write objects as lists of one length: bbox, categories.",
)
BOX = ProblemType(
    "imagefolder.box",
    "A box is not left, top, width and height",
    "the box is {box}",
    "Write four numbers of pixels: left, top, width, height, the last two above 0.",
)
NOTHING = ProblemType(
    "imagefolder.no-rows", "The file has no rows", "no row names a file", "Pass a file with rows."
)
FILE, OBJECTS, BBOX = "file_name", "objects", "bbox"
CATEGORIES = ("labels", "categories", "category", "label")  # the first that is there names the classes


class Thing(Struct):
    """One object of a row."""

    number: int
    box: tuple[float, float, float, float]
    label: str


class Row(Struct):
    """One image: its file, its objects, and what else the row says."""

    file: str
    objects: list[Thing]
    said: dict[str, Any]
    place: Place


class Found(Struct):
    """Something wrong; ``objects``: how many objects it costs."""

    problem: Problem
    objects: int = 0


def read_rows(data: Iterable[bytes], source: str) -> Iterator[Row | Found]:
    """The rows of a file, and before each what is wrong with it."""
    files: dict[str, int] = {}
    wanted: tuple[list[str], int] | None = None
    lines = 0
    for place, row, problem in json_rows(data, source):
        if problem is not None:
            lines += problem.code != "text.byte-order-mark"
            yield Found(problem)
            continue
        lines += 1
        keys = sorted(row)
        wanted = wanted or (keys, place.line)
        if keys != wanted[0]:
            what = {"keys": ", ".join(keys), "first": wanted[1], "wanted": ", ".join(wanted[0])}
            yield Found(KEYS_DIFFER.at(place, **what))
        file, at = row.get(FILE), within(place, FILE)
        held = row.get(OBJECTS)
        count = len(held[BBOX]) if isinstance(held, dict) and isinstance(held.get(BBOX), list) else 0
        if not isinstance(file, str) or not file.strip():
            yield Found(NO_NAME.at(at), count)
            continue
        if not is_inside(file):
            yield Found(OUTSIDE.at(at, name=file), count)
            continue
        first = files.setdefault(file, place.line)
        if first != place.line:
            yield Found(REPEATED.at(at, name=file, first=first), count)
            continue
        objects: list[Thing] = []
        for one in _objects(held, place):
            if isinstance(one, Found):
                yield one
            else:
                objects.append(one)
        said = {k: v for k, v in row.items() if k not in (FILE, OBJECTS)}
        yield Row(file, objects, said, place)
    if not lines:
        yield Found(NOTHING.at(Place(source)))


def is_inside(name: str) -> bool:
    """Whether a path stays in its folder."""
    return not (name.startswith("/") or "://" in name or "\\" in name or ".." in name.split("/"))


def _objects(held: Any, place: Place) -> Iterator[Thing | Found]:
    if held is None:
        return
    at = within(place, OBJECTS)
    boxes = held.get(BBOX) if isinstance(held, dict) else None
    if not isinstance(boxes, list):
        yield Found(OBJECTS_SHAPE.at(at, reason="objects is no object with a list 'bbox'"))
        return
    labels = next((held[k] for k in CATEGORIES if isinstance(held.get(k), list)), None)
    for name, values in held.items():
        if isinstance(values, list) and len(values) != len(boxes):
            reason = f"{name} has {len(values)} entries, and there are {len(boxes)} boxes"
            yield Found(OBJECTS_SHAPE.at(at, reason=reason), len(boxes))
            return
    for number, box in enumerate(boxes):
        if not (isinstance(box, list) and len(box) == 4 and all(map(_is_number, box)) and min(box[2:]) > 0):
            yield Found(BOX.at(within(place, f"{OBJECTS}.{BBOX}[{number}]"), box=box), 1)
            continue
        label = labels[number] if labels is not None else ""
        yield Thing(number, (box[0], box[1], box[2], box[3]), "" if label is None else str(label))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -FARTHEST <= value <= FARTHEST
