r"""Reads a JSONL file line by line: bytes to JSON values, with everything JSON itself refuses.

Lines end with ``\n`` and nothing else: U+2028 and U+0085 inside a string are only characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from msgspec import Struct

from labelwright.problems import Place, Problem, ProblemType

BOM = b"\xef\xbb\xbf"
MAX_LINE = 1 << 28

NOT_TEXT = ProblemType(
    "file.not-text",
    "The file is no text",
    "the file is {what}",
    "Pass the training file itself.",
)
WEB_PAGE = ProblemType(
    "file.web-page",
    "The file is a web page",
    "the file is an HTML or XML page, perhaps an error message of a server",
    "Download the file again; look at the page for what went wrong.",
)
ENCODING = ProblemType(
    "file.encoding",
    "The file is not encoded in UTF-8",
    "{what}",
    "Save the file as UTF-8.",
)
JSON_ARRAY = ProblemType(
    "file.json-array",
    "The file is one JSON array instead of one object per line",
    "the file begins with '[': it is one JSON array",
    "Write each element of the array on a line of its own.",
)
BLANK_LINE = ProblemType("file.blank-line", "A line is empty", "the line is blank", "Remove the line.")
LINE_TOO_LONG = ProblemType(
    "file.line-too-long",
    "A line is too long to be read",
    "the line has more than {limit} bytes",
    "Shorten the row; put large media beside the file.",
)
SYNTAX = ProblemType(
    "json.syntax",
    "A line is not JSON",
    "not valid JSON at column {column}: {reason}",
    "Write each row with a JSON library.",
)
SINGLE_QUOTES = ProblemType(
    "json.single-quotes",
    "A line is a Python value, not JSON",
    "strings stand in single quotes",
    "Write rows with json.dumps, not with str or print.",
)
SEVERAL_LINES = ProblemType(
    "json.several-lines",
    "An object goes over several lines",
    "the line is not a whole JSON value: it goes on in the next line",
    "Write each row on one line, without indentation.",
)
NOT_A_NUMBER = ProblemType(
    "json.not-a-number",
    "A number is NaN or infinite",
    "{value} is not JSON",
    "Write null, or a number.",
)
DUPLICATE_KEY = ProblemType(
    "json.duplicate-key",
    "An object has the same key twice",
    "the key {key!r} occurs more than once; readers keep one of the values",
    "Remove one of them.",
)
NOT_AN_OBJECT = ProblemType(
    "json.not-an-object",
    "A line is JSON, but no object",
    "the line is not a JSON object",
    "Write each row as an object.",
)
_PYTHON = re.compile(r"\s*[{\[]\s*'")
_OPEN = re.compile(r"\s*[{\[]?\s*$|.*[,:{\[]\s*$|\s*[}\]],?\s*$", re.S)


class Line(Struct):
    """One line: its number from 1, its value if it could be read, and what is wrong with it."""

    number: int
    size: int
    row: Any = None
    problems: list[Problem] = []
    marked: bool = False
    readable: bool = False


def raw_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream with their ends; one longer than ``MAX_LINE`` is cut, never held whole."""
    while line := stream.readline(MAX_LINE):
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
        yield line


def unusable(head: bytes, source: str, *, jsonl: bool = True, xml: bool = False) -> Problem | None:
    """The one problem of a file that is no text, or no JSONL, at all, from its first bytes."""
    place = Place(source, 1)
    start = head.removeprefix(BOM).lstrip()
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") * 3 > len(head):
        return ENCODING.at(place, what="the file is encoded in UTF-16 or UTF-32")
    kinds = ((b"PK\3\4", "a zip archive"), (b"\x1f\x8b", "compressed with gzip"), (b"%PDF", "a PDF"))
    for magic, what in kinds:
        if head.startswith(magic):
            return NOT_TEXT.at(Place(source), what=what)
    if b"\0" in head:
        return NOT_TEXT.at(Place(source), what="binary data")
    page = (b"<!doctype html", b"<html", *(() if xml else (b"<?xml",)))
    if start[:16].lower().startswith(page) or (jsonl and start.startswith(b"<")):
        return WEB_PAGE.at(place)
    if jsonl and start.startswith(b"[") and not _is_python(start):
        return JSON_ARRAY.at(place)
    return None


def _is_python(start: bytes) -> bool:
    return bool(_PYTHON.match(start[:64].decode("latin-1")))


def read_line(raw: bytes, number: int, source: str) -> Line:
    """Decode and parse one line; what is wrong becomes problems of the line."""
    line = Line(number, len(raw))
    place = Place(source, number)
    body = raw.removesuffix(b"\n").removesuffix(b"\r")
    if body.startswith(BOM):
        line.marked, body = True, body.removeprefix(BOM)
    if len(raw) >= MAX_LINE:
        line.problems = [LINE_TOO_LONG.at(place, limit=MAX_LINE)]
    elif not body.strip():
        line.problems = [BLANK_LINE.at(place)]
    else:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            what = f"byte {error.start + 1} of the line (0x{body[error.start]:02x}) is not UTF-8"
            line.problems = [ENCODING.at(place, what=what)]
        else:
            _parse(text, line, place)
    return line


def _parse(text: str, line: Line, place: Place) -> None:
    found: list[Problem] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(items)
        if len(held) != len(items):
            seen: set[str] = set()
            for key in (k for k, _ in items):
                if key in seen:
                    found.append(DUPLICATE_KEY.at(place, key=key))
                seen.add(key)
        return held

    def constant(value: str) -> None:
        found.append(NOT_A_NUMBER.at(place, value=value))

    try:
        row = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        found.append(_syntax(text, error, place))
    except RecursionError:
        found.append(SYNTAX.at(place, column=1, reason="it is nested too deeply"))
    except ValueError as error:  # an integer of thousands of digits
        found.append(SYNTAX.at(place, column=1, reason=error))
    else:
        if isinstance(row, dict):
            line.row, line.readable = row, True
        else:
            found.append(NOT_AN_OBJECT.at(place))
    line.problems = found


def _syntax(text: str, error: json.JSONDecodeError, place: Place) -> Problem:
    if _PYTHON.match(text):
        return SINGLE_QUOTES.at(place)
    if _OPEN.fullmatch(text):
        return SEVERAL_LINES.at(place)
    return SYNTAX.at(place, column=error.colno, reason=error.msg)
