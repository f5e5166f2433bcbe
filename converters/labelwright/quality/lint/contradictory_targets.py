"""The same input teaches two different things.

A model that sees one input with two targets learns neither. Inputs count as the same if they differ in
case and white space alone; so do targets. Media belong to the input. Source: an annotation guide's rule
to use the same label for the same outcome every time. Digests are remembered,
no texts: about 300 bytes a row.
"""

from __future__ import annotations

from collections.abc import Iterable

from labelwright.problems import Place, Problem, ProblemType
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule

CONTRADICTORY = ProblemType(
    "lint.contradictory-targets",
    "The same input has different targets",
    "the input equals that of {first}, the target differs",
    "Decide for one answer; adjudicate the item in the annotation tool.",
)


class ContradictoryTargets(Rule):
    """Compares each row with the first one that asked the same."""

    name = "contradictory-targets"

    def __init__(self, context: Context) -> None:
        """Nothing seen yet."""
        super().__init__(context)
        self._first: dict[bytes, tuple[Place, bytes]] = {}

    def see(self, row: Row) -> Iterable[Problem]:
        """Whether an earlier row asked the same and taught something else."""
        if row.given and row.learnt:
            place, learnt = self._first.setdefault(row.given, (row.place, row.learnt))
            if learnt != row.learnt:
                yield CONTRADICTORY.at(row.place, first=place)


plugin = ContradictoryTargets
