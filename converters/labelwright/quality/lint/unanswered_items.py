"""Items that nobody has answered, and items whose answer is empty.

Every item of a training set should have an answer (an annotation guide); what has none teaches nothing and
is left out of the training file. That is how a project in progress looks, so it is a note. An item that was
submitted without any answer is counted apart: it says "there is nothing here", which is right where labels
mark something and an oversight elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.problems import NOWHERE, Place, Problem, ProblemType, Severity
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import percent
from labelwright.records import Item

UNANSWERED = ProblemType(
    "lint.unanswered-items",
    "Items that nobody has answered",
    "{count} of {items} items ({share}) have no submitted annotation; this is the first",
    "Have them labelled, or leave them out on purpose: they give no example.",
    Severity.NOTE,
)
EMPTY = ProblemType(
    "lint.unanswered-items-empty",
    "Items that were submitted without an answer",
    "{count} of {items} items ({share}) were submitted without any answer; this is the first",
    "None needed where there is nothing to mark; else have them labelled again.",
    Severity.NOTE,
)


class UnansweredItems(Rule):
    """Counts items without an answer."""

    name = "unanswered-items"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._items = 0
        self._counts = {UNANSWERED: 0, EMPTY: 0}
        self._places = {UNANSWERED: NOWHERE, EMPTY: NOWHERE}

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """Count one item; remember the first of its kind."""
        self._items += 1
        kind = UNANSWERED if not item.submitted else EMPTY
        if kind is UNANSWERED or not any(a.answers for a in item.submitted):
            if not self._counts[kind]:
                self._places[kind] = Place(source=source, item=item.key.item)
            self._counts[kind] += 1
        return ()

    def finish(self) -> Iterator[Problem]:
        """How many there are."""
        for kind, count in self._counts.items():
            if count:
                share = percent(count / self._items)
                yield kind.at(self._places[kind], count=count, items=self._items, share=share)


plugin = UnansweredItems
