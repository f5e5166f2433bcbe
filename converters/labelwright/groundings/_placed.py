"""The shapes of a grounding as the values of a notation's grid; what does not go along is said."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from msgspec import Struct

from labelwright.contracts import places_in
from labelwright.examples import Grounding, Pointed
from labelwright.geometry.faults import numbers
from labelwright.geometry.measures import Extent, extent
from labelwright.geometry.shapes import Box, Geometry, Points, name_of
from labelwright.groundings import _problems as said
from labelwright.groundings._grids import Grid, Values
from labelwright.problems import WRITE, Place, Problems, ProblemType

NOISE = 1e-3  # pixels: what tools that count in percent are off by at an image's edge is no part of a shape


class Placed(Struct):
    """An object ready to be written: ``places`` are four values of a box each, or two of a point."""

    label: str
    places: list[Values]
    start: int = -1
    end: int = -1
    answers: tuple[tuple[str, Any], ...] = ()


class Placer(Struct):
    """Puts the objects of one grounding on a grid. ``holds`` is that of the notation."""

    title: str
    holds: frozenset[str]
    grid: Grid
    size: tuple[int, int]
    place: Place
    problems: Problems

    def say(self, kind: ProblemType, thing: Pointed, **what: Any) -> None:
        """Add a problem of one object."""
        width, height = self.size
        told = {"target": self.title, "label": thing.label, "width": width, "height": height, **what}
        self.problems.add(kind.at(self.place, **told))

    def lose(self, kind: ProblemType, label: str, places: int, **what: Any) -> None:
        """Add a problem that costs whole places: it counts once for each."""
        width, height = self.size
        told = {"target": self.title, "label": label, "width": width, "height": height, **what}
        self.problems.lose(WRITE, kind.at(self.place, **told), places)

    def objects(self, grounding: Grounding) -> list[Placed]:
        """The objects of which at least one place is left, in their order."""
        return [placed for thing in grounding.objects if (placed := self._object(thing)).places]

    def _object(self, thing: Pointed) -> Placed:
        across, down = self.grid.quantum
        placed = Placed(thing.label, [], thing.start, thing.end, thing.answers)
        if not thing.shapes:
            self.lose(said.SHAPELESS, thing.label, 1)
        rounded = False
        for where in (w for shape in thing.shapes for w in self._shape(shape, thing)):
            if len(where) == 2:
                values: Values = self.grid.spot(*where)
                where = (*where, *where)
            else:
                values, widened = self.grid.box(where)
                if widened:
                    self.say(said.WIDENED, thing, across=across, down=down)
            read = self.grid.extent(values)
            rounded |= any(abs(a - b) > 1e-9 * max(self.size) for a, b in zip(read, where, strict=True))
            placed.places.append(values)
        if rounded:
            self.say(said.ROUNDED, thing, across=across, down=down)
        return placed

    def _shape(self, shape: Geometry, thing: Pointed) -> Iterator[Any]:
        """x1, y1, x2, y2 of the box, or x, y of each point, that stands for a shape."""
        if not all(map(isfinite, numbers(shape))):
            alone = Pointed("", (shape,))
            self.lose(said.SHAPELESS, thing.label, places_in(alone, "points" in self.holds))
        elif isinstance(shape, Points):
            if "points" in self.holds:
                yield from self._points(shape, thing)
            else:
                self.lose(said.POINT, thing.label, 1)
        elif (found := self._inside(shape, thing)) is not None:
            if "box" not in self.holds:
                self.say(said.CENTRE, thing, shape=name_of(shape))
                yield (found[0] + found[2]) / 2, (found[1] + found[3]) / 2
            else:
                if not isinstance(shape, Box) or shape.rotation % 90:
                    kind = "rotated box" if isinstance(shape, Box) else name_of(shape)
                    self.say(said.EXTENT, thing, shape=kind)
                yield found

    def _points(self, shape: Points, thing: Pointed) -> Iterator[Any]:
        width, height = self.size
        if not shape.points:
            self.lose(said.SHAPELESS, thing.label, 1)
        for x, y in shape.points:
            if -NOISE <= x <= width + NOISE and -NOISE <= y <= height + NOISE:
                yield min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))
            else:
                self.lose(said.OUTSIDE, thing.label, 1)

    def _inside(self, shape: Geometry, thing: Pointed) -> Extent | None:
        """The extent of what lies in the image; None (said) if nothing does."""
        width, height = self.size
        try:
            x1, y1, x2, y2 = extent(shape)
        except ValueError:
            self.lose(said.SHAPELESS, thing.label, 1)
            return None
        inverted = isinstance(shape, Box) and min(shape.width, shape.height) < 0
        if inverted or not all(map(isfinite, (x1, y1, x2, y2))):
            self.lose(said.SHAPELESS, thing.label, 1)
            return None
        if x2 <= 0 or y2 <= 0 or x1 >= width or y1 >= height:
            self.lose(said.OUTSIDE, thing.label, 1)
            return None
        if min(x1, y1, width - x2, height - y2) < -NOISE:
            self.say(said.CLIPPED, thing)
        return max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))
