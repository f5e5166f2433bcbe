"""Ellipses, curves, polygons: extents, areas and stated bounds, beside shapely."""

from __future__ import annotations

from math import cos, pi, radians, sin

import numpy as np
import pytest
import shapely
from drawn import angles, coordinates, sizes
from hypothesis import given
from hypothesis import strategies as st

from labelwright.geometry import ellipses
from labelwright.geometry.curves import on_cubic, pieces, straightened
from labelwright.geometry.measures import area, extent, hull, moved, scaled
from labelwright.geometry.rle import EMPTY, mask_of
from labelwright.geometry.shapes import (
    HIDDEN,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Ring,
    Skeleton,
)

ELLIPSES = st.builds(Ellipse, coordinates(), coordinates(), sizes(), sizes(), angles())
POINT = st.tuples(coordinates(), coordinates())
HANDLES = st.one_of(st.none(), st.tuples(POINT, POINT))


def on_ellipse(e: Ellipse, count: int = 4000) -> list[tuple[float, float]]:
    t = np.linspace(0, 2 * pi, count, endpoint=False)
    x, y, r = e.rx * np.cos(t), e.ry * np.sin(t), radians(e.rotation)
    return list(zip(e.cx + x * cos(r) - y * sin(r), e.cy + x * sin(r) + y * cos(r), strict=True))


@given(ELLIPSES)
def test_the_extent_of_an_ellipse(ellipse: Ellipse) -> None:
    seen = shapely.MultiPoint(on_ellipse(ellipse)).bounds
    slack = max(ellipse.rx, ellipse.ry) * (1 - cos(2 * pi / 4000)) + 1e-6
    ours = extent(ellipse)
    assert ours == pytest.approx(seen, abs=slack)
    assert ours[0] <= seen[0] + 1e-9 and ours[1] <= seen[1] + 1e-9
    assert ours[2] >= seen[2] - 1e-9 and ours[3] >= seen[3] - 1e-9


@given(ELLIPSES, st.floats(0.01, 5))
def test_an_ellipse_as_polygon_keeps_its_bound(ellipse: Ellipse, bound: float) -> None:
    polygon, true = ellipses.ellipse_polygon(ellipse, bound)
    ring = polygon.ring
    assert ring is not None and len(ring) % 4 == 0
    assert true <= bound or len(ring) == 8
    outline = shapely.LinearRing(ring)
    apart = shapely.distance(outline, shapely.points(on_ellipse(ellipse, 1000))).max()
    assert apart <= true + 1e-9
    assert area(polygon) <= area(ellipse) + 1e-9


def test_the_bound_is_not_wasteful() -> None:
    polygon, true = ellipses.ellipse_polygon(Ellipse(0, 0, 100, 50))
    assert len(polygon.parts[0][0]) == 48
    assert true == pytest.approx(100 * (1 - cos(pi / 48)))
    assert len(ellipses.ellipse_polygon(Ellipse(0, 0, 0.1, 0.1))[0].parts[0][0]) == 8
    for bound in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="cannot be kept"):
            ellipses.ellipse_polygon(Ellipse(0, 0, 1, 1), bound)


@given(ELLIPSES, st.integers(1, 8000), st.integers(1, 8000))
def test_ellipses_of_all_tools_and_back(ellipse: Ellipse, width: int, height: int) -> None:
    wanted = pytest.approx((ellipse.cx, ellipse.cy, ellipse.rx, ellipse.ry, ellipse.rotation), abs=1e-6)
    said = ellipses.ellipse_to_label_studio(ellipse, width, height)
    points, box = ellipses.ellipse_to_cvat_points(ellipse), ellipses.ellipse_to_box(ellipse)
    for e in (
        ellipses.ellipse_from_label_studio(*said, width, height),
        ellipses.ellipse_from_cvat_points(points, ellipse.rotation),
        ellipses.ellipse_from_box(box, ellipse.rotation),
    ):
        assert (e.cx, e.cy, e.rx, e.ry, e.rotation) == wanted


def test_ellipses_in_plain_numbers() -> None:
    ellipse = Ellipse(200, 50, 40, 10, 90)
    assert ellipses.ellipse_from_label_studio(50, 50, 10, 10, 90, 400, 100) == ellipse
    assert ellipses.ellipse_from_cvat_points([200, 50, 240, 40], 90) == ellipse
    assert ellipses.ellipse_from_box([160, 40, 240, 60], 90) == ellipse
    assert extent(ellipse) == (190, 10, 210, 90)
    for convert in (ellipses.ellipse_from_cvat_points, ellipses.ellipse_from_box):
        with pytest.raises(ValueError, match="4 numbers, not 3"):
            convert([1, 2, 3])
    with pytest.raises(ValueError, match="no percentages"):
        ellipses.ellipse_to_label_studio(ellipse, 400, 0)


@st.composite
def curved(draw: st.DrawFn) -> Polyline:
    points = draw(st.lists(POINT, min_size=2, max_size=5))
    handles = draw(st.lists(HANDLES, min_size=len(points), max_size=len(points)))
    return Polyline(tuple(points), draw(st.booleans()), tuple(handles))


def sampled(line: Polyline, count: int = 200) -> list[tuple[float, float]]:
    found = []
    for piece in pieces(line):
        steps = [step / count for step in range(count + 1)]
        if len(piece) == 4:
            found += [on_cubic(piece, t) for t in steps]
        else:
            (ax, ay), (bx, by) = piece
            found += [(ax + (bx - ax) * t, ay + (by - ay) * t) for t in steps]
    return found


@given(curved())
def test_the_extent_of_curves(line: Polyline) -> None:
    seen = shapely.MultiPoint(sampled(line)).bounds
    ours = extent(line)
    assert all(o <= s + 1e-6 for o, s in zip(ours[:2], seen[:2], strict=True))
    assert all(o >= s - 1e-6 for o, s in zip(ours[2:], seen[2:], strict=True))
    assert ours == pytest.approx(seen, abs=0.5)


@given(curved(), st.floats(0.05, 10))
def test_straightened_curves_keep_their_bound(line: Polyline, bound: float) -> None:
    straight, true = straightened(line, bound)
    assert straight.handles == () and straight.closed == line.closed and true <= bound + 1e-9
    assert straight.points[0] == line.points[0]
    assert set(line.points) <= set(straight.points)
    around = straight.points + (straight.points[:1] if line.closed else ())
    drawn = shapely.LineString(around)
    assert shapely.distance(drawn, shapely.points(sampled(line))).max() <= true + 1e-6


def test_curves_in_plain_numbers() -> None:
    arch = Polyline(((0, 0), (4, 0)), handles=(((0, 0), (0, 4)), ((4, 4), (4, 0))))
    assert extent(arch) == (0, 0, 4, 3)
    line = Polyline(((0, 0), (4, 0), (4, 4)), handles=(None, None, None))
    assert straightened(line) == (Polyline(line.points), 0.0)
    plain = Polyline(((0, 0), (1, 1)))
    assert straightened(plain) == (plain, 0.0)
    with pytest.raises(ValueError, match="handles for 1"):
        straightened(Polyline(((0, 0), (1, 1)), handles=(None,)))
    with pytest.raises(ValueError, match="cannot be kept"):
        straightened(plain, 0)


@given(st.lists(POINT, min_size=1, max_size=12))
def test_hulls_as_shapely(points: list[tuple[float, float]]) -> None:
    theirs = shapely.MultiPoint(points).convex_hull
    ours = hull(points)
    assert area(Polygon.of(ours)) == pytest.approx(theirs.area, abs=1e-6, rel=1e-9)
    assert area(Cuboid(tuple(points))) == pytest.approx(theirs.area, abs=1e-6, rel=1e-9)
    assert extent(Points(tuple(points))) == pytest.approx(theirs.bounds)


@given(st.lists(st.tuples(st.floats(1, 300), st.floats(0.02, 0.98)), min_size=3, max_size=20))
def test_star_polygons_as_shapely(spokes: list[tuple[float, float]]) -> None:
    def ring(scale: float) -> Ring:
        turn = [2 * pi * (at + share / 2) / len(spokes) for at, (_, share) in enumerate(spokes)]
        return tuple(
            (1000 + scale * r * cos(t), 9 + scale * r * sin(t))
            for t, (r, _) in zip(turn, spokes, strict=True)
        )

    theirs = shapely.Polygon(ring(1), [ring(0.5)])
    ours = Polygon(((ring(1), ring(0.5)),))
    assert area(Polygon.of(ring(1))) == pytest.approx(shapely.Polygon(ring(1)).area, abs=1e-6)
    assert area(ours) == pytest.approx(shapely.Polygon(ring(1)).area * 0.75, abs=1e-6)
    assert extent(ours) == theirs.bounds
    assert area(scaled(ours, 2, 3)) == pytest.approx(6 * area(ours))
    assert area(moved(ours, -1000, 5)) == pytest.approx(area(ours))


def test_what_has_no_area_or_no_extent() -> None:
    joints = (Joint("a", 1, 2), Joint("b", 9, 9, HIDDEN), Joint("c", 3, 1))
    assert extent(Skeleton(joints)) == (1, 1, 3, 2)
    assert extent(Skeleton(joints[1:2])) == (9, 9, 9, 9)
    lines: list[Geometry] = [Skeleton(joints), Points(((1, 1),)), Polyline(((0, 0), (3, 3)), True)]
    assert [area(g) for g in lines] == [0, 0, 0]
    nothing: list[Geometry] = [EMPTY, Mask(3, 3, 2, 2, (4,)), Skeleton(()), Points(()), Polygon(())]
    for shape in nothing:
        assert area(shape) == 0
        with pytest.raises(ValueError, match="no extent"):
            extent(shape)
    mask = mask_of(np.eye(3), 5, 6)
    assert (extent(mask), area(mask)) == ((5, 6, 8, 9), 3)


def test_moving_and_scaling_every_kind() -> None:
    skeleton = Skeleton((Joint("a", 1, 2),))
    assert moved(skeleton, 1, 1) == Skeleton((Joint("a", 2, 3),))
    line = Polyline(((0, 0), (1, 1)), handles=(None, ((1, 1), (2, 2))))
    assert scaled(line, 2, 3) == Polyline(((0, 0), (2, 3)), handles=(None, ((2, 3), (4, 6))))
    assert moved(Mask(1, 1, 1, 1, (0, 1)), -2.0, 3.0) == Mask(-1, 4, 1, 1, (0, 1))
    assert scaled(Ellipse(1, 1, 2, 3, 90), 2, 1) == Ellipse(2, 1, 2, 6, 90)
    for change in (moved, scaled):
        with pytest.raises(ValueError, match="mask"):
            change(EMPTY, 0.5, 2)
    with pytest.raises(ValueError, match="unevenly"):
        scaled(Ellipse(1, 1, 2, 3, 45), 2, 1)
