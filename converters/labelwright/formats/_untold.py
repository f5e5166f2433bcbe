"""Answers about whole images, where a format holds shapes alone."""

from __future__ import annotations

from labelwright.contracts import Template
from labelwright.formats._losses import TAG
from labelwright.formats._pictures import Picture, shape_controls
from labelwright.problems import Problems


class Tags:
    """Says once an item which of its answers a format does not hold."""

    def __init__(
        self, template: Template, target: str, problems: Problems, held: frozenset[str] = frozenset()
    ) -> None:
        """``held``: the controls whose answers the format holds."""
        drawn = {*shape_controls(template), *held}
        self._asked = [n for n, c in template.controls.items() if n not in drawn and not c.on]
        self._target, self._problems = target, problems
        self._last: object = None

    def tell(self, picture: Picture) -> None:
        """Enter what is lost of an image's item, unless the image before was of the same item."""
        if picture.item is self._last:
            return
        self._last = picture.item
        names = [n for n in self._asked if picture.answers.get(n) not in (None, "", (), [])]
        if names:
            self._problems.add(TAG.at(picture.place, target=self._target, names=", ".join(names)))
