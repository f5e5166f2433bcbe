"""Rows of YOLO label files: what each task has in one, and every rule that a row breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite

from msgspec import Struct

from labelwright.formats._text import decoded_lines
from labelwright.problems import Place, Problem, ProblemType, Severity

COLUMNS = ProblemType(
    "yolo.columns",
    "A row has another number of columns than its task",
    "the row has {count} columns; {wanted}",
    "Write one row per object, its numbers apart by blanks.",
)
COMMAS = ProblemType(
    "yolo.commas",
    "Numbers are not apart by blanks",
    "the row has commas or semicolons between its numbers",
    "Put blanks between the numbers, and a point before decimals.",
)
MIXED = ProblemType(
    "yolo.mixed-rows",
    "Rows of different tasks meet in one file",
    "the row has {count} columns, line {first} has {other}: trainers drop or misread one of the two",
    "Write boxes and outlines to data sets of their own.",
)
CLASS = ProblemType(
    "yolo.class",
    "A class is no whole number from 0",
    "the row begins with {word!r}, which is no class",
    "Write the number of the class, from 0, as data.yaml counts them.",
)
CLASS_RANGE = ProblemType(
    "yolo.class-range",
    "A class has no name",
    "the row has class {number}, and there are {count} names",
    "Add the name to data.yaml, or correct the row.",
)
NUMBER = ProblemType(
    "yolo.not-a-number",
    "A value is no finite number",
    "{word!r} is no finite number",
    "Correct the row, or remove it.",
)
RANGE = ProblemType(
    "yolo.outside",
    "A value is not between 0 and 1",
    "column {column} is {value}; values are shares of the image's width and height, from 0 to 1",
    "Divide pixels by the image's size, and cut boxes off at its edge.",
)
SIZE = ProblemType(
    "yolo.no-extent",
    "A box has no width or no height",
    "the box is {width} wide and {height} high",
    "Remove the row.",
)
VISIBILITY = ProblemType(
    "yolo.visibility",
    "The visibility of a joint is not 0, 1 or 2",
    "column {column} is {value}; 0 is not there, 1 is covered, 2 is in sight",
    "Correct the row.",
)
REPEATED = ProblemType(
    "yolo.row-repeated",
    "A row occurs twice in a file; trainers keep one",
    "the row equals line {first}",
    "Remove one of them.",
    Severity.WARNING,
)
DETECT, SEGMENT, OBB, POSE = "detect", "segment", "obb", "pose"
WANTED = {
    DETECT: "a box has 5: class, centre x and y, width, height",
    SEGMENT: "an outline has a class and at least 3 points: an odd number from 7 on",
    OBB: "a turned box has 9: class and 4 corners",
    POSE: "a figure has 5 for its box and then 2 or 3 a joint, in all rows as many",
}


class Row(Struct):
    """One object. ``values`` are shares of width and height as they stand in the row, without the class."""

    line: int
    label: int
    values: list[float]


class Rules(Struct, frozen=True):
    """What rows must be: the task, how many names there are (0: not known), joints and columns of each."""

    task: str
    names: int = 0
    joints: tuple[int, int] | None = None

    def fits(self, count: int) -> bool:
        """Whether a row may have so many columns."""
        match self.task:
            case "detect":
                return count == 5
            case "segment":
                return count >= 7 and count % 2 == 1
            case "obb":
                return count == 9
            case _:
                if self.joints is not None:
                    return count == 5 + self.joints[0] * self.joints[1]
                return count > 5 and ((count - 5) % 3 == 0 or (count - 5) % 2 == 0)


def read_rows(data: Iterable[bytes], source: str, rules: Rules) -> Iterator[Row | tuple[Problem, bool]]:
    """The rows of a label file; of each that breaks a rule the problem, and whether it costs the row.

    A row outside the image is usable and comes after its problem.
    """
    seen: dict[tuple[str, ...], int] = {}
    shape: tuple[int, int] | None = None  # columns of the first good row, and its line
    for number, text, problem in decoded_lines(data, source):
        place = Place(source, number)
        if problem is not None:
            yield problem, not text and problem.code == "text.encoding"
            continue
        words = tuple(text.split())
        if not words:
            continue
        if wrong := _form(words, rules, shape, place):
            yield wrong, True
            continue
        shape = shape or (len(words), number)
        first = seen.setdefault(words, number)
        if first != number:
            yield REPEATED.at(place, first=first), True
            continue
        row = _numbers(words, number, rules, place)
        if isinstance(row, Problem):
            yield row, True
            continue
        for found in _ranges(row, rules, place):
            yield found, False
        yield row


def _form(
    words: tuple[str, ...], rules: Rules, shape: tuple[int, int] | None, place: Place
) -> Problem | None:
    if any("," in word or ";" in word for word in words):
        return COMMAS.at(place)
    if not rules.fits(len(words)):
        if shape is not None and len(words) >= 5 and len(words) % 2:
            return MIXED.at(place, count=len(words), first=shape[1], other=shape[0])
        return COLUMNS.at(place, count=len(words), wanted=WANTED[rules.task])
    if rules.task == POSE and shape is not None and len(words) != shape[0]:
        return MIXED.at(place, count=len(words), first=shape[1], other=shape[0])
    return None


DIGITS = 9  # of a class's number


def _numbers(words: tuple[str, ...], line: int, rules: Rules, place: Place) -> Row | Problem:
    head = words[0]
    if not (head.isascii() and head.isdigit() and len(head) <= DIGITS):
        return CLASS.at(place, word=head)
    label = int(head)
    if rules.names and label >= rules.names:
        return CLASS_RANGE.at(place, number=label, count=rules.names)
    try:
        values = [float(word) for word in words[1:]]
    except ValueError:
        values = []
    if not values or not all(map(isfinite, values)):
        return NUMBER.at(place, word=next(word for word in words[1:] if not _finite(word)))
    if rules.task in (DETECT, POSE) and not (values[2] > 0 and values[3] > 0) and rules.task == DETECT:
        if values[2] < 0 or values[3] < 0:
            column, value = (3, values[2]) if values[2] < 0 else (4, values[3])
            return RANGE.at(place, column=column + 1, value=value)
        return SIZE.at(place, width=values[2], height=values[3])
    return Row(line, label, values)


def _finite(word: str) -> bool:
    try:
        return isfinite(float(word))
    except ValueError:
        return False


def _ranges(row: Row, rules: Rules, place: Place) -> Iterator[Problem]:
    """The first value that is no share of the image, and visibilities that mean nothing."""
    dims = joint_columns(len(row.values), rules) if rules.task == POSE else 0
    for column, value in enumerate(row.values, 2):
        if dims == 3 and column > 5 and (column - 6) % 3 == 2:
            if value not in (0, 1, 2):
                yield VISIBILITY.at(place, column=column, value=value)
                return
        elif not 0 <= value <= 1:
            yield RANGE.at(place, column=column, value=value)
            return


def joint_columns(count: int, rules: Rules) -> int:
    """Columns of a joint: 2, or 3 with its visibility, in a row of so many values after the class."""
    if rules.joints is not None:
        return rules.joints[1]
    return 3 if (count - 4) % 3 == 0 else 2
