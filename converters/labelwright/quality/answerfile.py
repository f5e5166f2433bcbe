"""Files of known answers: gold files and files of references, one item a line.

A line is ``{"item": ID, "answers": {CONTROL: VALUE}}``, where ``ID`` is the item's id in the tool and a
value is JSON: a string (choice, date, text, transcript, and ``left``, ``tie`` or ``right`` for a
preference), a list of strings (choices), a list of paths (taxonomy), a number (rating, number), a list of
lists of names (ranking), a list of objects (spans, relations, turns, segments, shapes, tracks) or anything
(json).
``annotations`` may name the annotations that the answers were taken from: they are not scored by them.
``rejected`` says that a reviewer found the item unusable; as a reference it gives no example.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from labelwright.contracts import Control, Template
from labelwright.problems import Place, Problems, ProblemType, Severity, UsageError
from labelwright.records import Kind, Relation, Segment, Shape, Span, Track, Turn, Value

UNREADABLE_LINE = ProblemType(
    "answers.line-unreadable",
    "A line of a file of known answers cannot be read",
    "{reason}",
    'Write one object a line: {"item": "17", "answers": {"category": "LABEL"}}.',
)
EMPTY_FILE = ProblemType(
    "answers.file-empty",
    "A file of known answers names no item",
    "the file has no line, so no answer is known",
    "Check that the right file was passed; leave the option out if nothing is known yet.",
    Severity.WARNING,
)
UNKNOWN_CONTROL = ProblemType(
    "answers.control-unknown",
    "A file of known answers names a control that the template does not ask of items",
    "the template asks no {control!r} of items",
    "Use the names of the template's controls; answers about single regions cannot be given here.",
)
BAD_ANSWER = ProblemType(
    "answers.value-invalid",
    "A known answer is none that its control can have",
    "{reason}",
    "Write the value in the form of its kind, with labels of the template.",
)
REPEATED_ITEM = ProblemType(
    "answers.item-repeated",
    "A file of known answers names an item twice",
    "item {item} stands in an earlier line already; this line is not used",
    "Keep one line for each item.",
)
UNKNOWN_ITEM = ProblemType(
    "answers.item-unknown",
    "A file of known answers names an item that the export does not have",
    "the export has no item {item}",
    "Use the tool's ids of this project's items, or export all of its items.",
)


class KnownAnswer(Struct):
    """What is known of one item: values by control, and the annotations they were taken from."""

    answers: dict[str, Value]
    annotations: tuple[str, ...] = ()
    line: int = 0
    note: str = ""
    rejected: bool = False


class Line(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A line of the file, before its values are checked."""

    item: str | int
    answers: dict[str, Any]
    annotations: list[str | int] = []
    note: str = ""
    rejected: bool = False


_TYPES: dict[Kind, Any] = {
    Kind.CHOICE: str,
    Kind.DATE: str,
    Kind.TEXT: str,
    Kind.TRANSCRIPT: str,
    Kind.CHOICES: list[str],
    Kind.TAXONOMY: list[list[str]],
    Kind.RATING: int | float,
    Kind.NUMBER: int | float,
    Kind.PREFERENCE: Literal["left", "tie", "right"],
    Kind.RANKING: list[list[str]],
    Kind.SPANS: tuple[Span, ...],
    Kind.RELATIONS: tuple[Relation, ...],
    Kind.TURNS: tuple[Turn, ...],
    Kind.SEGMENTS: tuple[Segment, ...],
    Kind.SHAPES: tuple[Shape, ...],
    Kind.TRACKS: tuple[Track, ...],
    Kind.JSON: Any,
}


def as_kind(kind: Kind, raw: Any) -> Value:
    """A value, or its JSON, as a value of a kind. Raises ``ValueError`` with the reason if it is none."""
    try:
        value = msgspec.convert(msgspec.to_builtins(raw), _TYPES[kind])
    except (msgspec.ValidationError, TypeError) as error:
        raise ValueError(f"not a value of kind {kind.value}: {error}") from None
    if kind is Kind.CHOICES:
        value = tuple(sorted(set(value)))
    elif kind is Kind.TAXONOMY:
        value = tuple(sorted({tuple(path) for path in value}))
    elif kind is Kind.RANKING:
        value = tuple(tuple(sorted(tier)) for tier in value)
    return value


def as_value(control: Control, raw: Any) -> Value:
    """A JSON value as the value of a control. Raises ``ValueError`` with the reason if it is none."""
    value = as_kind(control.kind, raw)
    unknown = sorted({str(label) for label in _labels(control, value)} - set(control.labels))
    if control.labels and unknown:
        raise ValueError(f"the control has no label {unknown[0]!r}")
    return value


def _labels(control: Control, value: Value) -> Iterable[Any]:
    """The labels that a value uses, of the kinds whose labels the template lists."""
    if control.kind is Kind.CHOICE:
        return [value]
    if control.kind is Kind.CHOICES:
        return list(value)
    if control.kind in (Kind.SPANS, Kind.SEGMENTS, Kind.SHAPES, Kind.TRACKS):
        return [part.label for part in value if part.label]
    return []


def as_json(value: Value) -> Any:
    """A value in the form that ``as_value`` reads."""
    return msgspec.to_builtins(value)


def as_line(
    item: str,
    answers: Mapping[str, Value],
    annotations: Iterable[str] = (),
    note: str = "",
    rejected: bool = False,
) -> bytes:
    """One line of a file of known answers, with its line end."""
    shown = {name: as_json(value) for name, value in answers.items()}
    return msgspec.json.encode(Line(item, shown, list(annotations), note, rejected)) + b"\n"


def read_answers(path: Path, template: Template, problems: Problems) -> dict[str, KnownAnswer]:
    """The known answers of a file, by item; what cannot be used is a problem with its line.

    An item none of whose answers can be used is there too, without answers: the file names it.

    Raises ``UsageError`` if the file cannot be opened.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if not data.strip():
        problems.add(EMPTY_FILE.at(Place(source=path.name)))
    found: dict[str, KnownAnswer] = {}
    for number, line in _lines(data.removeprefix(b"\xef\xbb\xbf"), path.name, problems):
        item = str(line.item)
        place = Place(source=path.name, line=number, item=item)
        if item in found:
            problems.add(REPEATED_ITEM.at(place, item=item))
            continue
        answers = _values(line.answers, template, place, problems)
        own = tuple(map(str, line.annotations))
        found[item] = KnownAnswer(answers, own, number, line.note, line.rejected)
    return found


def _lines(data: bytes, source: str, problems: Problems) -> Iterator[tuple[int, Line]]:
    for number, raw in enumerate(data.split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            yield number, msgspec.json.decode(raw, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            place = Place(source=source, line=number)
            problems.add(UNREADABLE_LINE.at(place, reason=str(error)))


def _values(raw: dict[str, Any], template: Template, place: Place, problems: Problems) -> dict[str, Value]:
    found = {}
    for name, value in raw.items():
        at = msgspec.structs.replace(place, control=name)
        control = template.controls.get(name)
        if control is None or control.on:
            problems.add(UNKNOWN_CONTROL.at(at, control=name))
            continue
        try:
            found[name] = as_value(control, value)
        except ValueError as error:
            problems.add(BAD_ANSWER.at(at, reason=str(error)))
    return found
