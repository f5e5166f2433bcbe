"""A shape in pixels as the ``value`` of a result, in percent of its image: what ``drawn`` reads."""

from __future__ import annotations

import hashlib
from typing import Any

from labelwright.geometry.boxes import box_to_label_studio
from labelwright.geometry.brush import brush_of
from labelwright.geometry.ellipses import ellipse_to_label_studio
from labelwright.geometry.rle import paste
from labelwright.geometry.shapes import Box, Ellipse, Mask, Point, Polyline, Ring
from labelwright_plugins.label_studio.bitmask import png_of

MARKER = 0.5  # percent of the image's width: how large the page draws a point
Value = dict[str, Any]


def short_id(*parts: object) -> str:
    """Ten letters and digits that say the same each time."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:10]


def box_value(box: Box, width: int, height: int) -> Value:
    """A rectangle, turned about its top left corner."""
    keys = ("x", "y", "width", "height", "rotation")
    return dict(zip(keys, box_to_label_studio(box, width, height), strict=True))


def ellipse_value(ellipse: Ellipse, width: int, height: int) -> Value:
    """An ellipse by centre and radii."""
    keys = ("x", "y", "radiusX", "radiusY", "rotation")
    return dict(zip(keys, ellipse_to_label_studio(ellipse, width, height), strict=True))


def _percent(point: Point, width: int, height: int) -> tuple[float, float]:
    return point[0] * 100 / width, point[1] * 100 / height


def polygon_value(ring: Ring, width: int, height: int, closed: bool = True) -> Value:
    """A polygon, or a line that is not closed."""
    return {"points": [list(_percent(p, width, height)) for p in ring], "closed": closed}


def point_value(point: Point, width: int, height: int) -> Value:
    """A keypoint."""
    x, y = _percent(point, width, height)
    return {"x": x, "y": y, "width": MARKER}


def vector_value(line: Polyline, width: int, height: int, region: str) -> Value:
    """A line of vertices, each of which names the one before it."""
    vertices: list[Value] = []
    for number, point in enumerate(line.points):
        x, y = _percent(point, width, height)
        vertex: Value = {"x": x, "y": y, "id": short_id(region, number)}
        if vertices:
            vertex["prevPointId"] = vertices[-1]["id"]
        handles = line.handles[number] if line.handles else None
        vertex["isBezier"] = handles is not None
        for name, handle in zip(("controlPoint1", "controlPoint2"), handles or (), strict=False):
            across, down = _percent(handle, width, height)
            vertex[name] = {"x": across, "y": down}
        vertices.append(vertex)
    return {"vertices": vertices, "closed": line.closed}


def mask_value(mask: Mask, width: int, height: int, tag: str) -> Value:
    """A mask that lies within its image, as the tag stores it."""
    if tag.startswith("Bitmask"):
        return {"imageDataURL": png_of(paste(mask, width, height))}
    return {"format": "rle", "rle": brush_of(mask, width, height)}
