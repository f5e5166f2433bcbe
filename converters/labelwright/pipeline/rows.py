"""From an example to a checked row of a training file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Dialect, Prepared, count_places
from labelwright.examples import Example, Grounded, Grounding
from labelwright.pipeline.outfit import Outfit
from labelwright.problems import WRITE, Place, Problem, Problems, Severity
from labelwright.report.model import Counts


class _Row(Struct):
    """A row's line, the example as written, and the places that the row was found to hold."""

    line: bytes
    example: Example
    places: int


class RowMaker:
    """Makes rows of one dialect. ``outfit``: what readies media and places for it, where there are some.

    The places in images (see ``contracts.count_places``) that an example brings, and those that its row
    is found to hold, go into the ledger of ``WRITE``.
    """

    def __init__(self, dialect: Dialect, outfit: Outfit | None) -> None:
        """Compile the dialect's checks."""
        from labelwright.quality.rowcheck import RowChecker  # late: formats have no schema

        self._dialect, self._outfit = dialect, outfit
        self._checker = RowChecker(dialect)
        self._unfit = getattr(dialect, "unfit", None)
        self._places: Callable[[Any], int] | None = getattr(dialect, "places", None)
        notation = outfit.notation if outfit is not None else None
        self._points = getattr(dialect, "points", False) if notation is None else "points" in notation.holds
        self._encode = msgspec.json.Encoder().encode

    def make(
        self, example: Example, place: Place, counts: Counts, problems: Problems
    ) -> tuple[bytes, Example] | None:
        """The line of a row, and the example as written; None for what cannot be one, which is said."""
        if isinstance(example, Grounded):
            apart = Problems()  # so that what is lost here can be told from what was lost before
            made = self._made(example, place, counts, apart)
            self._account(example, made, apart)
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
            places = self._places(row) if self._places is not None else 0
        line = self._encode(row)
        if prepared and self._outfit is not None:
            line = self._outfit.finish(line, prepared)
        return _Row(line, example, places)

    def _account(self, example: Grounded, made: _Row | str, problems: Problems) -> None:
        """Enter an example's places as taken, and what its row holds as given.

        What an example without a row did not lose for reasons of its own is lost for that one. A row with
        more places than were to be written has none: it must not make up for those that others lack.
        """
        ledger = problems.ledger(WRITE)
        ledger.taken += sum(
            count_places(part, self._points)
            for message in example.messages
            for part in message.content
            if isinstance(part, Grounding)
        )
        left = ledger.missing
        if isinstance(made, _Row):
            ledger.given += made.places if made.places <= left else 0
        elif made and left > 0:
            ledger.lose(made, left)


def _refusal(found: Sequence[Problem]) -> str:
    """The code of the first problem that leaves no row; empty if none does."""
    return next((p.code for p in found if p.severity is Severity.ERROR and not p.loss), "")
