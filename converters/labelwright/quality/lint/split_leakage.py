"""A row of one file is found again in another, such as in training and validation.

What a model has been trained on cannot test it: the score is then too good. Give the files of all splits
to one run. The same input in two files is an error; one that reads alike (see ``near-duplicates``) is a
warning. Needs the package ``rensa``.
"""

from __future__ import annotations

from collections.abc import Iterable

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import SPLITS, Rule
from labelwright.quality.lint._words import percent

LEAKED = ProblemType(
    "lint.split-leakage",
    "The same input is in two splits",
    "the input equals that of {first}",
    "Keep it in one of the files; split by item, as convert --split does.",
)
NEARLY = ProblemType(
    "lint.split-leakage-near",
    "Rows that read alike are in two splits",
    "the row is {likeness} like {first}",
    "Keep both on one side, or leave one out.",
    Severity.WARNING,
)


class SplitLeakage(Rule):
    """Asks for the twin of each row in the files before its own."""

    name = "split-leakage"
    needs = SPLITS
    package = "rensa"

    def see(self, row: Row) -> Iterable[Problem]:
        """Whether a row of an earlier file reads alike."""
        twin = self.context.similar.twins(row).other
        if twin is not None:
            kind = LEAKED if twin.likeness == 1.0 else NEARLY
            yield kind.at(row.place, first=twin.place, likeness=percent(twin.likeness))


plugin = SplitLeakage
