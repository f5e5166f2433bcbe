"""Lines with curves (cubic, by handles) and lines without."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, hypot, sqrt
from typing import TypeAlias

from labelwright.geometry.shapes import Point, Polyline

Cubic: TypeAlias = tuple[Point, Point, Point, Point]
BOUND = 0.25  # pixels


def pieces(line: Polyline) -> Iterator[tuple[Point, Point] | Cubic]:
    """The stretches between neighbouring points: two points if straight, four (two of control) if curved.

    A point without handles has its control point on itself.

    Raises:
        ValueError: there are handles, but not one entry for each point.
    """
    points, handles = line.points, line.handles
    if handles and len(handles) != len(points):
        raise ValueError(f"the line has {len(points)} points, but handles for {len(handles)}")
    last = len(points) - (0 if line.closed and len(points) > 1 else 1)
    for at in range(last):
        to = (at + 1) % len(points)
        leaving, arriving = (handles[at], handles[to]) if handles else (None, None)
        if leaving is None and arriving is None:
            yield points[at], points[to]
        else:
            first = points[at] if leaving is None else leaving[1]
            second = points[to] if arriving is None else arriving[0]
            yield points[at], first, second, points[to]


def on_cubic(curve: Cubic, t: float) -> Point:
    """The point of a cubic Bezier curve at t in [0, 1]."""
    u = 1 - t
    weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
    x = sum(w * p[0] for w, p in zip(weights, curve, strict=True))
    return x, sum(w * p[1] for w, p in zip(weights, curve, strict=True))


def turning_points(curve: Cubic) -> list[float]:
    """Where in (0, 1) the curve stops growing in x or in y: roots of the derivative."""
    found = []
    for axis in (0, 1):
        p0, p1, p2, p3 = (point[axis] for point in curve)
        # The derivative is 3 (a t^2 + b t + c).
        a, b, c = p3 - 3 * p2 + 3 * p1 - p0, 2 * (p2 - 2 * p1 + p0), p1 - p0
        found += [t for t in _roots(a, b, c) if 0 < t < 1]
    return found


def _roots(a: float, b: float, c: float) -> list[float]:
    if abs(a) <= 1e-12 * (abs(b) + abs(c)):
        return [-c / b] if b else []
    inside = b * b - 4 * a * c
    if inside < 0:
        return []
    # The sum of equal signs: no digits are lost when a is small.
    q = -(b + (sqrt(inside) if b >= 0 else -sqrt(inside))) / 2
    return [q / a, c / q] if q else [0.0]


def outermost(line: Polyline) -> list[Point]:
    """Points of the line that between them have its extent: its points, and where curves turn."""
    found = list(line.points)
    if line.handles:
        for piece in pieces(line):
            if len(piece) == 4:
                found += [on_cubic(piece, t) for t in turning_points(piece)]
    return found


def straightened(line: Polyline, bound: float = BOUND) -> tuple[Polyline, float]:
    """The line with its curves cut into chords that are nowhere off by more than ``bound`` pixels.

    A curve over n equal steps of its parameter is off its chords by at most M / (8 n^2), M the largest
    second derivative: six times the larger second difference of the four points.

    Returns: the line, and the bound that holds for it (0 if it was straight).

    Raises:
        ValueError: the bound is not positive, or handles do not fit the points.
    """
    if not bound > 0:
        raise ValueError(f"a bound of {bound} px cannot be kept")
    if not line.handles:
        return line, 0.0
    points, true = list(line.points[:1]), 0.0
    for piece in pieces(line):
        if len(piece) == 4:
            bend = 6 * max(_second(*piece[:3]), _second(*piece[1:]))
            steps = max(1, ceil(sqrt(bend / (8 * bound))))
            points += [on_cubic(piece, step / steps) for step in range(1, steps)]
            true = max(true, bend / (8 * steps * steps))
        points.append(piece[-1])
    if line.closed and len(points) > 1:
        points.pop()  # the first point again
    return Polyline(tuple(points), line.closed), true


def _second(a: Point, b: Point, c: Point) -> float:
    return hypot(a[0] - 2 * b[0] + c[0], a[1] - 2 * b[1] + c[1])
