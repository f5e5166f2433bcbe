"""Images on which nothing is marked.

An image that shows nothing to learn from confuses training: every image should have at least one
annotation (an annotation guide). Counted are images that people submitted and on which none of them drew a
shape. Where such images are meant, since "there is none" is what a model is to learn of them, the template
says so with ``negatives = true`` in ``[quality.lint]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.problems import NOWHERE, Place, Problem, ProblemType, Severity
from labelwright.quality.lint._drawn import pictures
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import percent
from labelwright.records import Item

NONE_DRAWN = ProblemType(
    "lint.empty-images",
    "Images on which nothing is marked",
    "on {count} of {items} items ({share}) nobody marked anything; this is the first",
    "Mark what is on them or leave them out; if they are meant, say negatives = true in [quality.lint].",
    Severity.WARNING,
)


class EmptyImages(Rule):
    """Counts items without a shape."""

    name = "empty-images"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._items = self._empty = 0
        self._first = NOWHERE

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """Count one item that anybody submitted."""
        seen = [p for p in pictures(item, self.context.template) if p.annotations]
        self._items += bool(seen)
        if seen and not any(shapes for picture in seen for shapes in picture.drawn):
            if not self._empty:
                self._first = Place(source=source, item=item.key.item)
            self._empty += 1
        return ()

    def finish(self) -> Iterator[Problem]:
        """How many there are."""
        if self._empty and not self.context.lint.negatives:
            share = percent(self._empty / self._items)
            yield NONE_DRAWN.at(self._first, count=self._empty, items=self._items, share=share)


plugin = EmptyImages
