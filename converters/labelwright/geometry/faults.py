"""What is wrong with a shape, as codes; readers make problems of them."""

from __future__ import annotations

from math import isfinite

from labelwright.geometry.measures import area, hull, points_of, signed_area
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)

NOT_FINITE = "not-finite"  # a coordinate, size or angle is NaN or infinite
EMPTY = "empty"  # nothing is drawn: no point, no part, no pixel; a line of one point, a ring of two
NEGATIVE = "negative-size"  # a box's width or height, an ellipse's radius
NO_AREA = "no-area"  # a shape with an inside has none
OUTSIDE = "outside-image"  # nothing of it lies in its image
PARTLY_OUTSIDE = "partly-outside-image"
ROUNDING = 1e-6  # pixels beyond the edge that are put down to rounding


def faults(geometry: Geometry, size: tuple[float, float] | None = None) -> list[str]:
    """The codes of all that is wrong, in a fixed order; none for a good shape.

    Args:
        geometry: the shape.
        size: width and height of its image; without it nothing is outside.
    """
    if not all(map(isfinite, numbers(geometry))):
        return [NOT_FINITE]  # nothing else can be told
    points = points_of(geometry)
    if not points or _too_few(geometry):
        return [EMPTY]
    found = []
    match geometry:
        case Box() if min(geometry.width, geometry.height) < 0:
            found.append(NEGATIVE)
        case Ellipse() if min(geometry.rx, geometry.ry) < 0:
            found.append(NEGATIVE)
    if isinstance(geometry, Box | Ellipse | Cuboid) and not area(geometry) > 0:
        found.append(NO_AREA)
    # A ring that crosses itself may have no area by its formula, but has an inside.
    if isinstance(geometry, Polygon) and not any(signed_area(hull(part[0])) for part in geometry.parts):
        found.append(NO_AREA)
    if size is not None:
        found += _outside(geometry, points, size)
    return found


def numbers(geometry: Geometry) -> list[float]:
    """Every number a shape is given by, hidden joints and handles included."""
    match geometry:
        case Box():
            return [geometry.x, geometry.y, geometry.width, geometry.height, geometry.rotation]
        case Ellipse():
            return [geometry.cx, geometry.cy, geometry.rx, geometry.ry, geometry.rotation]
        case Mask():
            return [geometry.x, geometry.y, geometry.width, geometry.height]
        case Skeleton():
            return [number for joint in geometry.joints for number in (joint.x, joint.y)]
        case Polygon():
            return [n for part in geometry.parts for ring in part for point in ring for n in point]
        case Polyline():
            handles = [point for handle in geometry.handles if handle for point in handle]
            return [number for point in (*geometry.points, *handles) for number in point]
        case _:
            return [number for point in geometry.points for number in point]


def _too_few(geometry: Geometry) -> bool:
    match geometry:
        case Polygon():
            return any(not part or any(len(ring) < 3 for ring in part) for part in geometry.parts)
        case Polyline():
            return len(geometry.points) < 2
        case Cuboid():
            return len(geometry.points) < 8
        case _:
            return False


def _outside(geometry: Geometry, points: list[tuple[float, float]], size: tuple[float, float]) -> list[str]:
    width, height = size
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    if isinstance(geometry, Points | Polyline | Skeleton):  # may be thin, and lie on the edge
        away = right < 0 or bottom < 0 or left > width or top > height
    else:
        away = right <= 0 or bottom <= 0 or left >= width or top >= height
    if away:
        return [OUTSIDE]
    slack = ROUNDING
    beyond = left < -slack or top < -slack or right > width + slack or bottom > height + slack
    return [PARTLY_OUTSIDE] if beyond else []
