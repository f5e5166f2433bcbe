"""A slice of the data has too few items, or none of a key that slices are made by.

Rare cases are what a model fails on: a long tail has to be there in numbers to be learnt and tested (an
annotation service's quality loop). ``slices`` in ``[quality.lint]`` maps a key of the items' data or meta
to the least number of answered items that each of its values needs, such as ``slices = { region = 20 }``;
without it there is nothing to count. A slice that no item is in cannot be known. At most 1,000 values of a
key are counted: a key with more makes no slices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._facets import facet
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import quoted
from labelwright.records import Item

SMALL = ProblemType(
    "lint.slices",
    "A slice of the data has few items",
    "{count} of {items} answered items have {key} = {value}; each slice needs {least}",
    "Label more items of this slice, or leave it out and say that the data does not cover it.",
    Severity.WARNING,
)
NO_SLICES = ProblemType(
    "lint.slices-unknown",
    "A key gives no slices",
    "the key {key!r} gives no slices: {why}",
    "Correct the key in [quality.lint], or give the items a value under it.",
    Severity.WARNING,
)
MAX_VALUES = 1000


class Slices(Rule):
    """Counts answered items by the value of each key."""

    name = "slices"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._counts: dict[str, Counter[str]] = {key: Counter() for key in context.lint.slices}
        self._items = 0

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """Count one item."""
        if item.submitted:
            self._items += 1
            for key, values in self._counts.items():
                value = facet(item, key)
                if value and (value in values or len(values) <= MAX_VALUES):
                    values[value] += 1
        return ()

    def finish(self) -> Iterator[Problem]:
        """Slices that are too small."""
        for key, values in self._counts.items():
            if not values and self._items:
                yield NO_SLICES.at(key=key, why="no answered item has it")
            elif len(values) > MAX_VALUES:
                yield NO_SLICES.at(key=key, why=f"it has more than {MAX_VALUES:,} values")
            else:
                least = self.context.lint.slices[key]
                for value, count in sorted(values.items()):
                    if count < least:
                        yield SMALL.at(
                            count=count, items=self._items, key=key, value=quoted(value), least=least
                        )


plugin = Slices
