"""What is left of a shape where a format holds upright boxes alone."""

from __future__ import annotations

from math import inf, isfinite

from labelwright.formats._attributes import is_plain
from labelwright.formats._clip import NEAR
from labelwright.formats._losses import (
    AS_BOX,
    CLIPPED,
    LABEL_MISSING,
    LABEL_UNKNOWN,
    NO_AREA,
    NOT_FINITE,
    NOT_HELD,
    OUTSIDE,
    ROTATION,
    SIZE_MISSING,
    Held,
    unheld,
)
from labelwright.formats._pictures import Accounts, Drawn, Picture
from labelwright.geometry.boxes import box_from_corners, clip_box, corners
from labelwright.geometry.measures import extent_box
from labelwright.geometry.shapes import Box, Ellipse, Geometry, Mask, Polygon, name_of
from labelwright.problems import Problem, ProblemType

EXACT = 1e-6  # pixels by which an outline may differ from the rectangle that it is


def as_rectangle(geometry: Geometry) -> Geometry:
    """The box that an outline of four corners exactly is, upright or turned; any other shape as it is."""
    ring = geometry.ring if isinstance(geometry, Polygon) else None
    if not ring:
        return geometry
    ring = ring[:-1] if len(ring) == 5 and ring[0] == ring[4] else ring
    try:
        found = box_from_corners(ring, EXACT)
        around = extent_box(geometry)
    except ValueError:
        return geometry
    places = corners(around)
    upright = all(min(max(abs(x - a), abs(y - b)) for a, b in places) <= EXACT for x, y in ring)
    return around if upright else found


class Boxes:
    """Makes upright boxes inside the image of shapes, and says what that costs, by code and object."""

    def __init__(
        self,
        target: str,
        labels: list[str],
        accounts: Accounts,
        held: Held,
        least: float = 0.0,
        clip: bool = True,
    ) -> None:
        """Say what boxes must be.

        Args:
            target: the format's title.
            labels: those that may be written; none: any.
            accounts: where shapes are entered.
            held: what the format holds beside boxes.
            least: pixels that a side must have.
            clip: boxes end at the image's edge, so that its size must be known.
        """
        self._least, self._clip = least, clip
        self.target, self._labels, self._accounts, self._held = target, frozenset(labels), accounts, held

    def label_problem(self, drawn: Drawn) -> Problem | None:
        """Why a shape's label cannot be written."""
        label = drawn.shape.label
        if not label:
            return LABEL_MISSING.at(drawn.place, target=self.target)
        if self._labels and label not in self._labels:
            return LABEL_UNKNOWN.at(drawn.place, target=self.target, label=label)
        return None

    def box(self, picture: Picture, drawn: Drawn) -> Box | None:
        """The box that is written of a shape; None if it is lost, which is then entered."""
        plain = self._plain(picture, drawn)
        if plain is not None:
            return plain
        wrong = self.label_problem(drawn) or self.size_problem(picture, drawn)
        found = wrong or self.upright(picture, drawn)
        if isinstance(found, Box):
            self.tell(picture, drawn)
            return found
        self._accounts.lose(picture, drawn, found)
        return None

    def _plain(self, picture: Picture, drawn: Drawn) -> Box | None:
        """A box that is written as it stands, with nothing to be said of it: most are. It is entered."""
        shape, size = drawn.shape, picture.size
        box = shape.geometry
        if type(box) is not Box or box.rotation or size is None or shape.label not in self._labels:
            return None
        if shape.score is not None or shape.box is not None or not is_plain(drawn):
            return None
        least = self._least
        if not (box.x >= 0 and box.y >= 0 and box.width > 0 and box.height > 0):
            return None
        if box.width < least or box.height < least:
            return None
        if box.x + box.width > size[0] or box.y + box.height > size[1]:
            return None
        self._accounts.gave(picture, drawn)
        return box

    def size_problem(self, picture: Picture, drawn: Drawn) -> Problem | None:
        """Why a shape of this image has no place."""
        if self._clip and (picture.size is None or min(picture.size) <= 0):
            return SIZE_MISSING.at(drawn.place, target=self.target)
        return None

    def upright(self, picture: Picture, drawn: Drawn) -> Box | Problem:
        """The part inside the image of the upright box around a shape."""
        geometry, said = drawn.shape.geometry, []
        if isinstance(rectangle := as_rectangle(geometry), Box) and not rectangle.rotation:
            geometry = rectangle
        box: Geometry | None = geometry if isinstance(geometry, Box) and not geometry.rotation % 360 else None
        if box is None:
            kind: ProblemType = AS_BOX
            if isinstance(geometry, Box):
                kind = ROTATION
            elif not isinstance(geometry, Ellipse | Polygon | Mask):
                return NOT_HELD[type(geometry)].at(drawn.place, target=self.target)
            said.append(kind.at(drawn.place, target=self.target, kind=name_of(geometry)))
            try:
                box = extent_box(geometry)
            except ValueError:
                return NO_AREA.at(drawn.place, target=self.target, width=0, height=0)
        assert isinstance(box, Box)
        if not (isfinite(box.x) and isfinite(box.y) and isfinite(box.width) and isfinite(box.height)):
            return NOT_FINITE.at(drawn.place)
        if not (box.width > 0 and box.height > 0):
            return NO_AREA.at(drawn.place, target=self.target, width=box.width, height=box.height)
        width, height = (picture.size or (0, 0)) if self._clip else (inf, inf)
        part = clip_box(box, width, height) if self._clip else box
        if part is None:
            return OUTSIDE.at(drawn.place, width=width, height=height)
        if (
            part is not box
            and max(-box.x, -box.y, box.x + box.width - width, box.y + box.height - height) > NEAR
        ):
            said.append(CLIPPED.at(drawn.place, target=self.target))
        if min(part.width, part.height) < self._least:
            return NO_AREA.at(drawn.place, target=self.target, width=part.width, height=part.height)
        for problem in said:
            self._accounts.said(picture, drawn, problem)
        return part

    def tell(self, picture: Picture, drawn: Drawn) -> None:
        """Enter a shape as given, and what is lost of it beside its geometry."""
        for kind, what in unheld(drawn, self._held):
            self._accounts.said(picture, drawn, kind.at(drawn.place, target=self.target, **what))
        self._accounts.gave(picture, drawn)
