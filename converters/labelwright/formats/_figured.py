"""Boxes around figures, where a format has one row for the two."""

from __future__ import annotations

from msgspec.structs import replace

from labelwright.formats._boxed import Boxes
from labelwright.formats._losses import FIGURE_BOX
from labelwright.formats._pictures import Accounts, Drawn, Picture
from labelwright.geometry.shapes import Box, Skeleton


def companions(picture: Picture) -> dict[int, Drawn]:
    """Boxes that go into the row of a figure of the same group and label, if it has none of its own.

    By their own id, and by minus the figure's.
    """
    found: dict[int, Drawn] = {}
    free = {
        (d.shape.group, d.shape.label): d
        for d in reversed(picture.drawn)
        if d.shape.group and isinstance(d.shape.geometry, Box)
    }
    for drawn in picture.drawn:
        if isinstance(drawn.shape.geometry, Skeleton) and drawn.shape.box is None:
            box = free.pop((drawn.shape.group, drawn.shape.label), None)
            if box is not None:
                found[id(box)] = found[-id(drawn)] = box
    return found


def box_around(
    picture: Picture, drawn: Drawn, mate: Drawn | None, boxes: Boxes, accounts: Accounts
) -> Box | None:
    """The upright box inside the image that was drawn around a figure: its own, or that of its ``mate``."""
    shape = drawn.shape
    if shape.box is None:
        return None if mate is None else boxes.box(picture, mate)
    found = boxes.upright(picture, replace(drawn, shape=replace(shape, geometry=shape.box)))
    if isinstance(found, Box):
        return found
    accounts.said(picture, drawn, FIGURE_BOX.at(drawn.place, target=boxes.target))
    return None
