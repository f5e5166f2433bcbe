"""Pixels to the whole numbers that a notation writes, and back.

Every value is a whole number of steps from the image's top left corner; a notation may write it divided
by a power of ten. ``Extent`` is x1, y1, x2, y2 in pixels.
"""

from __future__ import annotations

from math import floor
from typing import Protocol, TypeAlias

from msgspec import Struct

from labelwright.geometry.measures import Extent

Values: TypeAlias = tuple[int, ...]  # x1, y1, x2, y2 of a box; x, y of a point


class Grid(Protocol):
    """The steps of one image."""

    def box(self, extent: Extent) -> tuple[Values, bool]:
        """The four values of a box within the image, and whether it had to be widened to have an area."""
        ...

    def spot(self, x: float, y: float) -> Values:
        """The two values of a point within the image."""
        ...

    def extent(self, values: Values) -> Extent:
        """Where four values, each in range, are; for two, the point twice."""
        ...

    @property
    def quantum(self) -> tuple[float, float]:
        """Pixels between neighbouring values along x and y."""
        ...


class Axis(Struct, frozen=True):
    """One side of an image of ``side`` pixels in ``steps``; values are 0 to ``last``.

    ``down``: cut off rather than round to the nearest. ``shift`` is where within its step a value is read.
    """

    side: int
    steps: int
    last: int
    down: bool = False
    shift: float = 0.0

    def value(self, pixel: float) -> int:
        """The value of a coordinate; what lies beyond the last is the last."""
        at = pixel * self.steps / self.side
        return min(max(floor(at if self.down else at + 0.5), 0), self.last)

    def pixel(self, value: float) -> float:
        """Where a value is."""
        return (value + self.shift) * self.side / self.steps

    def pair(self, low: float, high: float) -> tuple[int, int]:
        """The values of two coordinates, the second greater: one step apart if they fall together."""
        a, b = self.value(low), self.value(high)
        if a < b:
            return a, b
        up = abs(self.pixel(b + 1) - high) if b < self.last else float("inf")
        below = abs(self.pixel(a - 1) - low) if a > 0 else float("inf")
        return (a, b + 1) if up <= below else (a - 1, b)


class Steps(Struct, frozen=True):
    """An axis each way."""

    x: Axis
    y: Axis

    @classmethod
    def of(cls, size: tuple[int, int], steps: tuple[int, int], last: int = -1, **how: float) -> Steps:
        """Both axes alike; ``last`` is the greatest value (-1: the number of steps)."""
        made = [
            Axis(side, n, n if last < 0 else last, bool(how.get("down")), how.get("shift", 0.0))
            for side, n in zip(size, steps, strict=True)
        ]
        return cls(made[0], made[1])

    def box(self, extent: Extent) -> tuple[Values, bool]:
        """See ``Grid``."""
        x1, y1, x2, y2 = extent
        a, c = self.x.pair(x1, x2)
        b, d = self.y.pair(y1, y2)
        plain = (self.x.value(x1), self.y.value(y1), self.x.value(x2), self.y.value(y2))
        return (a, b, c, d), (a, b, c, d) != plain

    def spot(self, x: float, y: float) -> Values:
        """See ``Grid``."""
        return self.x.value(x), self.y.value(y)

    def extent(self, values: Values) -> Extent:
        """See ``Grid``."""
        x1, y1, *end = values
        x2, y2 = end or (x1, y1)
        return self.x.pixel(x1), self.y.pixel(y1), self.x.pixel(x2), self.y.pixel(y2)

    @property
    def quantum(self) -> tuple[float, float]:
        """See ``Grid``."""
        return self.x.side / self.x.steps, self.y.side / self.y.steps
