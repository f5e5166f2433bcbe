"""Outlines cut off at their image's edge (Sutherland and Hodgman's method, one edge after the other)."""

from __future__ import annotations

from labelwright.geometry.shapes import Point, Ring

NEAR = 1e-6  # pixels: what rounding may put a point outside by


def inside(points: Ring, width: float, height: float) -> bool:
    """Whether all points are inside an image of this size, but for rounding."""
    return all(-NEAR <= x <= width + NEAR and -NEAR <= y <= height + NEAR for x, y in points)


def clip_ring(ring: Ring, width: float, height: float) -> Ring:
    """The part of an outline inside the image; of several pieces, joined along the edge. Perhaps empty."""
    for axis, limit, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        kept: list[Point] = []
        for number, point in enumerate(ring):
            before = ring[number - 1]
            far, near = (point[axis] - limit) * sign, (before[axis] - limit) * sign
            if (far >= 0) != (near >= 0):
                share = near / (near - far)
                crossing = [before[i] + (point[i] - before[i]) * share for i in (0, 1)]
                crossing[axis] = limit
                kept.append((crossing[0], crossing[1]))
            if far >= 0:
                kept.append(point)
        ring = tuple(kept)
    return ring
