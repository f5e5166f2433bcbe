"""Hugging Face image folders as items."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from labelwright.contracts import Control, Source, Template
from labelwright.formats._collected import Collector
from labelwright.formats._dataset import OBJECTS, image_size, image_template, is_image
from labelwright.formats._imagefolder_rows import Row, read_rows
from labelwright.geometry.shapes import Box
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problems, ProblemType
from labelwright.records import Item, Kind, Shape

NOT_A_FOLDER = ProblemType(
    "imagefolder.not-a-data-set",
    "A source has no metadata of images",
    "there is no metadata.jsonl whose rows name images",
    "Pass the folder or archive that holds metadata.jsonl.",
)
NO_IMAGE = ProblemType(
    "imagefolder.image-missing",
    "A row names an image that is not there",
    "there is no {name!r} beside the metadata",
    "Put the image there, or remove the row.",
)
FILE = "metadata.jsonl"
MANY = 50  # values of one column that may still be labels


def files_of(archive: Archive) -> list[str]:
    """The metadata of all sides, sorted."""
    if archive.only:
        return [archive.only]
    return [n for n in archive.names() if PurePosixPath(n).name == FILE]


def names_images(head: bytes) -> bool:
    """Whether the first row of a file names an image."""
    line = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    name = row.get("file_name") if isinstance(row, dict) else None
    return isinstance(name, str) and is_image(name)


def template_of(name: str, title: str, archive: Archive, source: str) -> Template:
    """The labels of the objects, and a control for each column. Raises ``DataError``."""
    labels: dict[str, None] = {}
    columns: dict[str, list[Any]] = {}
    drawn = False
    for file in _files(archive, source):
        for row in read_rows(archive.chunks(file), ""):
            if isinstance(row, Row):
                drawn = drawn or bool(row.objects)
                labels.update(dict.fromkeys(thing.label for thing in row.objects if thing.label))
                for column, value in row.said.items():
                    held = columns.setdefault(column, [])
                    if value is not None and value not in held and len(held) <= MANY:
                        held.append(value)
    asked = {column: _control(values) for column, values in columns.items() if column != OBJECTS}
    template = image_template(name, title, labels, shapes=["box"], asked=asked)
    if not drawn and asked:
        del template.controls[OBJECTS]
    return template


def _files(archive: Archive, source: str) -> list[str]:
    found = files_of(archive)
    if not found:
        raise DataError(NOT_A_FOLDER.at(Place(source=source)))
    return found


def _control(values: list[Any]) -> Control:
    """What a column asks, by its values: numbers, lists of labels, a few labels, or words."""
    if values and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return Control(Kind.NUMBER)
    if values and all(isinstance(v, list) and all(isinstance(x, str) for x in v) for v in values):
        return Control(Kind.CHOICES, labels=sorted({x for v in values for x in v}))
    if values and all(isinstance(v, str) for v in values):
        if len(values) <= MANY // 2 and all(len(v) <= MANY for v in values):
            return Control(Kind.CHOICE, labels=sorted(values))
        return Control(Kind.TEXT)
    return Control(Kind.JSON)


def checked(archive: Archive, source: Source, problems: Problems) -> None:
    """Check all metadata of a data set. Raises ``DataError`` if it is none."""
    held = set(archive.names())
    for file in _files(archive, source.name):
        folder = PurePosixPath(file).parent
        for row in read_rows(archive.chunks(file), f"{source.name}/{file}"):
            if not isinstance(row, Row):
                problems.add(row.problem)
            elif (folder / row.file).as_posix() not in held:
                problems.add(NO_IMAGE.at(row.place, name=row.file))


def items(archive: Archive, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """Each image once."""
    reader = _Reader(archive, source, template, problems)
    files = _files(archive, source.name)
    names: set[str] = set()
    for file in files:
        folder = "" if archive.only else str(PurePosixPath(file).parent).removeprefix(".")
        side = PurePosixPath(folder).name
        place = source.name if archive.only else f"{source.name}/{file}"
        for row in read_rows(archive.chunks(file), place):
            if isinstance(row, Row):
                path = f"{folder}/{row.file}" if folder else row.file
                name = path if row.file in names else row.file
                names.add(name)
                yield reader.item(row, name, path, side)
            elif row.objects:
                reader.reading.lose(row.problem, row.objects)
            else:
                problems.add(row.problem)


class _Reader:
    def __init__(self, archive: Archive, source: Source, template: Template, problems: Problems) -> None:
        self._archive, self._template = archive, template
        self._held = set() if archive.only else set(archive.names())
        self.reading = Collector(template, problems, source.name, needed=False)

    def item(self, row: Row, name: str, path: str, side: str) -> Item:
        size = image_size(self._archive, path) if path in self._held else None
        controls, inputs = self._template.controls, self._template.inputs
        answers = {k: _value(v, controls[k]) for k, v in row.said.items() if k in controls and v is not None}
        meta = {k: v for k, v in row.said.items() if k not in controls and k not in inputs}
        if side in ("train", "validation", "val", "test"):
            meta["split"] = side
        shown = {k: v for k, v in row.said.items() if k in inputs}
        for thing in row.objects:
            at = Place(row.place.source, row.place.line, path=f"objects.bbox[{thing.number}]")
            shape = Shape(Box(*map(float, thing.box)), thing.label, id=str(thing.number))
            self.reading.add(shape, at)
        return self.reading.item(name, name, size, answers=answers, meta=meta, inputs=shown)


def _value(value: Any, control: Control) -> Any:
    if isinstance(value, list) and control.kind is Kind.CHOICES:
        return tuple(sorted(map(str, value)))
    if isinstance(value, list) and control.kind is not Kind.JSON:
        return tuple(tuple(v) if isinstance(v, list) else v for v in value)
    return value
