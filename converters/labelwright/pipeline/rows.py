"""From an example to a checked row of a training file."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from labelwright.contracts import Dialect, Prepared
from labelwright.examples import Example
from labelwright.pipeline.outfit import Outfit
from labelwright.problems import Place, Problem, Problems, Severity
from labelwright.report.model import Counts


class RowMaker:
    """Makes rows of one dialect. ``outfit``: what readies media and places for it, where there are some."""

    def __init__(self, dialect: Dialect, outfit: Outfit | None) -> None:
        """Compile the dialect's checks."""
        from labelwright.quality.rowcheck import RowChecker  # late: formats have no schema

        self._dialect, self._outfit = dialect, outfit
        self._checker = RowChecker(dialect)
        self._unfit = getattr(dialect, "unfit", None)
        self._encode = msgspec.json.Encoder().encode

    def make(
        self, example: Example, place: Place, counts: Counts, problems: Problems
    ) -> tuple[bytes, Example] | None:
        """The line of a row, and the example as written; None for what cannot be one, which is said."""
        prepared: Sequence[Prepared] = ()
        if self._outfit is not None:
            fitted = self._outfit.fit(example, place, problems)
            if fitted is None:
                counts.unrendered += 1
                return None
            example, prepared = fitted
        if self._unfit is not None and self._refuses(example, place, problems):
            counts.unrendered += 1
            return None
        row = self._dialect.row(example)
        if not self._checker.accepts(row):
            counts.refused += 1
            problems.extend(self._checker.explain(row, place))
            return None
        line = self._encode(row)
        if prepared and self._outfit is not None:
            line = self._outfit.finish(line, prepared)
        return line, example

    def _refuses(self, example: Example, place: Place, problems: Problems) -> bool:
        """Say what of an example the dialect cannot hold; whether that leaves no row at all."""
        assert self._unfit is not None
        found: list[Problem] = list(self._unfit(example, place))
        problems.extend(found)
        return any(p.severity is Severity.ERROR and not p.loss for p in found)
