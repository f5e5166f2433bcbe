"""What all notations have in common: options, the grid of an image, what they say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

from labelwright.contracts import count_places
from labelwright.examples import Grounding
from labelwright.geometry.measures import Extent
from labelwright.geometry.shapes import Box, Geometry, Points
from labelwright.groundings import _problems as said
from labelwright.groundings._grids import Grid, Steps, Values
from labelwright.groundings._placed import Placed, Placer
from labelwright.problems import WRITE, Place, Problems, UsageError

BOX = frozenset({"box"})
THOUSAND = "0 to 1000 of the image's width and height, rounded to the nearest"


class Base:
    """A notation but for its text. Sub-classes give ``_text`` and ``read``.

    ``scale`` says in words what a number counts, ``order`` in which order the numbers of a box stand.
    """

    name: str = ""
    title: str = ""
    reference: str = ""
    holds: frozenset[str] = BOX
    scale: str = THOUSAND
    order: str = "x1, y1, x2, y2"
    defaults: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        """The notation with these options in place of the defaults. Raises ``UsageError``."""
        self.options: Mapping[str, str] = dict(self.defaults)
        for key, value in (given or {}).items():
            if key not in self.defaults:
                there = ", ".join(self.defaults) or "none"
                raise UsageError(f"--boxes {self.name} has no option {key!r}; there are: {there}")
            self.options = {**self.options, key: value}
        self.set()

    def set(self) -> None:
        """Check the options and take them over. Raises ``UsageError``."""

    def with_options(self, given: Mapping[str, str]) -> Self:
        """See ``Notation``."""
        return type(self)({**self.options, **given})

    def grid(self, size: tuple[int, int]) -> Grid:
        """The steps of an image. Raises ``ValueError`` for one that the model takes not at all."""
        return Steps.of(size, (1000, 1000))

    def quantum(self, size: tuple[int, int]) -> tuple[float, float]:
        """See ``Notation``. Raises ``ValueError`` for a size that cannot be."""
        return self.measured(size).quantum

    def described(self) -> dict[str, Any]:
        """See ``Notation``."""
        return {"name": self.name, "order": self.order, "scale": self.scale}

    def measured(self, size: tuple[int, int]) -> Grid:
        """The grid of an image. Raises ``ValueError`` for a size that cannot be."""
        if min(size) < 1:
            raise ValueError(f"the image's size is {size[0]} x {size[1]} pixels")
        return self.grid(size)

    def write(self, grounding: Grounding, place: Place, problems: Problems) -> str:
        """See ``Notation``."""
        width, height = grounding.size
        told = {"target": self.title, "width": width, "height": height}
        if min(width, height) < 1:
            problems.lose(WRITE, said.SIZE_MISSING.at(place, **told), self._places_in(grounding), times=1)
            return ""
        try:
            grid = self.grid(grounding.size)
        except ValueError as error:
            problem = said.TOO_LONG.at(place, **told, why=error)
            problems.lose(WRITE, problem, self._places_in(grounding), times=1)
            return ""
        placer = Placer(self.title, self.holds, grid, grounding.size, place, problems)
        return self._text(placer.objects(grounding), grounding, placer)

    def _places_in(self, grounding: Grounding) -> int:
        return count_places(grounding, "points" in self.holds)

    def _text(self, placed: list[Placed], grounding: Grounding, placer: Placer) -> str:
        """The text of what is on the grid."""
        raise TypeError(f"{type(self).__name__} writes nothing")


def shape_of(extent: Extent, values: Values) -> Geometry:
    """The box or point that some values say."""
    x1, y1, x2, y2 = extent
    return Box(x1, y1, x2 - x1, y2 - y1) if len(values) == 4 else Points(((x1, y1),))


def in_caption(placed: list[Placed], caption: str, placer: Placer) -> list[Placed]:
    """The objects whose phrase is where they say, in the order of the caption; the others are said."""
    kept = []
    for thing in sorted(placed, key=lambda p: (p.start, p.end)):
        if 0 <= thing.start < thing.end <= len(caption) and caption[thing.start : thing.end] == thing.label:
            kept.append(thing)
        else:
            where = {"start": thing.start, "end": thing.end}
            placer.lose(said.PHRASE_ELSEWHERE, thing.label, len(thing.places), **where)
    return kept
