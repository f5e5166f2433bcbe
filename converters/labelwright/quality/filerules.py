"""What a trainer asks of a training file as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from labelwright.contracts import FileRules
from labelwright.problems import Place, Problem, ProblemType

TOO_FEW = ProblemType(
    "file.too-few-rows",
    "The file has fewer rows than the target takes",
    "{count} rows; at least {limit}",
    "Label more items.",
)
TOO_MANY = ProblemType(
    "file.too-many-rows",
    "The file has more rows than the target takes",
    "{count} rows; at most {limit}",
    "Leave rows out, or split the file.",
)
TOO_LARGE = ProblemType(
    "file.too-large",
    "The file has more bytes than the target takes",
    "{size} bytes; at most {limit}",
    "Leave rows out, or split the file.",
)


def whole_file(rules: FileRules, place: Place, rows: int, size: int) -> Iterator[Problem]:
    """What is wrong with the number of rows and of bytes (``size``) of a file."""
    if rows < rules.min_rows:
        yield TOO_FEW.at(place, count=rows, limit=rules.min_rows)
    if rules.max_rows and rows > rules.max_rows:
        yield TOO_MANY.at(place, count=rows, limit=rules.max_rows)
    if rules.max_bytes and size > rules.max_bytes:
        yield TOO_LARGE.at(place, size=size, limit=rules.max_bytes)
