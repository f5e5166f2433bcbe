"""CSV (RFC 4180): one row per item with its key, its inputs and its answers; or one per drawn object.

Where the template asks for shapes or tracks, each shape has a row, each keyframe of a track, and each image
without any; the item's own columns are in all of them, and rows of one item follow one another. ``geometry``
is the shape exactly, as JSON in pixels, ``x1`` to ``y2`` the upright box around it,
``box`` the one drawn around a figure (JSON too); ``attributes`` is JSON of
what was said of the object (``@``: of a keyframe); ``frame`` counts from 0; ``film`` says how many frames
there are. Such files can be read again.

Identifiers stay text; lists and objects are JSON in a cell. A cell that a spreadsheet would take for
a formula gets an apostrophe in front, and so does one that begins with apostrophes before such a
character, so that removing one apostrophe gives the value back (see ``guard``).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from labelwright.contracts import Source, Template
from labelwright.formats._csv_objects import COLUMNS, rows_of
from labelwright.formats._csv_read import is_ours, items, table, template_of
from labelwright.formats._pictures import asked_of_all, shape_controls
from labelwright.io.archive import Archive
from labelwright.problems import Place, Problem, Problems, ProblemType
from labelwright.records import Item, Kind, Resolved

RAGGED = ProblemType(
    "csv.ragged-row",
    "A row has more or fewer cells than the header",
    "the row has {count} cells, the header has {wanted}",
    "Quote cells that hold commas, quotes or line ends.",
)
FORMULA = ProblemType(
    "csv.formula",
    "A cell would run as a formula in a spreadsheet",
    "the cell in column {column!r} begins with {first!r}",
    "Put an apostrophe in front of the cell.",
)
HEADER = ProblemType(
    "csv.header",
    "The header has an empty or repeated name",
    "column {number} has the name {name!r}, which is empty or repeated",
    "Give each column a name of its own.",
)
QUOTING = ProblemType(
    "csv.quoting", "Quotes are broken", "{reason}", "Double the quotes inside a quoted cell."
)
ENCODING = ProblemType(
    "csv.encoding",
    "The file is not encoded in UTF-8",
    "byte {byte} of the file (0x{value:02x}) is not UTF-8",
    "Save the file as CSV UTF-8.",
)
NO_ROWS = ProblemType(
    "csv.no-rows", "The file has no rows", "no row follows the header", "Pass a file with rows."
)
BOM = b"\xef\xbb\xbf"
_RISKY = re.compile(r"'*[=+\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")
_NEGATIVE = re.compile(r"-\d+(?:\.\d+)?")
MAX_CELL = 1 << 28


def guard(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection). ``unguard`` reverts it."""
    return f"'{cell}" if _RISKY.match(cell) else cell


def unguard(cell: str) -> str:
    """The value of a cell written by ``guard``."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell


def as_cell(value: Any) -> str:
    """A value as text: strings as they are, nothing as nothing, the rest as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


class Csv:
    """A flat table; answers of several values are JSON in their cell."""

    name = "csv"
    title = "CSV (one row per item or drawn object)"
    reference = "https://www.rfc-editor.org/rfc/rfc4180"
    suffix = ".csv"
    kinds = frozenset(Kind)

    def __init__(self, byte_order_mark: bool = True) -> None:
        """``byte_order_mark``: begin the file so that spreadsheets read it as UTF-8."""
        self.byte_order_mark = byte_order_mark

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """The header, then one row per item or drawn object."""
        drawn = shape_controls(template)
        # What is asked of a region stands with the region.
        controls = asked_of_all(template)
        inputs = list(template.inputs)
        columns = ["id", *(f"input.{n}" for n in inputs), *(f"answer.{n}" for n in controls)]
        yield (BOM if self.byte_order_mark else b"") + _line([*columns, *(COLUMNS if drawn else ())])
        for resolved in items:
            shown = [resolved.item.inputs.get(name) for name in inputs]
            given = [resolved.answers.get(name) for name in controls]
            cells = [str(resolved.item.key), *map(as_cell, shown), *map(as_cell, given)]
            own = [guard(cell) for cell in cells]
            if not drawn:
                yield _line(own)
                continue
            for row in rows_of(resolved, template, problems):
                yield _line([*own, *(_cell(row.get(column)) for column in COLUMNS)])

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Encoding, quoting, lengths of rows, and formulas."""
        problems: list[Problem] = []
        csv.field_size_limit(MAX_CELL)
        reader = csv.reader(_text(data, source, problems), strict=True)
        header: list[str] = []
        rows = 0
        try:
            for cells in reader:
                place = Place(source, reader.line_num)
                if not header:
                    header = cells
                    yield from _header(cells, place)
                    continue
                rows += 1
                if len(cells) != len(header):
                    yield RAGGED.at(place, count=len(cells), wanted=len(header))
                for name, cell in zip(header, cells, strict=False):
                    if _RISKY.match(cell) and cell[0] != "'" and not _NEGATIVE.fullmatch(cell):
                        at = Place(source, reader.line_num, path=name)
                        yield FORMULA.at(at, column=name, first=cell[0])
        except csv.Error as error:
            yield QUOTING.at(Place(source, reader.line_num), reason=error)
            return
        yield from problems
        if not rows and not problems:
            yield NO_ROWS.at(Place(source))

    def recognise(self, source: Source, head: bytes) -> str:
        """Rows of drawn objects, as ``write`` gives them; see ``Dataset.recognise``."""
        first = head.removeprefix(BOM).partition(b"\r\n")[0].decode("utf-8", "replace")
        del source
        try:
            return "objects" if is_ours(next(csv.reader([first]), [])) else ""
        except csv.Error:
            return ""

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``Dataset.infer``."""
        del problems
        return template_of(self.name, self.title, _table(source, []))

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """See ``Dataset.read``."""
        found: list[Problem] = []
        yield from items(_table(source, found), template, problems, source.name)
        problems.extend(found)


def _table(source: Source, found: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a file; broken quotes end it, which is added to what is ``found``."""
    csv.field_size_limit(MAX_CELL)
    with Archive(source.path, source.name) as archive:
        try:
            for line, row, wrong in table(_text(archive.chunks(archive.only), source.name, found), unguard):
                if wrong:
                    found.append(RAGGED.at(Place(source.name, line), count=wrong[0], wanted=wrong[1]))
                else:
                    yield line, row
        except csv.Error as error:
            found.append(QUOTING.at(Place(source.name), reason=error))


def _cell(value: Any) -> str:
    """A cell that is no formula; a negative number is none."""
    cell = as_cell(value)
    return cell if _NEGATIVE.fullmatch(cell) else guard(cell)


def _line(cells: list[str]) -> bytes:
    """One row; line ends as RFC 4180 has them."""
    held = io.StringIO(newline="")
    csv.writer(held, lineterminator="\r\n").writerow(cells)
    return held.getvalue().encode()


def _header(cells: list[str], place: Place) -> Iterator[Problem]:
    for number, name in enumerate(cells, 1):
        if not name.strip() or name in cells[: number - 1]:
            yield HEADER.at(place, number=number, name=name)


def _text(data: Iterable[bytes], source: str, problems: list[Problem]) -> Iterator[str]:
    """Decoded lines with their ends; decoding stops at the first byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, done = "", 0
    for chunk in _ended(data):
        pending = len(decoder.getstate()[0])
        try:
            rest += decoder.decode(chunk or b"", final=chunk is None)
        except UnicodeDecodeError as error:
            value = error.object[error.start]
            at = done - pending + error.start + 1
            problems.append(ENCODING.at(Place(source), byte=at, value=value))
            return
        done += len(chunk or b"")
        *lines, rest = rest.split("\n")
        for line in lines:
            yield line + "\n"
    if rest:
        yield rest


def _ended(data: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from data
    yield None


plugin = Csv()
