"""Notations that mark places with tokens within the text."""

from __future__ import annotations

import re
from typing import ClassVar

from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import Geometry
from labelwright.groundings import _problems as said
from labelwright.groundings._grids import Grid, Values
from labelwright.groundings._notation import Base, in_caption, shape_of
from labelwright.groundings._placed import Placed, Placer


class Inline(Base):
    """An element for each object: alone one after the other, or in place of its phrase in a caption.

    ``element`` finds one; its group ``label`` is the label and ``places`` what ``_places`` takes apart.
    ``foreign`` is what no label and no caption may hold: it is replaced by as many spaces. Where
    ``captions`` is false, phrases are written without the caption around them.
    """

    element: ClassVar[re.Pattern[str]]
    foreign: ClassVar[re.Pattern[str]]
    opening = ""  # what the text begins with
    between = "\n"  # objects of a list
    nothing = ""  # how it says that there is nothing
    grouped = True  # things of one label are one element of a list
    captions = True

    def _mark(self, label: str, places: list[Values]) -> str:
        """The element of an object."""
        raise TypeError(f"{type(self).__name__} marks nothing")

    def _places(self, text: str) -> list[Values]:
        """The places that an element says, range unchecked. Raises ``ValueError``."""
        raise TypeError(f"{type(self).__name__} reads nothing")

    def _last(self, grid: Grid) -> Values:
        """The greatest value of x and of y."""
        return 1000, 1000

    # --- writing ---------------------------------------------------------------------------------

    def _text(self, placed: list[Placed], grounding: Grounding, placer: Placer) -> str:
        for thing in placed:
            if thing.answers:
                names = ", ".join(key for key, _ in thing.answers)
                told = {"target": self.title, "names": names, "label": thing.label}
                placer.problems.add(said.ATTRIBUTES.at(placer.place, **told))
        if grounding.caption:
            phrases = in_caption(placed, grounding.caption, placer)
            if self.captions:
                return self.opening + self._caption(phrases, grounding.caption, placer)
            placer.problems.add(said.CAPTION.at(placer.place, target=self.title))
            placed = phrases
        return self._list(placed, placer)

    def _caption(self, placed: list[Placed], caption: str, placer: Placer) -> str:
        pieces, at = [], 0
        plain = self._cleaned(caption, placer)
        for thing in placed:
            label = plain[thing.start : thing.end]
            if thing.start < at:
                placer.lose(said.PHRASES_OVERLAP, thing.label, len(thing.places))
            elif not label.strip():
                placer.lose(said.LABEL_MISSING, thing.label, len(thing.places))
            else:
                pieces += [plain[at : thing.start], self._mark(label, thing.places)]
                at = thing.end
        return "".join([*pieces, plain[at:]])

    def _list(self, placed: list[Placed], placer: Placer) -> str:
        marked: list[tuple[str, list[Values]]] = []
        seen: dict[str, list[Values]] = {}
        for thing in placed:
            label = self._cleaned(thing.label, placer)
            if not label.strip():
                placer.lose(said.LABEL_MISSING, thing.label, len(thing.places))
            elif self.grouped and label in seen:
                seen[label].extend(thing.places)
            else:
                seen[label] = list(thing.places)
                marked.append((label, seen[label]))
        if marked:
            return self.opening + self.between.join(self._mark(*one) for one in marked)
        if not self.nothing:
            placer.problems.add(said.NOTHING.at(placer.place, target=self.title))
        return self.nothing

    def _cleaned(self, text: str, placer: Placer) -> str:
        """The text without what would read as the notation's own; as long as it was."""
        if found := self.foreign.search(text):
            told = {"target": self.title, "token": found[0], "text": text}
            placer.problems.add(said.OWN_TOKENS.at(placer.place, **told))
            text = self.foreign.sub(lambda m: " " * len(m[0]), text)
        return text

    # --- reading ---------------------------------------------------------------------------------

    def read(self, text: str, size: tuple[int, int]) -> Grounding:
        """See ``Notation``: a caption if there are words beside the elements, else a list."""
        grid = self.measured(size)
        if self.nothing and text.strip() == self.nothing:
            return Grounding((), size)
        if not text.startswith(self.opening):
            raise ValueError(f"the text does not begin with {self.opening}")
        objects, words, at = [], "", len(self.opening)
        for found in self.element.finditer(text, at):
            words += self._words(text[at : found.start()])
            label = found["label"]
            objects.append(
                Pointed(
                    label, self._shapes(found["places"], label, grid), len(words), len(words) + len(label)
                )
            )
            words += label
            at = found.end()
        words += self._words(text[at:])
        return self._made(objects, words, size)

    def _made(self, objects: list[Pointed], words: str, size: tuple[int, int]) -> Grounding:
        if not words.strip():
            raise ValueError("the text is empty; the notation has no way to say that there is nothing")
        if objects and words == self.between.join(thing.label for thing in objects):
            return Grounding(tuple(Pointed(o.label, o.shapes) for o in objects), size)
        if not self.captions:
            raise ValueError(f"there are words that belong to no place: {words[:80]!r}")
        return Grounding(tuple(objects), size, words)

    def _words(self, text: str) -> str:
        """Text between elements. Raises ``ValueError`` if it holds part of one."""
        if found := self.foreign.search(text):
            raise ValueError(f"{found[0]!r} belongs to no whole element: {text[found.start() :][:80]!r}")
        return text

    def _shapes(self, text: str, label: str, grid: Grid) -> tuple[Geometry, ...]:
        places = self._places(text)
        if not places:
            raise ValueError(f"{label!r} has no place")
        for values in places:
            self._checked(values, grid, repr(label))
        return tuple(shape_of(grid.extent(values), values) for values in places)

    def _checked(self, values: Values, grid: Grid, what: str) -> None:
        """Raise ``ValueError`` for values out of range or a box that is inverted or empty."""
        last = self._last(grid)
        for value, most in zip(values, last * (len(values) // 2), strict=True):
            if not 0 <= value <= most:
                raise ValueError(f"{what}: {value} is out of range; it goes from 0 to {most}")
        if len(values) == 4 and (values[0] >= values[2] or values[1] >= values[3]):
            raise ValueError(f"{what}: the box {list(values)} is inverted or has no area")
