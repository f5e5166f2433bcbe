"""doccano's export formats as records of one form: what JSONL has, whatever was exported.

JSONL and JSON keep everything. CSV joins answers with ``#`` without a mark for one that stands in them.
fastText has no ids, and puts labels, text and comments into one string.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from labelwright.io.problems import ENCODING, NOT_JSON
from labelwright.problems import DataError, Place, Problems
from labelwright_plugins.doccano import older
from labelwright_plugins.doccano import problems as p

JSONL, JSON, CSV, FASTTEXT = "JSONL", "JSON", "CSV", "fastText"
SUFFIXES = {".jsonl": JSONL, ".json": JSON, ".csv": CSV, ".txt": FASTTEXT}
TEXT, FILE, COMMENTS = "text", "filename", "Comments"
ANSWERS = ("label", "labels", "cats", "entities", "relations", "bbox", "segmentation")
OWN = frozenset(("id", TEXT, FILE, "data", COMMENTS, *ANSWERS))
MAX_CELL = 1 << 28
_LABEL, _COMMENT = "__label__", "__comment__"


class Row(msgspec.Struct):
    """One record. ``joined``: the labels are one string that joins them; ``number`` counts from 1."""

    number: int
    fields: dict[str, Any]
    joined: bool = False
    words: bool = False  # fastText: labels, text and comments are still in ``text``
    approved: bool | None = None  # None: the version does not tell

    @property
    def id(self) -> Any:
        """The id as exported; the record's number where the format has none."""
        found = self.fields.get("id")
        return self.number if found is None else found

    @property
    def text(self) -> str | None:
        """The words that the example shows; None for a file. Older versions call the column ``data``."""
        for name in (TEXT, "data"):
            if isinstance(found := self.fields.get(name), str):
                return found
        return None


def rows(data: bytes, form: str, name: str, problems: Problems) -> Iterator[Row]:
    """The records of one file. Raises ``DataError`` for a file that is not of the form at all."""
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(ENCODING.at(Place(source=name), offset=error.start, reason=error.reason)) from None
    if form == JSONL:
        return _lines(text, name, problems)
    if form == JSON:
        return _array(text, name, problems)
    if form == CSV:
        return _table(text, name, problems)
    return _words(text, name)


def _lines(text: str, name: str, problems: Problems) -> Iterator[Row]:
    # Only "\n" ends a line: JSON may hold U+2028 and others that ``splitlines`` takes for ends.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            problems.add(p.BROKEN_ROW.at(Place(source=name, line=number), reason=f"no JSON: {error}"))
            continue
        yield from _record(found, number, name, problems)


def _array(text: str, name: str, problems: Problems) -> Iterator[Row]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise DataError(NOT_JSON.at(Place(source=name), reason=str(error))) from None
    if not isinstance(found, list):
        raise DataError(NOT_JSON.at(Place(source=name), reason="it is no list of records"))
    for number, record in enumerate(found, 1):
        yield from _record(record, number, name, problems)


def _record(found: Any, number: int, name: str, problems: Problems) -> Iterator[Row]:
    place = Place(source=name, line=number)
    if not isinstance(found, dict):
        problems.add(p.BROKEN_ROW.at(place, reason="it is no object"))
        return
    if older.unnamed(found):
        raise DataError(p.NAMELESS.at(place))
    row = Row(number, older.renewed(found), approved=older.approved(found))
    found = row.fields
    if row.text is None and not isinstance(found.get(FILE), str):
        problems.add(p.BROKEN_ROW.at(place, reason="it has neither a text nor the name of a file"))
        return
    if found.get("id") is not None and not isinstance(found["id"], int | float | str):
        problems.add(p.BROKEN_ROW.at(place, reason="its id is neither a number nor a word"))
        return
    yield row


def _table(text: str, name: str, problems: Problems) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        for number, cells in enumerate(reader, 1):
            if not cells:
                continue
            if len(cells) != len(header):
                reason = f"it has {len(cells)} cells, the header {len(header)}"
                problems.add(p.BROKEN_ROW.at(Place(source=name, line=number), reason=reason))
                continue
            fields: dict[str, Any] = dict(zip(header, cells, strict=True))
            fields[COMMENTS] = [c for c in [fields.get(COMMENTS, "")] if c]
            for row in _record(fields, number, name, problems):
                row.joined = True
                yield row
    except csv.Error as error:
        raise DataError(p.BROKEN_ROW.at(Place(source=name), reason=f"no CSV: {error}")) from None


def _words(text: str, name: str) -> Iterator[Row]:
    """fastText: CSV with one column; ``labelled`` takes the records apart."""
    csv.field_size_limit(MAX_CELL)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1):
            if cells:
                yield Row(number, {TEXT: ",".join(cells)}, True, True)
    except csv.Error as error:
        raise DataError(p.BROKEN_ROW.at(Place(source=name), reason=f"no CSV: {error}")) from None


def labelled(row: Row, known: list[str]) -> Row:
    """A fastText record with labels, text and comments apart.

    ``known`` are the labels that may be there, which alone tell where a label of several words ends;
    without them a label ends at its first blank.
    """
    rest, labels = str(row.fields[TEXT]), []
    longest = sorted(known, key=len, reverse=True)
    while rest.startswith(_LABEL):
        rest = rest.removeprefix(_LABEL)
        fitting = next((x for x in longest if rest.startswith(f"{x} ")), None)
        label = rest.split(" ", 1)[0] if fitting is None else fitting
        labels.append(label)
        rest = rest[len(label) + 1 :]
    rest = rest.removeprefix(" ") if not labels else rest
    words, *comments = re.split(rf" {_COMMENT}", rest)
    words = words.removesuffix(" ") if not comments else words
    fields = {TEXT: words, "label": labels, COMMENTS: [c.strip() for c in comments]}
    return Row(row.number, fields, False)


def parted(text: str, known: list[str]) -> list[str] | None:
    """Labels that were joined with ``#``; None where more than one reading is possible, or none.

    Without ``known`` labels each ``#`` is taken for a joint.
    """
    if not text:
        return []
    pieces = text.split("#")
    if not known:
        return pieces
    ways: list[list[list[str]]] = [[[]]]  # the readings of the first n pieces, at most two kept
    for end in range(1, len(pieces) + 1):
        found = []
        for begin in range(end):
            label = "#".join(pieces[begin:end])
            if label in known or (end - begin == 1 and not any("#" in x for x in known)):
                found += [[*way, label] for way in ways[begin]]
        ways.append(found[:2])
    return ways[-1][0] if len(ways[-1]) == 1 else None
