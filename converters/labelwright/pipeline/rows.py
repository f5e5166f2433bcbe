"""From an example to a checked row of a training file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Dialect, Prepared, places_in
from labelwright.examples import Example, Grounded, Grounding, Pointed
from labelwright.pipeline.accounts import EXACT, Spot, found_again, spots_of
from labelwright.pipeline.outfit import Outfit
from labelwright.pipeline.problems import NOT_FOUND_AGAIN
from labelwright.problems import WRITE, Place, Problem, Problems, Severity
from labelwright.records import Shape
from labelwright.report.model import Counts


class _Row(Struct):
    """A row's line, the example as written, and how many places are found again in the row."""

    line: bytes
    example: Example
    places: int


class RowMaker:
    """Makes rows of one dialect. ``outfit``: what readies media and places for it, where there are some.

    The places in images (see ``contracts.count_places``) that people drew, and those that a row, read again,
    has as they were drawn, go into the ledger of ``WRITE``.
    """

    def __init__(self, dialect: Dialect, outfit: Outfit | None) -> None:
        """Compile the dialect's checks."""
        from labelwright.quality.rowcheck import RowChecker  # late: formats have no schema

        self._dialect, self._outfit = dialect, outfit
        self._checker = RowChecker(dialect)
        self._unfit = getattr(dialect, "unfit", None)
        self._places: Callable[[Any], Iterable[tuple[str, Sequence[float]]]] | None
        self._places = getattr(dialect, "places", None)
        notation = outfit.notation if outfit is not None else None
        self._points = getattr(dialect, "points", False) if notation is None else "points" in notation.holds
        self._encode = msgspec.json.Encoder().encode

    def make(
        self, example: Example, drawn: Sequence[Shape], place: Place, counts: Counts, problems: Problems
    ) -> tuple[bytes, Example] | None:
        """The line of a row, and the example as written; None for what cannot be one, which is said.

        ``drawn``: the shapes that the example was made of.
        """
        if isinstance(example, Grounded):
            apart = Problems()  # so that what is lost here can be told from what was lost before
            made = self._made(example, place, counts, apart)
            self._account(drawn, made, place, apart)
            problems.merge(apart)
        else:
            made = self._made(example, place, counts, problems)
        return (made.line, made.example) if isinstance(made, _Row) else None

    def _made(self, example: Example, place: Place, counts: Counts, problems: Problems) -> _Row | str:
        """A row; or the code of the problem that says why there is none."""
        prepared: Sequence[Prepared] = ()
        places: int | None = None
        if self._outfit is not None:
            fitted = self._outfit.fit(example, place, problems)
            if isinstance(fitted, str):
                counts.unrendered += 1
                return fitted
            example, prepared, places = fitted.example, fitted.prepared, fitted.places
        if self._unfit is not None:
            found: list[Problem] = list(self._unfit(example, place))
            problems.extend(found)
            if refusal := _refusal(found):
                counts.unrendered += 1
                return refusal
        row = self._dialect.row(example)
        if not self._checker.accepts(row):
            counts.refused += 1
            broken = list(self._checker.explain(row, place))
            problems.extend(broken)
            return _refusal(broken)
        if places is None:
            places = self._found(example, row)
        line = self._encode(row)
        if prepared and self._outfit is not None:
            line = self._outfit.finish(line, prepared)
        return _Row(line, example, places)

    def leave(self, drawn: Sequence[Shape], reason: Problem, problems: Problems) -> None:
        """Say why shapes give no example."""
        problems.add(reason)
        if places := self._count(drawn):
            ledger = problems.ledger(WRITE)
            ledger.taken += places
            ledger.lose(reason.code, places)

    def _count(self, drawn: Sequence[Shape]) -> int:
        return sum(places_in(Pointed("", (shape.geometry,)), self._points) for shape in drawn)

    def _found(self, example: Example, row: Any) -> int:
        """How many places a row of its own making has as the example has them."""
        if self._places is None or not isinstance(example, Grounded):
            return 0
        wanted = [
            spot
            for message in example.messages
            for part in message.content
            if isinstance(part, Grounding)
            for spot in spots_of(part, points=self._points)
        ]
        read = [Spot(label, (*at[:2], *at[-2:])) for label, at in self._places(row)]  # type: ignore[arg-type]
        return found_again(wanted, read, EXACT)

    def _account(self, drawn: Sequence[Shape], made: _Row | str, place: Place, problems: Problems) -> None:
        """Enter an example's shapes as taken, and what its row has of them as given.

        What an example without a row did not lose for reasons of its own is lost for that one. Each row
        must add up for itself: it cannot make up for what others lack.
        """
        ledger = problems.ledger(WRITE)
        ledger.taken += self._count(drawn)
        invented = isinstance(made, _Row) and made.places < 0
        if isinstance(made, _Row):
            ledger.given += max(made.places, 0)
        elif made and ledger.missing > 0:
            ledger.lose(made, ledger.missing)
        if ledger.missing or invented:
            problems.add(NOT_FOUND_AGAIN.at(place, taken=ledger.taken, given=ledger.given, lost=ledger.gone))


def _refusal(found: Sequence[Problem]) -> str:
    """The code of the first problem that leaves no row; empty if none does."""
    return next((p.code for p in found if p.severity is Severity.ERROR and not p.loss), "")
