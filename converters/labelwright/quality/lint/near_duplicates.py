"""Two rows of one file read alike.

Copies make a data set look larger than it is and weigh what they teach more than anybody decided. The
words of an item, without instructions, are compared by the Jaccard likeness of their runs of five
characters, estimated by MinHash from the first 20,000 characters; 0.9 and above is alike (ours). Short
texts and questions about media count only if they are the same. Needs the package ``rensa``.
"""

from __future__ import annotations

from collections.abc import Iterable

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Rule
from labelwright.quality.lint._words import percent

NEAR = ProblemType(
    "lint.near-duplicates",
    "Two rows read alike",
    "the row is {likeness} like {first}",
    "Keep one of them, unless the weight is wanted.",
    Severity.WARNING,
)


class NearDuplicates(Rule):
    """Asks for the twin of each row in its own file."""

    name = "near-duplicates"
    package = "rensa"

    def see(self, row: Row) -> Iterable[Problem]:
        """Whether an earlier row of the same file reads alike."""
        twin = self.context.similar.twins(row).same
        if twin is not None:
            yield NEAR.at(row.place, likeness=percent(twin.likeness), first=twin.place)


plugin = NearDuplicates
