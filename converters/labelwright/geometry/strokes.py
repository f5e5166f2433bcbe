"""What a shape looks like on a small picture: closed rings, open lines and dots, of few points.

For the eye alone, never for data. Ellipses and curves become chords, masks their outlines; what has more
points than asked for is thinned (Douglas and Peucker 1973), rings too small to be seen are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import hypot, isfinite

from msgspec import Struct

from labelwright.geometry.boxes import corners
from labelwright.geometry.curves import straightened
from labelwright.geometry.ellipses import ellipse_polygon
from labelwright.geometry.faults import numbers
from labelwright.geometry.measures import extent_box, signed_area
from labelwright.geometry.shapes import (
    FARTHEST,
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
    Skeleton,
)

CHORDS = 48  # of an ellipse
LARGEST = 1 << 24  # pixels of a mask whose outline is followed; of a larger one its extent is drawn
LEAST = 4  # points that a ring or line keeps
RINGS = 40  # of one shape, the largest first
LINES = 64
FOLLOWED = 4000  # points of a ring or line that are looked at; of more of them every second, third ...
# CVAT's corners: front left top and bottom, front right, then the far side, from right to left.
CUBOID_EDGES = tuple((a, a + 1) for a in range(0, 8, 2)) + tuple((a, (a + 2) % 8) for a in range(8))


class Strokes(Struct):
    """How to draw a shape, in pixels of its image. ``cut``: it has parts or corners that are not drawn."""

    rings: list[list[Point]] = []
    lines: list[list[Point]] = []
    dots: list[Point] = []
    cut: bool = False


def strokes(geometry: Geometry, edges: Iterable[tuple[str, str]] = (), most: int = 160) -> Strokes | None:
    """The strokes of a shape, of at most ``most`` points in all (at least ``LEAST`` of each ring or line).

    Args:
        geometry: the shape.
        edges: names of joints that a line connects; for skeletons.
        most: how many points there may be.

    Returns: None for a shape that has no place: without points, or with numbers that are not finite.
    """
    if not all(isfinite(n) and abs(n) <= FARTHEST for n in numbers(geometry)):
        return None
    found = _whole(geometry, edges)
    if not (found.rings or found.lines or found.dots):
        return None
    return _thinned(found, most)


def _whole(geometry: Geometry, edges: Iterable[tuple[str, str]]) -> Strokes:
    match geometry:
        case Box():
            return Strokes([list(corners(geometry))])
        case Ellipse():
            return Strokes(_rings(ellipse_polygon(geometry, chords=CHORDS)[0]))
        case Polygon():
            return Strokes(_rings(geometry))
        case Polyline():
            return _line(geometry)
        case Points():
            return Strokes(dots=list(geometry.points))
        case Skeleton():
            return _figure(geometry, edges)
        case Mask():
            return _mask(geometry)
        case Cuboid():
            known = [e for e in CUBOID_EDGES if max(e) < len(geometry.points)]
            return Strokes(lines=[[geometry.points[a], geometry.points[b]] for a, b in known])


def _rings(polygon: Polygon) -> list[list[Point]]:
    return [list(ring) for part in polygon.parts for ring in part if ring]


def _line(line: Polyline) -> Strokes:
    if line.handles and len(line.handles) == len(line.points):
        line = straightened(line, 1.0)[0]
    points = list(line.points)
    drawn = [points] if points else []
    return Strokes(drawn) if line.closed else Strokes(lines=drawn)


def _figure(skeleton: Skeleton, edges: Iterable[tuple[str, str]]) -> Strokes:
    seen = {joint.name: (joint.x, joint.y) for joint in skeleton.joints if joint.visibility != HIDDEN}
    joined = [[seen[a], seen[b]] for a, b in edges if a in seen and b in seen]
    return Strokes(lines=joined, dots=list(seen.values()))


def _mask(mask: Mask) -> Strokes:
    from labelwright.geometry.outlines import outline  # late: needs numpy, which boxes do without
    from labelwright.geometry.rle import tight

    mask = tight(mask)
    if not mask.counts:
        return Strokes()
    if mask.width * mask.height > LARGEST:
        return Strokes([list(corners(extent_box(mask)))], cut=True)
    return Strokes(_rings(outline(mask)))


def _thinned(found: Strokes, most: int) -> Strokes:
    """The strokes with as few points as asked for; ``cut`` where that can be seen."""
    rings = sorted(found.rings, key=lambda ring: -abs(signed_area(tuple(ring))))
    room = max(1, min(RINGS, most // LEAST))
    cut = found.cut or len(rings) > room or len(found.lines) > LINES or len(found.dots) > most
    followed = min(FOLLOWED, 8 * most)
    rings = [_fewer(ring, followed) for ring in rings[:room]]
    lines = [_fewer(line, followed) for line in found.lines[:LINES]]
    # At least what takes the steps of a mask's outline away, in pixels.
    within = max(0.75, max(map(_spread, (*rings, *lines)), default=0.0) / 150)
    allowed = max(most, LEAST * (len(rings) + len(lines)))
    thinner = rings, lines
    while sum(map(len, (*thinner[0], *thinner[1]))) > allowed:
        thinner = (
            [thin(ring, within, closed=True) for ring in thinner[0]],
            [thin(line, within) for line in thinner[1]],
        )
        within *= 1.6
    return Strokes(*thinner, found.dots[:most], cut)


def _spread(points: Sequence[Point]) -> float:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _fewer(points: list[Point], most: int) -> list[Point]:
    return points if len(points) <= most else points[:: -(-len(points) // most)]


def thin(points: Sequence[Point], within: float, closed: bool = False) -> list[Point]:
    """Fewer of the points, so that none of the others is further than ``within`` from the line left.

    A closed ring is cut at its first point and at the one furthest from it. Ends are kept.
    """
    if len(points) <= LEAST:
        return list(points)
    if closed:
        far = max(range(len(points)), key=lambda at: _apart(points[0], points[at]))
        if not far:
            return [points[0]]
        there = thin_line([*points[: far + 1]], within)
        back = thin_line([*points[far:], points[0]], within)
        return there + back[1:-1]
    return thin_line(points, within)


def thin_line(points: Sequence[Point], within: float) -> list[Point]:
    """``thin`` of an open line."""
    kept = {0, len(points) - 1}
    open_ = [(0, len(points) - 1)]
    while open_:
        first, last = open_.pop()
        if last - first < 2:
            continue
        a, b = points[first], points[last]
        far, at = max((_off(points[n], a, b), -n) for n in range(first + 1, last))
        if far > within:
            kept.add(-at)
            open_ += [(first, -at), (-at, last)]
    return [points[n] for n in sorted(kept)]


def _apart(a: Point, b: Point) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def _off(p: Point, a: Point, b: Point) -> float:
    """How far a point is from the stretch from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    if not square:
        return _apart(p, a)
    along = min(1.0, max(0.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square))
    return hypot(p[0] - a[0] - along * dx, p[1] - a[1] - along * dy)
