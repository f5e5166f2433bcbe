"""Problems: what is wrong with data, as values. Only misuse of the program raises.

A problem's code is declared once, beside the rule or reader that finds it::

    UNKNOWN_LABEL = ProblemType(
        "label-studio.label-unknown",
        "An answer uses a label that the configuration does not have",
        "control {control!r} has no label {label!r}",
        "Pass the project's own configuration with --label-config, or correct the annotation.",
    )
    problems.add(UNKNOWN_LABEL.at(place, control="category", label="REFUND"))

Codes are found by scanning the packages for ``ProblemType`` values; two alike fail a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct

KEPT_PER_CODE = 50
LONGEST = 1000  # characters of a message, or of a name in a place: data may hold a label of megabytes


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"  # something could not be used as it is; the run ends with exit code 1
    WARNING = "warning"  # usable, but somebody should look
    NOTE = "note"  # said for completeness: a count of what was left out on purpose


class Place(Struct, frozen=True, omit_defaults=True):
    """Where a problem is. Only what is known is filled in; ``path`` is a path inside a record."""

    source: str = ""
    line: int = 0
    item: str = ""
    annotation: str = ""
    region: str = ""
    control: str = ""
    path: str = ""

    def __str__(self) -> str:
        """The place in words, the coarse part first."""
        head = f"{self.source}:{self.line}" if self.line else self.source
        named = (("item", self.item), ("annotation", self.annotation), ("region", self.region))
        parts = [head, *(f"{n} {v}" for n, v in named if v)]
        if self.control:
            parts.append(f"control {self.control}")
        parts.append(self.path)
        return ", ".join(p for p in parts if p)


NOWHERE = Place()


class Problem(Struct, frozen=True):
    """One thing found wrong: a stable code, where, what, and what to do about it."""

    code: str
    message: str
    place: Place = NOWHERE
    remedy: str = ""
    severity: Severity = Severity.ERROR
    loss: bool = False
    title: str = ""
    bound: str = ""

    def __str__(self) -> str:
        """One line for a terminal."""
        place = f"{self.place}: " if self.place != NOWHERE else ""
        return f"{self.severity.value} [{self.code}] {place}{self.message}"


class ProblemType(Struct, frozen=True):
    """A kind of problem. ``message`` is a format string; ``loss`` marks what a target cannot hold.

    ``bound`` is for what is written nearly as it was: how far at most the written thing is from it, in
    words with a unit, such as ``0.25 px``.
    """

    code: str
    title: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR
    loss: bool = False
    bound: str = ""

    def at(self, place: Place = NOWHERE, **what: Any) -> Problem:
        """The problem of this type at one place; what data made very long is cut."""
        message = _cut(self.message.format(**what))
        if max(map(len, (place.item, place.annotation, place.region, place.control, place.path))) > LONGEST:
            place = Place(
                place.source,
                place.line,
                *map(_cut, (place.item, place.annotation, place.region, place.control, place.path)),
            )
        return Problem(
            self.code, message, place, self.remedy, self.severity, self.loss, self.title, self.bound
        )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


READ, WRITE = "read", "write"  # the legs of the way that keep a ledger


class Ledger(Struct):
    """Objects (shapes, tracks, marks on images) on one leg of the way from a source to a target.

    ``taken`` came in and ``given`` went out; the rest was ``lost``, by the code of the problem that says
    so. An object counts once, however many lines a file writes for it.
    """

    taken: int = 0
    given: int = 0
    lost: dict[str, int] = {}

    @property
    def gone(self) -> int:
        """How many were lost."""
        return sum(self.lost.values())

    @property
    def missing(self) -> int:
        """Objects that went neither out nor into the lost ones: 0, or we have a bug."""
        return self.taken - self.given - self.gone

    def lose(self, code: str, objects: int) -> None:
        """Enter objects as lost by a code."""
        if objects:
            self.lost[code] = self.lost.get(code, 0) + objects

    def add(self, other: Ledger) -> None:
        """Add what a later part of the same leg counted."""
        self.taken += other.taken
        self.given += other.given
        for code, count in other.lost.items():
            self.lose(code, count)


class Problems:
    """Collects problems: counts all of them, keeps the first few of each code.

    Collections made apart merge in order into what one run would have collected.
    """

    def __init__(self, kept_per_code: int = KEPT_PER_CODE) -> None:
        """Keep at most ``kept_per_code`` whole problems of each code."""
        self._limit = kept_per_code
        self._kept: dict[str, list[Problem]] = {}
        self.counts: dict[str, int] = {}
        self.errors = 0  # losses not among them
        self.losses = 0
        self.bounds: dict[str, str] = {}  # of what was written nearly as it was, by code
        self.ledgers: dict[str, Ledger] = {}

    def add(self, problem: Problem, times: int = 1) -> None:
        """Count a problem, and keep it unless its code has enough examples."""
        code = problem.code
        self.counts[code] = self.counts.get(code, 0) + times
        if problem.bound:
            self.bounds[code] = problem.bound
        if problem.loss:
            self.losses += times
        elif problem.severity is Severity.ERROR:
            self.errors += times
        kept = self._kept.setdefault(code, [])
        if len(kept) < self._limit and (not kept or kept[-1] != problem):
            kept.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add several."""
        for problem in problems:
            self.add(problem)

    def ledger(self, leg: str) -> Ledger:
        """The ledger of one leg, ``READ`` or ``WRITE``."""
        return self.ledgers.setdefault(leg, Ledger())

    def lose(self, leg: str, problem: Problem, objects: int = 1, times: int = 0) -> None:
        """Add a problem that costs whole objects, and say so in the ledger.

        ``times``: how often the problem counts (0: once an object), such as once for a whole image.
        """
        self.add(problem, times or objects)
        self.ledger(leg).lose(problem.code, objects)

    def merge(self, other: Problems) -> None:
        """Take over what a later part of the same input found."""
        self.bounds.update(other.bounds)
        for leg, ledger in other.ledgers.items():
            self.ledger(leg).add(ledger)
        for code, count in other.counts.items():
            self.counts[code] = self.counts.get(code, 0) + count
            kept = self._kept.setdefault(code, [])
            theirs = other._kept[code]
            repeated = bool(kept and theirs and kept[-1] == theirs[0])
            kept.extend(theirs[repeated:][: self._limit - len(kept)])
        self.errors += other.errors
        self.losses += other.losses

    def forget(self, kind: ProblemType) -> None:
        """Take back a warning or note that a later finding makes pointless."""
        self._kept.pop(kind.code, None)
        self.counts.pop(kind.code, None)

    def __iter__(self) -> Iterator[Problem]:
        """The kept problems, by code."""
        for code in sorted(self._kept):
            yield from self._kept[code]

    def __len__(self) -> int:
        """How many there were, kept or not."""
        return sum(self.counts.values())


class UsageError(Exception):
    """The program was asked for something it cannot do: one clear line, exit code 2.

    ``details`` are further lines, where one call can be wrong in several ways at once.
    """

    details: tuple[str, ...] = ()


class DataError(Exception):
    """A source or a server as a whole cannot be used: one problem, exit code 1.

    For what stops a run (an empty file, a refused log-in). What is wrong with one item is a
    ``Problem`` and the run goes on.
    """

    def __init__(self, problem: Problem) -> None:
        """Carry the problem that stopped the run."""
        super().__init__(str(problem))
        self.problem = problem

    def __reduce__(self) -> tuple[type[DataError], tuple[Problem]]:
        """Survive the way from a worker process."""
        return (DataError, (self.problem,))
