"""Checks whole training files: every broken rule with its line and its path.

Memory stays bounded per row, apart from a digest of each row (see ``_seen``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from msgspec import Struct

from labelwright.contracts import Dialect, FolderChecked, Format, Source
from labelwright.dialects._rules import objects
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType, Severity
from labelwright.quality._lines import BOM, raw_lines, read_line, unusable
from labelwright.quality._seen import Seen
from labelwright.quality.filerules import whole_file
from labelwright.quality.rowcheck import RowChecker

EMPTY = ProblemType("file.empty", "The file holds nothing", "the file is empty", "Pass a file with rows.")
BOM_MISSING = ProblemType(
    "file.byte-order-mark-missing",
    "The file lacks the byte order mark that the target needs",
    "the file does not begin with a byte order mark (EF BB BF)",
    "Save the file as UTF-8 with a byte order mark.",
)
BOM_REFUSED = ProblemType(
    "file.byte-order-mark",
    "There is a byte order mark that the target refuses",
    "the line begins with a byte order mark (EF BB BF)",
    "Save the file as UTF-8 without a byte order mark.",
)
MIXED_CONTENT = ProblemType(
    "file.mixed-content",
    "Rows with plain strings and rows with typed parts meet in one file",
    "line {line} has {this} as content, line {first} has {other}",
    "Write the contents of all rows as strings, or all as typed parts.",
)
MIXED_CONTENT_SEEN = ProblemType(
    "file.mixed-content-seen",
    "Rows with plain strings and rows with typed parts meet in one file",
    "line {line} has {this} as content, line {first} has {other}; other trainers refuse that",
    "Nothing, if the file is for this target only.",
    Severity.WARNING,
)
TWO_SHAPES = ProblemType(
    "file.two-shapes",
    "Rows of different shapes meet in one file",
    "line {line} has the shape {this!r}, line {first} has {other!r}",
    "Put rows of one shape into one file.",
)
REPEATED = ProblemType(
    "file.duplicate-row",
    "A row occurs twice",
    "the row equals line {first}",
    "Remove one of them, unless the weight is wanted.",
    Severity.WARNING,
)
CONTRADICTED = ProblemType(
    "file.contradictory-target",
    "The same input has different targets",
    "the input equals that of line {first}, the target differs",
    "Decide for one answer; adjudicate the item in the annotation tool.",
)
HEAD = 4096
KEPT = 1000  # problems of a data set by code


class ValidationSummary(Struct):
    """What was checked. ``valid`` counts rows without an error of their own."""

    source: str
    name: str
    rows: int = 0
    valid: int = 0
    bytes: int = 0
    errors: int = 0
    warnings: int = 0


def validate_file(
    stream: BinaryIO, source: str, dialect: Dialect | Format, problems: Problems
) -> ValidationSummary:
    """Check a file as one dialect or format; ``problems`` takes everything found.

    ``source`` names the file in the problems' places. The stream is read once, from where it stands.
    """
    summary = ValidationSummary(source, dialect.name)
    counted = _Counter(problems, summary)
    reader = io.BufferedReader(_Counted(stream, summary), 1 << 16)
    jsonl, xml = hasattr(dialect, "row"), getattr(dialect, "suffix", "") == ".xml"
    head, buffered = reader.peek(HEAD)[:HEAD], cast("BinaryIO", reader)
    if not head and getattr(dialect, "may_be_empty", False):  # an image with nothing on it
        return summary
    if not head:
        counted.add(EMPTY.at(Place(source)))
    elif (hopeless := unusable(head, source, jsonl=jsonl, xml=xml)) is not None:
        counted.add(hopeless)
    elif not hasattr(dialect, "row"):
        chunks = iter(lambda: buffered.read(1 << 16), b"")
        for problem in dialect.check(chunks, source):
            counted.add(problem)
    else:
        _Rows(cast("Dialect", dialect), source, counted).read(buffered)
    return summary


def validate_folder(path: str, form: FolderChecked, problems: Problems) -> ValidationSummary:
    """Check a whole data set, a folder or zip archive; ``problems`` takes everything found.

    ``rows`` and ``bytes`` of the summary stay 0: a data set has files of several kinds.
    """
    name = Path(path).resolve().name
    found = _Counting(KEPT)
    try:
        form.check_folder(Source(path, name=name), found)
    except DataError as error:
        found.add(error.problem)
    problems.merge(found)
    title = getattr(form, "name", "")
    return ValidationSummary(name, title, errors=found.errors, warnings=found.warnings)


class _Counting(Problems):
    """Problems that count warnings, too."""

    warnings = 0

    def add(self, problem: Problem, times: int = 1) -> None:
        super().add(problem, times)
        self.warnings += times * (problem.severity is Severity.WARNING)


class _Counted(io.RawIOBase):
    """A stream that counts what is read of it."""

    def __init__(self, stream: BinaryIO, summary: ValidationSummary) -> None:
        self._stream = stream
        self._summary = summary

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._summary.bytes += len(data)
        return len(data)


class _Counter:
    """Passes problems on and counts them by severity."""

    def __init__(self, problems: Problems, summary: ValidationSummary) -> None:
        self._problems = problems
        self.summary = summary

    def add(self, problem: Problem) -> None:
        self._problems.add(problem)
        if problem.severity is Severity.ERROR:
            self.summary.errors += 1
        elif problem.severity is Severity.WARNING:
            self.summary.warnings += 1


class _Rows:
    """The rows of one file of a dialect, and the rules about them as a whole."""

    def __init__(self, dialect: Dialect, source: str, counted: _Counter) -> None:
        self._dialect = dialect
        self._rules = dialect.file_rules
        self._source = source
        self._counted = counted
        self._checker = RowChecker(dialect)
        self._seen = Seen()
        self._pair = getattr(dialect, "pair", None)
        self._shape = getattr(dialect, "shape", None)
        self._content: tuple[str, int] | None = None
        self._shaped: tuple[str, int] | None = None
        self._told: set[str] = set()

    def read(self, stream: BinaryIO) -> None:
        """Check every line, then the file."""
        summary = self._counted.summary
        for number, raw in enumerate(raw_lines(stream), 1):
            line = read_line(raw, number, self._source)
            place = Place(self._source, number)
            errors = summary.errors
            if line.marked and not (number == 1 and self._rules.byte_order_mark):
                self._counted.add(BOM_REFUSED.at(place))
            if number == 1 and self._rules.byte_order_mark and not line.marked:
                self._counted.add(BOM_MISSING.at(place))
                errors += 1
            for problem in line.problems:
                self._counted.add(problem)
            if raw.removeprefix(BOM).strip():
                summary.rows += 1
            if line.readable:
                for problem in self._row(line.row, place):
                    self._counted.add(problem)
                summary.valid += summary.errors == errors
                for problem in self._compare(line.row, place):
                    self._counted.add(problem)
        self._whole(summary)

    def _row(self, row: Any, place: Place) -> Iterator[Problem]:
        """The row's own problems. An accepted row is explained too: it may deserve a warning."""
        yield from self._checker.explain(row, place)

    def _compare(self, row: Any, place: Place) -> Iterator[Problem]:
        """What a row is to those before it."""
        if first := self._seen.repeated(row, place.line):
            yield REPEATED.at(place, first=first)
        elif first := self._contradicted(row, place.line):
            yield CONTRADICTED.at(place, first=first)
        yield from self._mixed(row, place.line)

    def _contradicted(self, row: Any, line: int) -> int:
        pair: tuple[Any, Any] | None = self._pair(row) if self._pair else None
        return self._seen.contradicted(pair[0], pair[1], line) if pair else 0

    def _mixed(self, row: Any, line: int) -> Iterator[Problem]:
        """Differences between rows that concern the file; each is told once, without a line."""
        place = Place(self._source)
        strict = getattr(self._dialect, "one_content_shape", False)
        kind = MIXED_CONTENT if strict else MIXED_CONTENT_SEEN
        for this in _contents(row):
            self._content = self._content or (this, line)
            other, first = self._content
            if this != other and first != line and kind.code not in self._told:
                self._told.add(kind.code)
                yield kind.at(place, line=line, this=this, first=first, other=other)
        if self._shape is not None:
            this = self._shape(row)
            self._shaped = self._shaped or (this, line)
            other, first = self._shaped
            if this != other and TWO_SHAPES.code not in self._told:
                self._told.add(TWO_SHAPES.code)
                yield TWO_SHAPES.at(place, line=line, this=this, first=first, other=other)

    def _whole(self, summary: ValidationSummary) -> None:
        """Numbers of rows and bytes."""
        for problem in whole_file(self._rules, Place(self._source), summary.rows, summary.bytes):
            self._counted.add(problem)


def _contents(row: Any) -> Iterator[str]:
    """The shapes of the contents of a conversation's messages."""
    for _, message in objects(row.get("messages") if isinstance(row, dict) else None):
        content = message.get("content")
        if isinstance(content, str):
            yield "a string"
        elif isinstance(content, list) and message.get("role") in ("user", "assistant", "system"):
            yield "typed parts"


__all__ = ["RowChecker", "ValidationSummary", "validate_file", "validate_folder"]
