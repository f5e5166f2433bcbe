"""How much two shapes have in common: intersection over union, and OKS for skeletons.

Upright and turned boxes, cuboids, ellipses and convex polygons are clipped here; polygons that are not
convex, or have holes or parts, need shapely, which the ``vision`` extra installs. As soon as one of the
two is a mask, both are compared pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from math import exp, isfinite, pi, sin, sqrt
from typing import TYPE_CHECKING, Any

from labelwright.geometry.boxes import corners
from labelwright.geometry.ellipses import ellipse_polygon
from labelwright.geometry.measures import extent, hull, points_of, signed_area
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Point,
    Polygon,
    Ring,
    Skeleton,
    name_of,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

AREAL = (Box, Ellipse, Polygon, Mask, Cuboid)
SIGMA = 0.1
CHORDS = 128  # of an ellipse: its edge is off by 0.0003 of the larger radius at most, its area not


class VisionExtraMissing(ImportError):
    """Two shapes can be compared only with shapely, which is not installed."""

    def __init__(self) -> None:
        """Say what to install."""
        super().__init__(
            "comparing polygons that are not convex needs shapely: install labelwright[vision]",
            name="shapely",
        )


def iou(a: Geometry, b: Geometry) -> float:
    """Intersection over union of two shapes that have an inside, from 0 to 1.

    Equal shapes have 1, also those without area. Ellipses are taken as 128 chords of equal area (the
    tests hold it to 0.0005); beside a mask, shapes are filled by pixel centres.

    Raises:
        ValueError: a line, points or a skeleton; coordinates that are not finite.
        VisionExtraMissing: a polygon that is not convex is compared, and shapely is not installed.
    """
    for shape in (a, b):
        if not isinstance(shape, AREAL):
            raise ValueError(f"a {name_of(shape)} has no inside to compare")
        if not all(isfinite(x) and isfinite(y) for x, y in points_of(shape)):
            raise ValueError("shapes with coordinates that are not finite cannot be compared")
    if a == b:
        return 1.0
    if isinstance(a, Mask) or isinstance(b, Mask):
        from labelwright.geometry.fill import fill
        from labelwright.geometry.mask_sets import mask_iou

        return mask_iou(fill(a), fill(b))
    if not _meet(a, b):
        return 0.0
    one, two = convex_ring(a), convex_ring(b)
    if one is None or two is None:
        return _shapely_iou(a, b)
    first, second = abs(signed_area(one)), abs(signed_area(two))
    if not first or not second:
        return 0.0
    shared = abs(signed_area(clipped(one, two)))
    return min(shared / (first + second - shared), 1.0)


def _meet(a: Geometry, b: Geometry) -> bool:
    p, q = extent(a), extent(b)
    return p[0] < q[2] and q[0] < p[2] and p[1] < q[3] and q[1] < p[3]


def box_ious(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union of every box of one list with every box of another.

    Args:
        a: upright boxes as x1, y1, x2, y2, shape (N, 4).
        b: the same, shape (M, 4).

    Returns: shape (N, M); 0 where both boxes are without area.
    """
    import numpy as np

    p = np.asarray(a, dtype=np.float64).reshape(-1, 1, 4)
    q = np.asarray(b, dtype=np.float64).reshape(1, -1, 4)
    sides = np.minimum(p[..., 2:], q[..., 2:]) - np.maximum(p[..., :2], q[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=-1)
    either = np.prod(p[..., 2:] - p[..., :2], axis=-1) + np.prod(q[..., 2:] - q[..., :2], axis=-1) - shared
    found: NDArray[np.float64] = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
    return found


def convex_ring(geometry: Geometry) -> Ring | None:
    """The outline, clockwise as one sees it, if the shape is convex; else None."""
    match geometry:
        case Box():
            ring: Ring = corners(geometry)
        case Cuboid():
            return hull(geometry.points)
        case Ellipse():
            swell = sqrt(pi / (CHORDS / 2 * sin(2 * pi / CHORDS)))  # so that the area is the ellipse's
            rx, ry = geometry.rx * swell, geometry.ry * swell
            larger = Ellipse(geometry.cx, geometry.cy, rx, ry, geometry.rotation)
            ring = ellipse_polygon(larger, chords=CHORDS)[0].parts[0][0]
        case Polygon(parts=((only,),)):
            around = hull(only)
            whole = abs(signed_area(around))
            # Only a convex ring that runs round once has the area of its hull and turns one way.
            if abs(abs(signed_area(only)) - whole) > 1e-12 * whole or not _one_way(only):
                return None
            return around
        case _:
            return None
    return ring if signed_area(ring) > 0 else ring[::-1]


def _one_way(ring: Ring) -> bool:
    turns = [_cross(ring[at - 2], ring[at - 1], ring[at]) for at in range(len(ring))]
    slack = 1e-9 * max(map(abs, turns))
    return min(turns) >= -slack or max(turns) <= slack


def _cross(o: Point, a: Point, b: Point) -> float:
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def clipped(subject: Ring, window: Ring) -> Ring:
    """What is left of a convex ring inside another, both clockwise as one sees them (Sutherland-Hodgman)."""
    left = list(subject)
    for at in range(len(window)):
        a, b = window[at - 1], window[at]
        sides = [_cross(a, b, p) for p in left]
        if not left or min(sides) >= 0:
            continue
        found: list[Point] = []
        for now in range(len(left)):
            p, q, before, here = left[now - 1], left[now], sides[now - 1], sides[now]
            if (before < 0) != (here < 0):
                share = before / (before - here)
                found.append((p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share))
            if here >= 0:
                found.append(q)
        left = found
    return tuple(left)


def _shapely_iou(a: Geometry, b: Geometry) -> float:
    one, two = _shapely(a), _shapely(b)
    shared = float(one.intersection(two).area)
    either = float(one.area) + float(two.area) - shared
    return min(shared / either, 1.0) if either else 0.0


def _shapely(geometry: Geometry) -> Any:
    try:
        import shapely
    except ImportError as error:
        raise VisionExtraMissing from error
    if not isinstance(geometry, Polygon):
        return shapely.Polygon(convex_ring(geometry))
    parts = []
    for part in geometry.parts:
        rings = [ring for ring in part if len(ring) > 2]
        if not rings:
            continue
        whole = shapely.Polygon(rings[0], rings[1:])
        if not whole.is_valid:  # rings that cross: what is inside counts by even and odd, as in ``fill``
            valid: Iterable[Any] = (shapely.make_valid(shapely.Polygon(ring)) for ring in rings)
            whole = reduce(lambda p, q: p.symmetric_difference(q), valid)
        parts.append(whole)
    return shapely.union_all(parts)


def oks(
    a: Skeleton,
    b: Skeleton,
    size: float | None = None,
    sigmas: float | Mapping[str, float] | Sequence[float] = SIGMA,
    both: bool = False,
) -> float:
    """Object keypoint similarity as COCO defines it: the mean of exp(-d^2 / (2 s (2 sigma)^2)).

    Joints are paired by name; those hidden in ``a``, the reference, do not count. A joint that ``b``
    lacks or hides has 0. Without any joint to count, 1.

    Args:
        a: the reference.
        b: the other skeleton.
        size: the object's area s in square pixels; that of the extent of ``a`` if not given.
        sigmas: one for all joints, by name, or in the order of ``a``.
        both: joints seen in ``b`` alone count too, as 0: then only the area tells ``a`` from ``b``.

    Raises:
        ValueError: ``sigmas`` lacks a joint.
    """
    seen = {joint.name: joint for joint in a.joints if joint.visibility != HIDDEN}
    other = {joint.name: joint for joint in b.joints if joint.visibility != HIDDEN}
    named = _sigmas(a, sigmas)
    if not seen:
        return 0.0 if both and other else 1.0
    if size is None:
        x1, y1, x2, y2 = extent(a)
        size = (x2 - x1) * (y2 - y1)
    total = sum(
        _alike(joint, other[name], size, named[name]) for name, joint in seen.items() if name in other
    )
    return total / (len(seen.keys() | other.keys()) if both else len(seen))


def _alike(a: Joint, b: Joint, size: float, sigma: float) -> float:
    distance = (a.x - b.x) ** 2 + (a.y - b.y) ** 2
    return exp(-distance / (2 * (size + 2.0**-52) * (2 * sigma) ** 2))  # COCO's guard against no area


def _sigmas(skeleton: Skeleton, sigmas: float | Mapping[str, float] | Sequence[float]) -> dict[str, float]:
    names = [joint.name for joint in skeleton.joints]
    if isinstance(sigmas, Mapping):
        missing = [name for name in names if name not in sigmas]
        if missing:
            raise ValueError(f"no sigma is given for {', '.join(missing)}")
        return {name: sigmas[name] for name in names}
    if isinstance(sigmas, Sequence):
        if len(sigmas) != len(names):
            raise ValueError(f"{len(sigmas)} sigmas are given for {len(names)} joints")
        return dict(zip(names, sigmas, strict=True))
    return dict.fromkeys(names, sigmas)
