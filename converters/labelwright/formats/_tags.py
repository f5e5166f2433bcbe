"""Answers about a whole image or film, which formats of images hold beside its name or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from labelwright.contracts import Template
from labelwright.formats._losses import TAG
from labelwright.formats._pictures import Picture, answered, asked_of_all
from labelwright.problems import Place, Problems
from labelwright.records import Kind

# Answers that are plain JSON and mean the same without the item's other parts.
PLAIN = frozenset(
    (
        Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.RATING, Kind.NUMBER, Kind.DATE, Kind.TEXT, Kind.JSON,
    )
)  # fmt: skip


def plain_tags(template: Template) -> list[str]:
    """The controls asked of the whole item whose answers are plain."""
    return [n for n in asked_of_all(template) if template.controls[n].kind in PLAIN]


class Tags:
    """Says once an item which of its answers a format does not hold."""

    def __init__(
        self, template: Template, target: str, problems: Problems, held: Collection[str] = ()
    ) -> None:
        """``held``: the controls whose answers the format holds."""
        self._lost = [n for n in asked_of_all(template) if n not in held]
        self._target, self._problems = target, problems
        self._last: object = None

    def tell(self, picture: Picture, also: Iterable[str] = ()) -> None:
        """Enter what is lost of an image's item, unless the image before was of the same item.

        ``also``: answers that this image has no place for, though others may.
        """
        if picture.item is not self._last:
            self._last = picture.item
            self.enter(picture.answers, picture.place, also)

    def enter(self, answers: dict[str, Any], place: Place, also: Iterable[str] = ()) -> None:
        """Enter what is lost of an item's answers."""
        names = [*answered(self._lost, answers), *also]
        if names:
            self._problems.add(TAG.at(place, target=self._target, names=", ".join(names)))
