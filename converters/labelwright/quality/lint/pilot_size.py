"""The size of a pilot: 1,000 to 5,000 items of one task type.

An annotation service's advice is to run one task type through the whole loop of quality at that size
before labelling more. This is a note, not a fault: small data sets may be meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule

OUTSIDE = ProblemType(
    "lint.pilot-size",
    "The data set is not of a pilot's size",
    "{rows} rows are {how} a pilot's {least:,} to {most:,}",
    "None needed if it is no pilot; else run a pilot with the full quality loop first.",
    Severity.NOTE,
)
LEAST, MOST = 1_000, 5_000


class PilotSize(Rule):
    """Counts rows."""

    name = "pilot-size"

    def __init__(self, context: Context) -> None:
        """No row yet."""
        super().__init__(context)
        self._rows = 0

    def see(self, row: Row) -> Iterable[Problem]:
        """Count."""
        self._rows += 1
        return ()

    def finish(self) -> Iterator[Problem]:
        """Hold the number against the bounds."""
        if not LEAST <= self._rows <= MOST:
            how = "fewer than" if self._rows < LEAST else "more than"
            yield OUTSIDE.at(rows=f"{self._rows:,}", how=how, least=LEAST, most=MOST)


plugin = PilotSize
