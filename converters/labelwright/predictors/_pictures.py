"""Images as models see them, and what models found in them as shapes of the image that people see.

People see an image upright, as browsers show it, unless the tool's own size of it says that it shows
the pixels as they are stored. Models see it no larger than they can use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct

from labelwright.contracts import Guess, Query
from labelwright.geometry.boxes import box_from_corners, clip_box
from labelwright.geometry.measures import extent_box
from labelwright.geometry.reframe import turned_size
from labelwright.geometry.shapes import Box, Geometry, Polygon, Ring
from labelwright.io import pictures
from labelwright.media import kinds, pixels
from labelwright.media import problems as p
from labelwright.media.names import shown as as_shown
from labelwright.media.sources import Fault
from labelwright.problems import DataError, Place, Problem, UsageError
from labelwright.records import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelwright.contracts import Asked, Control

LEAST_SIDE = 4  # pixels; what is thinner shows nothing


class Picture(Struct):
    """An image: ``pixels`` (rows of red, green, blue), and width and height of it as people see it."""

    pixels: NDArray[np.uint8]
    size: tuple[int, int]

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels that people see to one of ``pixels``, along x and y."""
        height, width = self.pixels.shape[:2]
        return self.size[0] / width, self.size[1] / height

    def moved(self, points: Sequence[Sequence[float]]) -> Ring:
        """Points of ``pixels`` in the image that people see."""
        across, down = self.scale
        return tuple((float(x) * across, float(y) * down) for x, y in points)

    def box(self, x1: float, y1: float, x2: float, y2: float) -> Box | None:
        """Two corners in ``pixels`` as a box inside the image that people see; None if nothing is left."""
        (left, top), (right, bottom) = self.moved(((x1, y1), (x2, y2)))
        return clip_box(Box(left, top, right - left, bottom - top), *self.size)


def picture_of(query: Query, name: str, side: int) -> Picture:
    """An image of an item, scaled down to ``side`` pixels where it is larger.

    Raises ``DataError`` where there is none, or none that can be decoded within bounds.
    """
    data = query.file(name)
    place, uri = Place(item=str(query.item.key), path=name), as_shown(str(query.item.inputs[name]))
    try:
        return _decoded(data, query.item.size(name), side)
    except Fault as fault:
        raise DataError(fault.kind.at(place, uri=uri, **fault.what)) from None


def _decoded(data: bytes, told: tuple[int, int] | None, side: int) -> Picture:
    found = pictures.look(data)
    if not data:
        raise Fault(p.EMPTY)
    if found is None:
        raise Fault(p.NOT_AN_IMAGE, what=kinds.what_it_is(data))
    if found.frames > 1:
        raise Fault(p.ANIMATED)
    if found.width * found.height > pixels.MOST_PIXELS:
        raise pixels.too_many(found.width, found.height)
    if found.reason:
        raise Fault(p.TRUNCATED, reason=found.reason)
    if not found.width:
        found = pixels.checked(data, found)
    raw = (found.width, found.height)
    upright = turned_size(raw, found.turn)
    shown = told or upright
    if shown not in (upright, raw):
        sizes = {"shown": "{} x {}".format(*shown), "true": "{} x {}".format(*upright)}
        raise Fault(p.SIZE_DIFFERS, **sizes)
    if min(shown) < LEAST_SIDE:
        raise Fault(p.TOO_SMALL, width=shown[0], height=shown[1], limit=LEAST_SIDE)
    factor = min(1.0, side / max(shown))
    wanted = (max(1, round(shown[0] * factor)), max(1, round(shown[1] * factor)))
    return Picture(pixels.colours(data, found, shown == upright, wanted), shown)


def each(batch: Sequence[Query], guess: Callable[[Query], Guess]) -> list[Guess | Problem]:
    """A guess for each query; the problem where its file cannot be had or read."""
    found: list[Guess | Problem] = []
    for query in batch:
        try:
            found.append(guess(query))
        except DataError as error:
            found.append(error.problem)
    return found


def drawable(asked: Asked, able: Sequence[str]) -> tuple[str, ...]:
    """The controls of shapes that may be drawn in one of the ways ``able``. Raises ``UsageError`` if none."""
    controls = [c for c in asked.controls if asked.template.controls[c].kind is Kind.SHAPES]
    found = tuple(c for c in controls if allowed(asked.template.controls[c], able))
    if controls and not found:
        drawn = ", ".join(asked.template.controls[controls[0]].shapes)
        raise UsageError(f"it draws {' or '.join(able)}; control {controls[0]!r} takes {drawn}")
    return found


def allowed(control: Control, able: Sequence[str]) -> str:
    """The first of the ways ``able`` in which a control may be drawn; empty if there is none."""
    return next((one for one in able if not control.shapes or one in control.shapes), "")


def outlined(corners: Ring, control: Control, size: tuple[int, int]) -> Geometry | None:
    """Four corners as the control may draw them: a box, turned if that may be, else a polygon."""
    if allowed(control, ("box", "polygon")) == "polygon":
        return Polygon.of(tuple((min(max(x, 0.0), size[0]), min(max(y, 0.0), size[1])) for x, y in corners))
    if control.rotated:
        return box_from_corners(corners, tolerance=inf)  # a rectangle along their mean directions
    return clip_box(extent_box(Polygon.of(corners)), *size)


def label_of(offered: Sequence[str], wanted: str, alike: Sequence[str] = ()) -> str:
    """The project's label that means ``wanted``: of its name or one ``alike``, or the only one there is.

    Empty where the project has no labels; else ``wanted``, which is then told as unknown.
    """
    if not offered:
        return ""
    names = {wanted.casefold(), *alike}
    found = [one for one in offered if one.casefold() in names]
    return found[0] if found else offered[0] if len(offered) == 1 else wanted
