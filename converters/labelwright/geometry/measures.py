"""Extent and area of any shape; moving and scaling."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from math import hypot, pi
from typing import TypeAlias

from msgspec.structs import replace

from labelwright.geometry.boxes import corners, cosine_sine
from labelwright.geometry.curves import outermost
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Mask,
    Point,
    Points,
    Polygon,
    Polyline,
    Ring,
    Skeleton,
)

Extent: TypeAlias = tuple[float, float, float, float]
Drawn: TypeAlias = Polygon | Polyline | Points | Skeleton | Cuboid


def points_of(geometry: Geometry) -> list[Point]:
    """Every point a shape is drawn by; of a box and an ellipse those that give its extent.

    A skeleton's hidden joints are left out, unless all are hidden.
    """
    match geometry:
        case Box():
            return list(corners(geometry))
        case Ellipse():
            c, s = cosine_sine(geometry.rotation)
            w = hypot(geometry.rx * c, geometry.ry * s)
            h = hypot(geometry.rx * s, geometry.ry * c)
            return [(geometry.cx - w, geometry.cy - h), (geometry.cx + w, geometry.cy + h)]
        case Polygon():
            return [point for part in geometry.parts for ring in part for point in ring]
        case Polyline():
            return outermost(geometry)
        case Skeleton():
            seen = [j for j in geometry.joints if j.visibility != HIDDEN] or geometry.joints
            return [(joint.x, joint.y) for joint in seen]
        case Mask():
            from labelwright.geometry.rle import tight

            box = tight(geometry)
            return [(box.x, box.y), (box.x + box.width, box.y + box.height)] if box.counts else []
        case _:
            return list(geometry.points)


def extent(geometry: Geometry) -> Extent:
    """x1, y1, x2, y2 of the smallest upright box around a shape, exact for every kind.

    Raises:
        ValueError: the shape has no point at all.
    """
    points = points_of(geometry)
    if not points:
        raise ValueError("a shape without points has no extent")
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))


def extent_box(geometry: Geometry) -> Box:
    """The extent as an upright box."""
    x1, y1, x2, y2 = extent(geometry)
    return Box(x1, y1, x2 - x1, y2 - y1)


def signed_area(ring: Ring) -> float:
    """The shoelace formula: positive if the ring runs clockwise as one sees it."""
    if len(ring) < 3:
        return 0.0
    x0, y0 = ring[0]  # sums about a point of the ring keep their digits far from the origin
    total = 0.0
    for (ax, ay), (bx, by) in pairwise(ring[1:]):
        total += (ax - x0) * (by - y0) - (bx - x0) * (ay - y0)
    return total / 2


def area(geometry: Geometry) -> float:
    """Square pixels; 0 for lines, points and skeletons.

    A polygon's parts are taken to lie apart, holes to lie inside their outer ring, and no ring to cross
    itself. A cuboid has the area of its outline, the hull of its corners.
    """
    match geometry:
        case Box():
            return abs(geometry.width * geometry.height)
        case Ellipse():
            return pi * abs(geometry.rx * geometry.ry)
        case Polygon():
            rings = [[abs(signed_area(ring)) for ring in part] for part in geometry.parts]
            return sum(part[0] - sum(part[1:]) for part in rings if part)
        case Mask():
            return float(sum(geometry.counts[1::2]))
        case Cuboid():
            return abs(signed_area(hull(geometry.points)))
        case _:
            return 0.0


def hull(points: Iterable[Point]) -> Ring:
    """The convex hull, clockwise as one sees it, without points on its sides (monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return tuple(ordered)
    chains: list[list[Point]] = []
    for run in (ordered, ordered[::-1]):
        chain: list[Point] = []
        for p in run:
            while len(chain) > 1 and _cross(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        chains.append(chain[:-1])
    return tuple(chains[0] + chains[1])


def _cross(o: Point, a: Point, b: Point) -> float:
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def moved(geometry: Geometry, dx: float, dy: float) -> Geometry:
    """The shape shifted by so many pixels.

    Raises:
        ValueError: a mask would not stay on whole pixels.
    """
    match geometry:
        case Box():
            return replace(geometry, x=geometry.x + dx, y=geometry.y + dy)
        case Ellipse():
            return replace(geometry, cx=geometry.cx + dx, cy=geometry.cy + dy)
        case Mask():
            if dx != int(dx) or dy != int(dy):
                raise ValueError("a mask moves by whole pixels")
            return replace(geometry, x=geometry.x + int(dx), y=geometry.y + int(dy))
        case _:
            return mapped(geometry, lambda p: (p[0] + dx, p[1] + dy))


def scaled(geometry: Geometry, across: float, down: float) -> Geometry:
    """The shape in an image that is so many times wider and higher.

    Raises:
        ValueError: a mask, or a turned box or ellipse scaled unevenly, would become another kind of shape.
    """
    match geometry:
        case Mask():
            raise ValueError("a mask cannot be scaled exactly")
        case Box():
            _even(geometry.rotation, across, down)
            x, y, w, h = geometry.x, geometry.y, geometry.width, geometry.height
            if geometry.rotation % 180 == 0 or across == down:
                return Box(x * across, y * down, w * across, h * down, geometry.rotation)
            cx, cy = (x + w / 2) * across, (y + h / 2) * down  # turned by 90: the width runs downwards
            w, h = w * down, h * across
            return Box(cx - w / 2, cy - h / 2, w, h, geometry.rotation)
        case Ellipse():
            _even(geometry.rotation, across, down)
            rx, ry = (across, down) if geometry.rotation % 180 == 0 else (down, across)
            cx, cy = geometry.cx * across, geometry.cy * down
            return Ellipse(cx, cy, geometry.rx * rx, geometry.ry * ry, geometry.rotation)
        case _:
            return mapped(geometry, lambda p: (p[0] * across, p[1] * down))


def _even(rotation: float, across: float, down: float) -> None:
    if across != down and rotation % 90:
        raise ValueError("a turned shape scaled unevenly is no longer of its kind")


def mapped(geometry: Drawn, change: Callable[[Point], Point]) -> Drawn:
    """A shape of free points with each of them changed."""
    if isinstance(geometry, Polygon):
        parts = tuple(tuple(tuple(map(change, ring)) for ring in part) for part in geometry.parts)
        return replace(geometry, parts=parts)
    if isinstance(geometry, Skeleton):
        places = [change((j.x, j.y)) for j in geometry.joints]
        joints = tuple(replace(j, x=x, y=y) for j, (x, y) in zip(geometry.joints, places, strict=True))
        return replace(geometry, joints=joints)
    found = replace(geometry, points=tuple(map(change, geometry.points)))
    if isinstance(found, Polyline) and isinstance(geometry, Polyline):
        handles = tuple(h and (change(h[0]), change(h[1])) for h in geometry.handles)
        return replace(found, handles=handles)
    return found
