"""Where followed things are, in the notation in which CVAT asked."""

from __future__ import annotations

from labelwright.geometry.measures import extent_box
from labelwright.geometry.shapes import NAMES, Box, Geometry
from labelwright_plugins.cvat.labels import TYPES
from labelwright_plugins.cvat.rows import plain


def as_type(geometry: Geometry, wanted: str) -> list[float] | None:
    """The numbers of a shape of CVAT's type ``wanted``; None where it cannot be one.

    CVAT's trackers know no turned shapes: of one that is not of the wanted type, a rectangle is the extent.
    """
    turned = bool(getattr(geometry, "rotation", 0.0))
    if wanted == "rectangle" and (turned or not isinstance(geometry, Box)):
        geometry = extent_box(geometry)
    elif turned or TYPES[NAMES[type(geometry)]] != wanted:
        return None
    rows = list(plain(geometry))
    return rows[0].points if len(rows) == 1 else None
