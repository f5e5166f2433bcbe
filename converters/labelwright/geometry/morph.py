"""Lines and outlines between two keyframes, as CVAT draws them.

Points of the two lines are paired by how far along the line they lie (as a share of its length), every
point of either with at least one of the other; pairs are moved linearly, and where many pairs crowd
together those nearer than half the mean spacing are left out. The rule is that of CVAT's published
source (the server's track manager), so that both show the same outline on every frame. Lines of
equal form, however many points they have, come out linear point by point.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from math import hypot

from labelwright.geometry.shapes import Point, Ring


def morphed(a: Ring, b: Ring, share: float, closed: bool) -> Ring:
    """The line at ``share`` (0 to 1) of the way from one line to the other.

    Args:
        a: the points of the earlier line.
        b: the points of the later line.
        share: how much of the way is done.
        closed: the lines are rings.

    Returns: the points; those of ``a`` where a line has no length, which leaves nothing to pair by.
    """
    left, right = (a + a[:1], b + b[:1]) if closed else (a, b)
    along, beside = _shares(left), _shares(right)
    if not along or not beside:
        return a
    pairs = _pairs(along, beside)
    moved = [
        (x + (right[j][0] - x) * share, y + (right[j][1] - y) * share)
        for (x, y), partners in zip(left, pairs, strict=True)
        for j in partners
    ]
    found = _thinned(moved, pairs, left, right)
    return tuple(found[:-1] if closed else found)


def _length(points: Ring) -> float:
    return sum(_distance(p, q) for p, q in pairwise(points))


def _distance(p: Point, q: Point) -> float:
    return hypot(q[0] - p[0], q[1] - p[1])


def _shares(points: Ring) -> list[float]:
    """How far along the line each point lies, from 0 to 1; nothing for a line without length."""
    total = _length(points)
    if not total > 0:
        return []
    found, so_far = [0.0], 0.0
    for p, q in pairwise(points):
        so_far += _distance(p, q)
        found.append(so_far / total)
    return found


def _nearest(value: float, among: list[float]) -> int:
    """The first of the nearest; ``among`` is in order."""
    at = bisect_left(among, value)
    if at == len(among) or (at and abs(value - among[at - 1]) <= abs(value - among[at])):
        at -= 1
    while at and abs(value - among[at - 1]) <= abs(value - among[at]):
        at -= 1
    return at


def _pairs(along: list[float], beside: list[float]) -> list[list[int]]:
    """For each point of the earlier line, its partners of the later one, in order."""
    pairs = [[_nearest(value, beside)] for value in along]
    taken = {found[0] for found in pairs}
    for j in range(len(beside)):
        if j not in taken:
            pairs[_nearest(beside[j], along)].append(j)
    return [sorted(found) for found in pairs]


def _thinned(moved: list[Point], pairs: list[list[int]], left: Ring, right: Ring) -> list[Point]:
    """The moved pairs without those that crowd together where several points share a partner."""
    firsts, so_far = [], 0
    for partners in pairs:
        firsts.append(so_far)
        so_far += len(partners)
    found: list[Point] = []
    at = 0
    while at < len(pairs):
        stop = at
        if len(pairs[at]) > 1:  # one point becomes several
            partners = pairs[at]
            base = _length(right[partners[0] : partners[-1] + 1])
            steps, first, last = partners[-1] - partners[0] + 1, firsts[at], firsts[at] + len(partners) - 1
        else:  # several points become one
            while stop + 1 < len(pairs) and pairs[stop + 1] == pairs[at]:
                stop += 1
            base = _length(left[at : stop + 1])
            steps, first, last = stop - at + 1, firsts[at], firsts[stop]
        found += _spaced(moved[first : last + 1], base / (2 * steps))
        at = stop + 1
    return found


def _spaced(points: list[Point], least: float) -> list[Point]:
    """The first and the last point, and between them those not too near the one kept before."""
    if len(points) == 1:
        return points
    found = [points[0]]
    for point in points[1:-1]:
        if _distance(found[-1], point) >= least:
            found.append(point)
    if len(found) == 1 and _distance(points[0], points[-1]) < least:
        return [((points[0][0] + points[-1][0]) / 2, (points[0][1] + points[-1][1]) / 2)]
    return [*found, points[-1]]
