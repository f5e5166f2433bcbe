"""Rows of MOT Challenge ground truth, and every rule that a row breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite

from msgspec import Struct

from labelwright.formats._text import decoded_lines
from labelwright.problems import Place, Problem, ProblemType, Severity

COLUMNS = ProblemType(
    "mot.columns",
    "A row has too few or too many columns",
    "the row has {count} columns; there are 9: frame, id, left, top, width, height, 1, class, visibility",
    "Write nine numbers with commas between them.",
)
NUMBER = ProblemType(
    "mot.not-a-number",
    "A column is no finite number",
    "column {column} is {word!r}",
    "Correct the row.",
)
FRAME = ProblemType(
    "mot.frame",
    "A frame is no whole number from 1",
    "the frame is {word!r}",
    "Count frames from 1.",
)
IDENTITY = ProblemType(
    "mot.id",
    "An id is neither a whole number from 1 nor -1",
    "the id is {word!r}",
    "Number the tracks from 1; -1 stands for an object that is not followed.",
)
CLASS = ProblemType(
    "mot.class",
    "A class is no whole number from 1",
    "the class is {word!r}",
    "Number the classes from 1, in the order of labels.txt.",
)
CLASS_RANGE = ProblemType(
    "mot.class-range",
    "A class has no name",
    "the row has class {number}, and labels.txt has {count} names",
    "Add the name to labels.txt, or correct the row.",
)
EXTENT = ProblemType(
    "mot.no-extent",
    "A box has no width or no height",
    "the box is {width} wide and {height} high",
    "Remove the row.",
)
VISIBILITY = ProblemType(
    "mot.visibility",
    "A visibility is not between 0 and 1",
    "the visibility is {value}",
    "Write the share of the object that can be seen, 1 where all of it can.",
)
REPEATED = ProblemType(
    "mot.row-repeated",
    "One track has two boxes on a frame",
    "line {first} has a box of track {id} on frame {frame} too",
    "Remove one of them, or give them ids of their own.",
)
IGNORED = ProblemType(
    "mot.row-ignored",
    "A row is marked as one not to be considered; it is left out",
    "column 7 is 0: benchmarks do not count this box",
    "None needed, if such boxes are not wanted.",
    Severity.WARNING,
)


class Row(Struct, frozen=True):
    """One box of one track on one frame, from 0. ``label`` counts classes from 1; -1: none is said."""

    line: int
    frame: int
    id: int
    box: tuple[float, float, float, float]
    label: int
    visibility: float


def read_rows(data: Iterable[bytes], source: str, names: int = 0) -> Iterator[Row | Problem]:
    """The rows of a file in its order; of one that breaks a rule the problem, which costs it."""
    seen: dict[tuple[int, int, int], int] = {}
    for number, text, problem in decoded_lines(data, source):
        place = Place(source, number)
        if problem is not None:
            if problem.code == "text.encoding":
                yield problem
            continue
        if not text.strip():
            continue
        row = _row([word.strip() for word in text.split(",")], number, names, place)
        if isinstance(row, Row) and row.id != -1:
            first = seen.setdefault((row.frame, row.id, row.label), number)
            if first != number:
                yield REPEATED.at(place, first=first, id=row.id, frame=row.frame + 1)
                continue
        yield row


def _row(words: list[str], line: int, names: int, place: Place) -> Row | Problem:
    if not 6 <= len(words) <= 10:
        return COLUMNS.at(place, count=len(words))
    values = []
    for column, word in enumerate(words, 1):
        try:
            values.append(float(word))
        except ValueError:
            return NUMBER.at(place, column=column, word=word)
        if not isfinite(values[-1]):
            return NUMBER.at(place, column=column, word=word)
    frame, identity, left, top, width, height = values[:6]
    label = values[7] if len(values) > 7 else -1.0
    seen = values[8] if len(values) == 9 else 1.0
    if frame < 1 or frame != int(frame):
        return FRAME.at(place, word=words[0])
    if identity != int(identity) or (identity < 1 and identity != -1):
        return IDENTITY.at(place, word=words[1])
    if not (width > 0 and height > 0):
        return EXTENT.at(place, width=width, height=height)
    if label != int(label) or (label < 1 and label != -1):
        return CLASS.at(place, word=words[7])
    if names and label > names:
        return CLASS_RANGE.at(place, number=int(label), count=names)
    if not 0 <= seen <= 1:
        return VISIBILITY.at(place, value=seen)
    if len(values) > 6 and len(values) == 9 and values[6] == 0:
        return IGNORED.at(place)
    return Row(line, int(frame) - 1, int(identity), (left, top, width, height), int(label), seen)
