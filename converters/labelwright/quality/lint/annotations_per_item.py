"""Too few items were answered by two or three people.

Agreement is measured where two or three people answer the same items; a small sample will do (an annotation
guide). Where no item has two answers, agreement cannot be known: a warning. Counted are the submitted
answers of different people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import percent
from labelwright.records import Item

ALONE = ProblemType(
    "lint.annotations-per-item",
    "No item was answered by two people",
    "none of {items} answered items has answers of two people",
    "Have two or three people answer the same sample of items.",
    Severity.WARNING,
)
OVERLAP = ProblemType(
    "lint.annotations-per-item-found",
    "How many people answered an item",
    "{share} of {items} answered items have answers of two people or more, at most {most}",
    "None needed: two or three on a sample are enough to measure agreement.",
    Severity.NOTE,
)


class AnnotationsPerItem(Rule):
    """Counts people for each item."""

    name = "annotations-per-item"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._people: Counter[int] = Counter()

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """Count the people of one item."""
        self._people[len({a.annotator for a in item.submitted})] += 1
        return ()

    def finish(self) -> Iterator[Problem]:
        """The share of items with several."""
        items = self._people.total() - self._people[0]
        several = items - self._people[1]
        if not items:
            return
        if not several:
            yield ALONE.at(items=items)
        else:
            yield OVERLAP.at(share=percent(several / items), items=items, most=max(self._people))


plugin = AnnotationsPerItem
