"""Lines of a file that comes in chunks of bytes, decoded as UTF-8."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from labelwright.problems import Place, Problem, ProblemType

ENCODING = ProblemType(
    "text.encoding",
    "A line is not encoded in UTF-8",
    "byte {byte} of the line (0x{value:02x}) is not UTF-8",
    "Save the file as UTF-8.",
)
MARKED = ProblemType(
    "text.byte-order-mark",
    "The file begins with a byte order mark that its readers take for a character",
    "the file begins with a byte order mark (EF BB BF)",
    "Save the file as UTF-8 without a byte order mark.",
)
NOT_JSON = ProblemType(
    "text.not-json-object",
    "A line is not a JSON object",
    "the line is not a JSON object: {reason}",
    "Write each row as one JSON object on one line.",
)
BOM = b"\xef\xbb\xbf"


def split_lines(data: Iterable[bytes]) -> Iterator[bytes]:
    r"""Lines without their ends, cut at ``\n`` only; a final line without an end counts."""
    rest: list[bytes] = []
    for chunk in data:
        first, *more = chunk.split(b"\n")
        rest.append(first)
        for line in more:
            yield b"".join(rest)
            rest = [line]
    if last := b"".join(rest):
        yield last


def decoded_lines(data: Iterable[bytes], source: str) -> Iterator[tuple[int, str, Problem | None]]:
    """Number, text and perhaps a problem of each line; with a problem the text is empty."""
    for number, raw in enumerate(split_lines(data), 1):
        place = Place(source, number)
        if number == 1 and raw.startswith(BOM):
            yield number, "", MARKED.at(place)
            raw = raw.removeprefix(BOM)
        try:
            text = raw.removesuffix(b"\r").decode("utf-8")
        except UnicodeDecodeError as error:
            value = raw[error.start]
            yield number, "", ENCODING.at(place, byte=error.start + 1, value=value)
        else:
            yield number, text, None


def json_rows(data: Iterable[bytes], source: str) -> Iterator[tuple[Place, dict[str, Any], Problem | None]]:
    """Place, row and perhaps a problem of each line of JSONL; with a problem the row is empty."""
    for number, text, problem in decoded_lines(data, source):
        place = Place(source, number)
        if problem is not None:
            yield place, {}, problem
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield place, {}, NOT_JSON.at(place, reason=error)
            continue
        if isinstance(row, dict):
            yield place, row, None
        else:
            yield place, {}, NOT_JSON.at(place, reason="it is another value")


def within(place: Place, path: str) -> Place:
    """A place inside a row."""
    return Place(place.source, place.line, path=path)
