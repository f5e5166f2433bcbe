"""What very many shapes, or odd ones, must not do to agreement: take for ever, or lean to one side."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.agreement import likeness as module
from labelwright.agreement.likeness import likeness
from labelwright.agreement.shapes import ShapeScorer
from labelwright.contracts import Control
from labelwright.geometry import nearness
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.records import Kind, Shape

NAN, INF = float("nan"), float("inf")
ODD: tuple[Geometry, ...] = (
    Box(1, 1, 5, 5),
    Box(1, 1, 0, 5),
    Box(NAN, 1, 5, 5),
    Box(1, 1, INF, 5),
    Box(1e300, 1, 1e300, 1e300),
    Box(1, 1, 5, 5, 30),
    Ellipse(5, 5, 3, 2),
    Polygon(()),
    Polygon.of(((0, 0), (9, 9), (9, 0), (0, 9))),
    Polyline(((1, 1), (9, 9))),
    Polyline(()),
    Points(((5, 5),)),
    Points(((NAN, 5),)),
    Points(()),
    Mask(1, 1, 3, 3, (0, 9)),
    Mask(0, 0, 0, 0, ()),
    Skeleton((Joint("a", 1, 1), Joint("b", 9, 9))),
    Skeleton(()),
    Cuboid(tuple((float(n), float(n * n)) for n in range(8))),
)
coordinates = st.floats(0, 300).map(lambda v: round(v, 2))
corners = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=5).map(tuple)
thin = st.one_of(corners.map(Points), st.builds(Polyline, corners, st.booleans()))


def share(left: Geometry, right: Geometry) -> float:
    scorer = ShapeScorer(Control(Kind.SHAPES, ["A"]))
    return scorer.score(("ann", "bob"), ((Shape(left, "A"),), (Shape(right, "A"),)), None)[0]


def test_odd_shapes_agree_alike_in_both_directions() -> None:
    for left, right in product(ODD, ODD):
        assert share(left, right) == share(right, left) in (0.0, 1.0)


@settings(max_examples=100)
@given(thin, thin)
def test_what_is_left_out_for_speed_is_not_alike(left: Points | Polyline, right: Points | Polyline) -> None:
    if type(left) is not type(right) or left == right:
        return
    boxes = [extent(left), extent(right)]
    halves = [((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 / 2 for x1, y1, x2, y2 in boxes]
    expected = max(0.0, 1.0 - nearness.apart(left, right) / max(*halves, 20.0))
    assert abs(likeness(left, right, {}) - expected) < 1e-9


def test_far_points_are_not_compared_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    true = nearness.apart

    def counted(a: Points | Polyline, b: Points | Polyline) -> float:
        asked.append(1)
        return true(a, b)

    monkeypatch.setattr(module, "apart", counted)
    ann = tuple(Shape(Points(((n % 30 * 60.0, n // 30 * 60.0),)), "A") for n in range(300))
    bob = tuple(Shape(Points(((n % 30 * 60.0 + 1, n // 30 * 60.0),)), "A") for n in range(300))
    scorer = ShapeScorer(Control(Kind.SHAPES, ["A"]))
    assert scorer.score(("ann", "bob"), (ann, bob), None)[0] == 1.0
    assert len(asked) == 300  # of 90,000 pairs
