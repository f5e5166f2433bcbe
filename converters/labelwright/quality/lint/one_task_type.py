"""Different kinds of targets meet in one data set.

A data set has one task type (annotation guides agree on that). Targets that are JSON and targets that are
not, each in at least one row of twenty (ours), are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from labelwright.problems import NOWHERE, Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule
from labelwright.quality.lint._words import percent

MIXED = ProblemType(
    "lint.one-task-type",
    "Targets of different kinds meet",
    "{share} of {rows} targets are JSON, the others are not (the first of the rarer kind is named)",
    "Split the data set by task, or correct the targets that are out of line.",
    Severity.WARNING,
)
SHARE = 0.05


class OneTaskType(Rule):
    """Counts JSON targets and others."""

    name = "one-task-type"

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._counts = {True: 0, False: 0}
        self._first = {True: NOWHERE, False: NOWHERE}

    def see(self, row: Row) -> Iterable[Problem]:
        """Count one target."""
        answer = row.answer.strip()
        if answer:
            kind = _is_json(answer)
            if not self._counts[kind]:
                self._first[kind] = row.place
            self._counts[kind] += 1
        return ()

    def finish(self) -> Iterator[Problem]:
        """Both kinds, and more than now and then."""
        rows = sum(self._counts.values())
        rarer = min(self._counts, key=lambda k: self._counts[k])
        if rows and self._counts[rarer] and self._counts[rarer] >= SHARE * rows:
            share = percent(self._counts[True] / rows)
            yield MIXED.at(self._first[rarer], share=share, rows=rows)


def _is_json(answer: str) -> bool:
    if answer[0] not in "{[":
        return False
    try:
        msgspec.json.decode(answer.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


plugin = OneTaskType
