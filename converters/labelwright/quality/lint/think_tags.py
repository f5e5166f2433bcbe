"""Reasoning is not one pair of tags before the answer.

Reasoning goes between ``<think>`` and ``</think>`` (Datature Vi: ``<datature_think>``) at the very start
of the target, and the answer follows. Wrong are tags that are not closed, occur twice, stand elsewhere or
hold nothing, and reasoning without an answer. Two kinds of tags in one run are a warning; how many rows
have reasoning is noted where some have and some have not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.dialects._targets import TAGS, think_tags
from labelwright.problems import Place, Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule

BROKEN = ProblemType(
    "lint.think-tags",
    "Reasoning tags are broken",
    "{said}",
    "Write <think>reasoning</think>answer, with words in both places.",
)
TWO_KINDS = ProblemType(
    "lint.think-tags-mixed",
    "Reasoning stands between different tags",
    "{first} has <{one}>, {second} has <{other}>",
    "Use one tag; convert --think-tag writes the one you name.",
    Severity.WARNING,
)
SOME = ProblemType(
    "lint.think-tags-some",
    "Some rows have reasoning and some have not",
    "{count} of {rows} rows have reasoning",
    "None needed if that is meant.",
    Severity.NOTE,
)


class ThinkTags(Rule):
    """Looks at the tags of each target and at their kinds."""

    name = "think-tags"

    def __init__(self, context: Context) -> None:
        """No tag seen yet."""
        super().__init__(context)
        self._first: dict[str, Place] = {}
        self._rows = self._thinking = 0

    def see(self, row: Row) -> Iterable[Problem]:
        """What is wrong with the tags of one target."""
        self._rows += 1
        if "think>" not in row.taught:
            return
        self._thinking += 1
        for tag in TAGS:
            if f"<{tag}>" in row.taught:
                self._first.setdefault(tag, row.place)
        for broken in think_tags(row.taught, ""):
            yield BROKEN.at(row.place, said=broken.message)

    def finish(self) -> Iterator[Problem]:
        """Different tags, and reasoning in some rows only."""
        if len(self._first) > 1:
            (one, first), (other, second) = list(self._first.items())[:2]
            yield TWO_KINDS.at(second, first=first, one=one, second=second, other=other)
        if 0 < self._thinking < self._rows:
            yield SOME.at(count=self._thinking, rows=self._rows)


plugin = ThinkTags
