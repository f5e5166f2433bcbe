"""A COCO file in memory, whatever is wrong with it: one bad entry does not cost the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from labelwright.problems import DataError, Place, Problem, ProblemType

NOT_JSON = ProblemType(
    "coco.not-json",
    "A file is not the JSON of a COCO file",
    "{reason}",
    "Export again: a COCO file is one JSON object with images, annotations and categories.",
)
NO_LIST = ProblemType(
    "coco.list-missing",
    "A COCO file lacks its images, annotations or categories",
    "the file has no list {name!r}",
    "Export again; this list is part of every COCO file.",
)
MALFORMED = ProblemType(
    "coco.entry-malformed",
    "An entry of a COCO file has a value of the wrong type",
    "{reason}",
    "Correct the entry, or export again.",
)
Id: TypeAlias = int | str | None
Entry = TypeVar("Entry", bound=Struct)


class Image(Struct):
    """An image. What is not there is None."""

    id: Id = None
    file_name: str | None = None
    width: float | None = None
    height: float | None = None
    attributes: dict[str, Any] | None = None


class Category(Struct):
    """A label; of a figure its keypoints and the pairs of them that a line joins, from 1."""

    id: Id = None
    name: str | None = None
    supercategory: str | None = None
    keypoints: list[str] = []
    skeleton: list[list[int]] = []


class Note(Struct):
    """An annotation. ``segmentation`` is a list of polygons or an object with a mask."""

    id: Id = None
    image_id: Id = None
    category_id: Id = None
    bbox: list[float] | None = None
    area: float | None = None
    segmentation: Any = None
    iscrowd: int | None = None
    keypoints: list[float] | None = None
    num_keypoints: int | None = None
    score: float | None = None
    attributes: dict[str, Any] | None = None


class Lists(Struct):
    """The three lists of a file; an entry that could not be read is None, a list that is missing too."""

    images: list[Image | None] | None = None
    annotations: list[Note | None] | None = None
    categories: list[Category | None] | None = None


class _Plain(Struct):
    images: list[Image] | None = None
    annotations: list[Note] | None = None
    categories: list[Category] | None = None


_PLAIN = msgspec.json.Decoder(_Plain)
_TYPES: dict[str, type[Struct]] = {"images": Image, "annotations": Note, "categories": Category}


def load(data: bytes, source: str) -> tuple[Lists, list[Problem]]:
    """A file's lists, and what is wrong with their entries. Raises ``DataError`` if it is no JSON object."""
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    try:
        found = _PLAIN.decode(data)
        lists = Lists(found.images, found.annotations, found.categories)  # type: ignore[arg-type]
        problems: list[Problem] = []
    except (msgspec.DecodeError, UnicodeDecodeError):
        lists, problems = _leniently(data, source)
    for name in _TYPES:
        if getattr(lists, name) is None:
            problems.append(NO_LIST.at(Place(source, path=name), name=name))
    return lists, problems


def _leniently(data: bytes, source: str) -> tuple[Lists, list[Problem]]:
    """Entry by entry; numbers that are none (NaN, Infinity) are let through."""
    try:
        whole = json.loads(data)
        json.dumps(whole, ensure_ascii=False).encode()  # halves of surrogate pairs could not be written
    except (ValueError, RecursionError) as error:
        raise DataError(NOT_JSON.at(Place(source), reason=str(error))) from None
    if not isinstance(whole, dict):
        raise DataError(NOT_JSON.at(Place(source), reason="the file is no JSON object"))
    lists, problems = Lists(), []
    for name, kind in _TYPES.items():
        entries = whole.get(name)
        if not isinstance(entries, list):
            continue
        converted: list[Any] = []
        for number, entry in enumerate(entries):
            try:
                converted.append(msgspec.convert(entry, kind))
            except (msgspec.ValidationError, OverflowError) as error:
                converted.append(None)
                place = Place(source, path=f"{name}[{number}]")
                problems.append(MALFORMED.at(place, reason=str(error)))
        setattr(lists, name, converted)
    return lists, problems


def entries(found: list[Entry | None] | None) -> Iterator[tuple[int, Entry]]:
    """The entries that could be read, with their numbers in the file's list, from 0."""
    return ((number, entry) for number, entry in enumerate(found or ()) if entry is not None)
