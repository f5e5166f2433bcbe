"""Reads the items to label from CSV, JSON or JSON Lines, as task bodies for the server."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Template
from labelwright.problems import DataError, Place, ProblemType, UsageError
from labelwright_plugins.label_studio.media import named_files, path_of

ENCODING = ProblemType(
    "label-studio.items-encoding",
    "The items are not UTF-8",
    "the items are not UTF-8 text (byte {byte})",
    "Save the file as UTF-8.",
)
NOT_READABLE = ProblemType(
    "label-studio.items-unreadable",
    "The items cannot be read",
    "{reason}",
    "Give a CSV file with a header line, a JSON array of objects, or one JSON object a line.",
)
RAGGED = ProblemType(
    "label-studio.items-ragged",
    "A line of the CSV has too many or too few fields",
    "this line has {found} fields where the header has {expected}",
    "Put fields that hold commas or line breaks in double quotes.",
)
INPUT_MISSING = ProblemType(
    "label-studio.items-input-missing",
    "An item lacks what the template shows",
    "no {missing}; there are: {found}",
    "Name the columns or keys as the template does (labelwright templates show).",
)
NO_ITEMS = ProblemType(
    "label-studio.items-none",
    "There are no items",
    "the file holds no items",
    "Check that the right file was named.",
)
SHAPED = {"dialogue", "json"}
CARRIED = ("data", "meta", "predictions", "annotations")


def read_items(path: Path, template: Template) -> list[dict[str, Any]]:
    """Every item as a task body ``{"data": {...}}``, in the file's order.

    An object with a ``data`` key is a Label Studio task, whose meta, predictions and annotations are
    kept. What an item names without an address is a file beside the items file, or below it. Raises
    ``UsageError`` for a file of another kind, ``DataError`` for the first bad item.
    """
    readers = {".csv": _csv, ".json": _json, ".jsonl": _jsonl}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UsageError(f"items come as .csv, .json or .jsonl, not as {path.name}")
    text = _text(path)
    found = []
    for line, record in reader(text, str(path), template):
        place = Place(source=str(path), line=line)
        task = _task(record, place, template)
        for _, value in named_files(task, template):
            path_of(value, path.parent, place)
        found.append(task)
    if not found:
        raise DataError(NO_ITEMS.at(Place(source=str(path))))
    return found


def _text(path: Path) -> str:
    try:
        # A byte order mark is what spreadsheets write; it is no part of the first column's name.
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(ENCODING.at(Place(source=str(path)), byte=error.start)) from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


def _csv(text: str, source: str, template: Template) -> Iterator[tuple[int, Any]]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for row in rows:
            begins, line = line, rows.line_num + 1
            if not row:
                continue
            if header is None:
                header = _header(row, source)
                continue
            place = Place(source=source, line=begins)
            if len(row) != len(header):
                raise DataError(RAGGED.at(place, found=len(row), expected=len(header)))
            cells = zip(header, row, strict=True)
            given = {name: cell for name, cell in cells if cell or not _left_open(name, template)}
            yield begins, {name: _cell(cell, name, place, template) for name, cell in given.items()}
    except csv.Error as error:
        reason = f"this is no CSV: {error}"
        raise DataError(NOT_READABLE.at(Place(source=source, line=line), reason=reason)) from None


def _header(row: list[str], source: str) -> list[str]:
    names = [name.strip() for name in row]
    if "" in names or len(set(names)) < len(names):
        reason = "the header has an empty or repeated column name"
        raise DataError(NOT_READABLE.at(Place(source=source, line=1), reason=reason))
    return names


def _left_open(name: str, template: Template) -> bool:
    """Whether an empty cell of a column says nothing, since it could only hold JSON and need not."""
    asked = template.inputs.get(name)
    return asked is not None and asked.type in SHAPED and not asked.required


def _cell(cell: str, name: str, place: Place, template: Template) -> Any:
    asked = template.inputs.get(name)
    if asked is None or asked.type not in SHAPED:
        return cell
    try:
        return msgspec.json.decode(cell.encode())
    except msgspec.DecodeError:
        reason = f"column {name!r} must hold JSON, since it is a {asked.type}"
        raise DataError(NOT_READABLE.at(place, reason=reason)) from None


def _json(text: str, source: str, template: Template) -> Iterator[tuple[int, Any]]:
    found = _decoded(text, Place(source=source))
    if not isinstance(found, list):
        reason = "this is JSON, but no array of objects"
        raise DataError(NOT_READABLE.at(Place(source=source), reason=reason))
    yield from ((0, record) for record in found)


def _jsonl(text: str, source: str, template: Template) -> Iterator[tuple[int, Any]]:
    for line, row in enumerate(text.split("\n"), 1):
        if row.strip():
            yield line, _decoded(row, Place(source=source, line=line))


def _decoded(text: str, place: Place) -> Any:
    try:
        return msgspec.json.decode(text.encode())
    except msgspec.DecodeError as error:
        raise DataError(NOT_READABLE.at(place, reason=f"this is no JSON: {error}")) from None


def _task(record: Any, place: Place, template: Template) -> dict[str, Any]:
    if not isinstance(record, Mapping):
        raise DataError(NOT_READABLE.at(place, reason="an item must be an object"))
    data = record["data"] if isinstance(record.get("data"), Mapping) else None
    is_task = data is not None and "data" not in template.inputs
    task: dict[str, Any] = {"data": record}
    if is_task:
        task = {key: record[key] for key in CARRIED if key in record}
    missing = [name for name, asked in template.inputs.items() if asked.required and name not in task["data"]]
    if missing:
        names = ", ".join(map(repr, missing))
        found = ", ".join(map(repr, task["data"])) or "none"
        raise DataError(INPUT_MISSING.at(place, missing=names, found=found))
    if "annotations" in task:
        # The server would mark every imported annotation as ground truth that does not say otherwise.
        task["annotations"] = [{"ground_truth": False, **a} for a in task["annotations"]]
    return task
