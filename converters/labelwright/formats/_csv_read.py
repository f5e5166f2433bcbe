"""CSV files of drawn objects as items: those with our own columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

import msgspec

from labelwright.contracts import Control, ExampleSpec, Input, Template
from labelwright.formats._collected import LABEL_UNKNOWN
from labelwright.formats._csv_objects import COLUMNS
from labelwright.formats._said import from_text
from labelwright.geometry.shapes import Box, Geometry
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import READ, Place, Problem, Problems, ProblemType
from labelwright.records import Annotation, Film, Item, ItemKey, Kind, Shape, Track

GEOMETRY = ProblemType(
    "csv.geometry",
    "An object cannot be read",
    "{reason}",
    "Keep the columns as they were written: geometry is JSON, numbers are numbers.",
)
ANSWER = ProblemType(
    "csv.answer-unread",
    "An answer in a cell is not read",
    "an answer of kind {kind} is not read from CSV",
    "Read it from the tool's own export.",
)
CONTROL = ProblemType(
    "csv.control-unknown",
    "An object answers a control that the template does not have; it is set aside",
    "the template has no control {name!r} of what is drawn",
    "Add the control to the template, or leave --template out.",
)
READ_KINDS = frozenset(
    (Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.RATING, Kind.NUMBER, Kind.DATE, Kind.TEXT, Kind.JSON)
)
Row = tuple[int, dict[str, str]]


def is_ours(header: list[str]) -> bool:
    """Whether a header is that of our rows of objects."""
    return header[:1] == ["id"] and header[-len(COLUMNS) :] == list(COLUMNS)


def table(
    lines: Iterable[str], undo: Callable[[str], str]
) -> Iterator[tuple[int, dict[str, str], tuple[int, int] | None]]:
    """Line and cells of each row under its column's name; of one of another length both lengths."""
    reader = csv.reader(lines, strict=True)
    header = next(reader, [])
    for cells in reader:
        if len(cells) == len(header):
            yield reader.line_num, dict(zip(header, map(undo, cells), strict=True)), None
        else:
            yield reader.line_num, {}, (len(cells), len(header))


def template_of(name: str, title: str, rows: Iterable[Row]) -> Template:
    """The controls that the rows name, with their labels, shapes and attributes."""
    controls: dict[str, Control] = {}
    inputs: dict[str, Input] = {}
    said: dict[str, tuple[str, list[Any]]] = {}
    for _, row in rows:
        drawn = row["control"]
        if row["input"]:
            inputs[row["input"]] = Input("video" if row["film"] else "image")
        for column in row:
            if column.startswith("input."):
                inputs.setdefault(column.removeprefix("input."), Input("text"))
            elif column.startswith("answer."):
                said.setdefault(column.removeprefix("answer."), ("", []))[1].append(row[column])
        if not drawn:
            continue
        kind = Kind.TRACKS if row["track"] else Kind.SHAPES
        control = controls.setdefault(drawn, Control(kind, input=row["input"]))
        if row["label"] and row["label"] not in control.labels:
            control.labels.append(row["label"])
        if row["shape"] and row["shape"] not in control.shapes:
            control.shapes.append(row["shape"])
        if row["shape"] == "box" and '"rotation":0.0' not in row["geometry"]:
            control.rotated = True
        for key, value in _attributes(row["attributes"]).items():
            for inner, one in value.items() if key == "@" and isinstance(value, dict) else ((key, value),):
                said.setdefault(inner, (drawn, []))[1].append(one)
    for key, (on, values) in said.items():
        controls.setdefault(key, _asked(values, on))
    return Template(name, title=title, modality="image", inputs=inputs, controls=controls, example=ExampleSpec(kind="none"))  # fmt: skip  # noqa: E501


def _asked(values: list[Any], on: str) -> Control:
    if values and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return Control(Kind.NUMBER, on=on)
    if values and all(isinstance(v, list) for v in values):
        return Control(Kind.CHOICES, on=on)
    return Control(Kind.CHOICE if on else Kind.TEXT, on=on)


def _attributes(text: str) -> dict[str, Any]:
    try:
        held = msgspec.json.decode(text) if text else {}
    except (msgspec.DecodeError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


def items(rows: Iterable[Row], template: Template, problems: Problems, source: str) -> Iterator[Item]:
    """Each item once; its rows follow one another."""
    for key, held in groupby(rows, key=lambda row: row[1]["id"]):
        yield _Item(key, template, problems, source).read(list(held))


class _Item:
    def __init__(self, key: str, template: Template, problems: Problems, source: str) -> None:
        self._template, self._problems, self._source = template, problems, source
        self._answers: dict[str, list[Any]] = {}
        self._item = Item(ItemKey("", "", key), {}, [])
        self._aside: set[tuple[str, str]] = set()  # tracks
        self._tracks: dict[tuple[str, str], list[tuple[dict[str, str], Keyframe]]] = {}

    def read(self, rows: list[Row]) -> Item:
        first = rows[0][1]
        said: dict[str, Any] = {}
        for column, text in first.items():
            kind, _, name = column.partition(".")
            if kind == "input" and name and text:
                self._item.inputs[name] = _listed(text)
            elif kind == "answer" and name and text:
                control = self._template.controls.get(name)
                if control is None or control.kind in READ_KINDS:
                    said[name] = from_text(text, control)
                else:
                    self._problems.add(ANSWER.at(Place(self._source, rows[0][0]), kind=control.kind.value))
        book = self._problems.ledger(READ)
        before = book.gone
        for line, row in rows:
            self._row(row, Place(self._source, line))
        aside = book.gone - before
        for (drawn, _), held in self._tracks.items():
            self._answers.setdefault(drawn, []).append(_track(held))
        answers = {**said, **{name: tuple(found) for name, found in self._answers.items()}}
        for name, control in self._template.controls.items():
            if control.kind in (Kind.SHAPES, Kind.TRACKS):
                answers.setdefault(name, ())
        self._item.annotations.append(Annotation(self._item.key.item, "", answers, set_aside=aside))
        return self._item

    def _row(self, row: dict[str, str], place: Place) -> None:
        name = row["input"]
        if name:
            self._item.inputs.setdefault(name, row["image"])
            if row["width"].isdigit() and row["height"].isdigit():
                size = (int(row["width"]), int(row["height"]))
                self._item.sizes[f"{name}[{row['unit']}]" if row["unit"] else name] = size
            if row["film"]:
                self._item.films[name] = _film(row["film"])
        if row["control"]:
            self._object(row, place)

    def _object(self, row: dict[str, str], place: Place) -> None:
        ledger, followed, key = (
            self._problems.ledger(READ),
            row["track"] != "",
            (row["control"], row["track"]),
        )
        if key in self._aside:
            return
        unasked = self._unasked(row, place)
        if not followed or key not in self._tracks:
            ledger.taken += 1
        if unasked is not None:
            if followed:  # a track is one object
                self._aside.add(key)
            self._problems.lose(READ, unasked)
            return
        try:
            geometry: Geometry = msgspec.json.decode(row["geometry"], type=Geometry)
            box = msgspec.json.decode(row["box"], type=Box) if row["box"] else None
            score = float(row["score"]) if row["score"] else None
            z = int(row["z"] or 0)
            frame = int(row["frame"]) if followed else 0
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            if not followed or key not in self._tracks:
                self._problems.lose(READ, GEOMETRY.at(place, reason=error))
            else:
                self._problems.add(GEOMETRY.at(place, reason=error))
            return
        occluded = row["occluded"] == "1"
        said = _attributes(row["attributes"])
        if followed:
            changing = tuple((n, _tuple(v)) for n, v in said.get("@", {}).items())
            moment = Keyframe(frame, geometry, row["outside"] == "1", occluded, changing, z)
            if key not in self._tracks:
                ledger.given += 1
            self._tracks.setdefault(key, []).append((row, moment))
            return
        ledger.given += 1
        answers = tuple((n, _tuple(v)) for n, v in said.items())
        shape = Shape(
            geometry, row["label"], row["region"], row["unit"], row["parent"], row["group"], score, "manual",
            occluded, z, answers, box,
        )  # fmt: skip
        self._answers.setdefault(row["control"], []).append(shape)

    def _unasked(self, row: dict[str, str], place: Place) -> Problem | None:
        """Why the template has no place for an object."""
        control = self._template.controls.get(row["control"])
        if control is None or control.kind not in (Kind.SHAPES, Kind.TRACKS):
            return CONTROL.at(place, name=row["control"])
        if row["label"] and control.labels and row["label"] not in control.labels:
            return LABEL_UNKNOWN.at(place, label=row["label"])
        return None


def _track(held: list[tuple[dict[str, str], Keyframe]]) -> Track:
    row = held[0][0]
    said = tuple((n, _tuple(v)) for n, v in _attributes(row["attributes"]).items() if n != "@")
    moments = tuple(sorted((moment for _, moment in held), key=lambda m: m.frame))
    score = float(row["score"]) if row["score"] else None
    return Track(moments, row["label"], row["region"], row["parent"], row["group"], score, "manual", said)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _listed(text: str) -> Any:
    """A list where the cell holds one of addresses (several images), else the text."""
    if text.startswith("["):
        try:
            return msgspec.json.decode(text, type=list[str])
        except (msgspec.DecodeError, RecursionError):
            return text
    return text


def _film(text: str) -> Film:
    try:
        return msgspec.json.decode(text, type=Film)
    except (msgspec.DecodeError, RecursionError):
        return Film()
