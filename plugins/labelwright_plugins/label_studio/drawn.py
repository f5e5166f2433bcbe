"""What was drawn: a result's ``value``, in percent of the image, as a shape in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from labelwright.geometry.boxes import box_from_label_studio
from labelwright.geometry.brush import mask_from_brush
from labelwright.geometry.ellipses import ellipse_from_label_studio
from labelwright.geometry.shapes import (
    FARTHEST,
    Box,
    Ellipse,
    Geometry,
    Mask,
    Point,
    Points,
    Polygon,
    Polyline,
)
from labelwright_plugins.label_studio.bitmask import mask_from_png

# The tags that draw, by the shape they give, and what each calls its labels in a result.
DRAWN: dict[str, str] = {
    "Rectangle": "box",
    "RectangleLabels": "box",
    "Ellipse": "ellipse",
    "EllipseLabels": "ellipse",
    "Polygon": "polygon",
    "PolygonLabels": "polygon",
    "Vector": "polyline",
    "VectorLabels": "polyline",
    "KeyPoint": "points",
    "KeyPointLabels": "points",
    "Brush": "mask",
    "BrushLabels": "mask",
    "Bitmask": "mask",
    "BitmaskLabels": "mask",
    "MagicWand": "mask",
    "Magicwand": "mask",
    "VideoRectangle": "box",
}
TYPES = frozenset(tag.lower() for tag in DRAWN)  # of results
LABEL_KEYS = ("labels", *sorted(tag.lower() for tag in DRAWN if tag.endswith("Labels")))
_MARKS = ("rle", "imageDataURL", "vertices", "points", "radiusX", "x", "sequence")


class NotDrawn(ValueError):
    """A value that is no shape. ``empty``: it is one, and covers nothing."""

    def __init__(self, reason: str, empty: bool = False) -> None:
        """Say why."""
        super().__init__(reason)
        self.empty = empty


def is_drawn(value: Any) -> bool:
    """Whether a value holds a shape."""
    return isinstance(value, dict) and any(key in value for key in _MARKS)


def labels_in(value: Mapping[str, Any]) -> list[str] | None:
    """The labels of a value; None where it has none. Raises ``NotDrawn`` if they are no words."""
    for key in LABEL_KEYS:
        found = value.get(key)
        if found is not None:
            if not isinstance(found, list) or not all(isinstance(x, str) for x in found):
                raise NotDrawn("its labels are no list of words")
            return found
    return None


def number(value: Any, name: str) -> float:
    """A finite number. Raises ``NotDrawn``."""
    if type(value) is float or type(value) is int:
        if -FARTHEST <= value <= FARTHEST:
            return float(value)
        beyond = type(value) is int or isfinite(value)
        raise NotDrawn(f"its {name} is {f'beyond {FARTHEST:.0e}' if beyond else 'not finite'}")
    raise NotDrawn(f"it has no {name}" if value is None else f"its {name} is no number")


def shape_of(value: Mapping[str, Any], width: int, height: int) -> tuple[Geometry, int]:
    """The shape of a value on an image of this size, and how many pixels of it were a matter of judgement.

    Raises ``NotDrawn``.
    """
    if "rle" in value:
        return _brush(value["rle"], width, height)
    if "imageDataURL" in value:
        return _bitmask(value["imageDataURL"], width, height)
    if "vertices" in value:
        return _vector(value, width, height), 0
    if "points" in value:
        return _polygon(value, width, height), 0
    x, y = number(value.get("x"), "x"), number(value.get("y"), "y")
    if "radiusX" in value:
        return _ellipse(value, x, y, width, height), 0
    if "height" in value:
        return box_of(value, width, height), 0
    return Points(((x * width / 100, y * height / 100),)), 0


def box_of(value: Mapping[str, Any], width: int, height: int) -> Box:
    """A rectangle, also one of a film. Raises ``NotDrawn``."""
    x, y, w, h = (number(value.get(key), key) for key in ("x", "y", "width", "height"))
    rotation = number(value.get("rotation") or 0, "rotation")
    if w <= 0 or h <= 0:
        raise NotDrawn(f"it is {w:g} % wide and {h:g} % high", empty=True)
    return box_from_label_studio(x, y, w, h, rotation, width, height)


def _ellipse(value: Mapping[str, Any], x: float, y: float, width: int, height: int) -> Ellipse:
    rx, ry = number(value["radiusX"], "radiusX"), number(value.get("radiusY"), "radiusY")
    rotation = number(value.get("rotation") or 0, "rotation")
    if rx <= 0 or ry <= 0:
        raise NotDrawn(f"its radii are {rx:g} % and {ry:g} %", empty=True)
    return ellipse_from_label_studio(x, y, rx, ry, rotation, width, height)


def _point(found: Any, width: int, height: int) -> Point:
    if isinstance(found, dict):
        x, y = found.get("x"), found.get("y")
    elif isinstance(found, list) and len(found) == 2:
        x, y = found
    else:
        raise NotDrawn("one of its points has no x and y")
    return number(x, "x") * width / 100, number(y, "y") * height / 100


def _polygon(value: Mapping[str, Any], width: int, height: int) -> Polygon | Polyline:
    """A polygon that was not closed is a line."""
    if not isinstance(value["points"], list):
        raise NotDrawn("its points are no list")
    points = tuple(_point(found, width, height) for found in value["points"])
    closed = value.get("closed", True)
    if len(set(points)) < (3 if closed else 2):
        raise NotDrawn(f"it has {len(set(points))} different points", empty=True)
    return Polygon.of(points) if closed else Polyline(points)


def _vector(value: Mapping[str, Any], width: int, height: int) -> Polyline:
    vertices = value["vertices"]
    if not isinstance(vertices, list) or not all(isinstance(v, dict) for v in vertices):
        raise NotDrawn("its vertices are no list of points")
    ordered = _in_order(vertices)
    points = tuple(_point(vertex, width, height) for vertex in ordered)
    if len(set(points)) < 2:
        raise NotDrawn(f"it has {len(set(points))} different points", empty=True)
    handles = tuple(_handles(vertex, width, height) for vertex in ordered)
    return Polyline(points, bool(value.get("closed")), handles if any(handles) else ())


def _in_order(vertices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The vertices, each after the one it names. Raises ``NotDrawn`` where they are not one line."""
    ids = [str(vertex.get("id") or "") for vertex in vertices]
    if "" in ids or not any(vertex.get("prevPointId") for vertex in vertices):
        return vertices
    if len(set(ids)) < len(ids):
        raise NotDrawn("two of its vertices have one id")
    after: dict[str, dict[str, Any]] = {}
    for vertex in vertices:
        before = str(vertex.get("prevPointId") or "")
        if before in after:
            raise NotDrawn("it branches or is made of several lines, which one line cannot be")
        after[before] = vertex
    found: list[dict[str, Any]] = []
    at = after.get("") or vertices[0]  # a closed line may have no first vertex
    while at and len(found) < len(vertices):
        found.append(at)
        at = after.get(str(at["id"]), {})
    if len(found) < len(vertices):
        raise NotDrawn("its vertices do not follow each other")
    return found


def _handles(vertex: Mapping[str, Any], width: int, height: int) -> tuple[Point, Point] | None:
    """The control points of a curve: the page calls that before the vertex 1, that after it 2."""
    if not vertex.get("isBezier"):
        return None
    point = _point(vertex, width, height)
    before, after = vertex.get("controlPoint1"), vertex.get("controlPoint2")
    if before is None and after is None:
        return None
    return (
        point if before is None else _point(before, width, height),
        point if after is None else _point(after, width, height),
    )


def _brush(rle: Any, width: int, height: int) -> tuple[Mask, int]:
    if not isinstance(rle, list):
        raise NotDrawn("its run lengths are no list")
    try:
        mask, soft = mask_from_brush(rle, width, height)
    except ValueError as error:
        raise NotDrawn(str(error)) from None
    return _painted(mask), soft


def _bitmask(address: Any, width: int, height: int) -> tuple[Mask, int]:
    try:
        mask, soft = mask_from_png(address, width, height)
    except ValueError as error:
        raise NotDrawn(str(error)) from None
    return _painted(mask), soft


def _painted(mask: Mask) -> Mask:
    if not mask.counts:
        raise NotDrawn("no pixel of it is painted", empty=True)
    return mask
