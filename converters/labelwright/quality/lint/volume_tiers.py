"""How far the number of rows reaches.

A template names the numbers of examples from which tuning is worth trying, is recommended and is fit for
production. The tier reached, and what the next one lacks, is noted. Size alone is no fault: fifty rows
that agree are worth more than five hundred that do not (an annotation guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import TEMPLATE, Context, Rule
from labelwright.quality.volumes import reached_volume

BELOW = ProblemType(
    "lint.volume-tiers",
    "There are fewer rows than the template asks for",
    "{rows} rows; the tier {tier!r} begins at {needed}",
    "Label {missing} more items.",
    Severity.NOTE,
)
REACHED = ProblemType(
    "lint.volume-tiers-reached",
    "The tier of volume that is reached",
    "{rows} rows reach the tier {reached!r}{rest}",
    "None needed.",
    Severity.NOTE,
)


class VolumeTiers(Rule):
    """Counts rows."""

    name = "volume-tiers"
    needs = TEMPLATE

    def __init__(self, context: Context) -> None:
        """No row yet."""
        super().__init__(context)
        self._rows = 0

    def see(self, row: Row) -> Iterable[Problem]:
        """Count."""
        self._rows += 1
        return ()

    def finish(self) -> Iterator[Problem]:
        """The tier."""
        assert self.context.template is not None
        tiers = self.context.template.quality.volumes
        if not tiers:
            return
        volume = reached_volume(self._rows, tiers)
        if volume.reached:
            rest = f"; {volume.missing} more reach {volume.next!r}" if volume.next else ""
            yield REACHED.at(rows=self._rows, reached=volume.reached, rest=rest)
            return
        problem = BELOW.at(rows=self._rows, tier=volume.next, needed=tiers[volume.next])
        yield msgspec.structs.replace(problem, remedy=BELOW.remedy.format(missing=volume.missing))


plugin = VolumeTiers
