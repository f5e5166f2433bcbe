"""What is wrong with shapes, and how light the package starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from labelwright.geometry.faults import faults
from labelwright.geometry.rle import EMPTY
from labelwright.geometry.shapes import (
    HIDDEN,
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

NAN, INF = float("nan"), float("inf")
SIZE = (100, 50)
SQUARE = ((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0))


@pytest.mark.parametrize(
    "shape",
    [
        Box(0, 0, 100, 50),
        Box(10, 10, 20, 10, 45),
        Ellipse(50, 25, 50, 25),
        Polygon((((*SQUARE,),),)),
        Polyline(((0, 0), (100, 50))),
        Points(((100, 50),)),
        Points(((0, 0),)),
        Mask(98, 48, 2, 2, (0, 4)),
        Skeleton((Joint("a", 5, 5), Joint("b", -9, -9, HIDDEN))),
        Cuboid(SQUARE * 2),
    ],
)
def test_good_shapes(shape: Geometry) -> None:
    assert faults(shape, SIZE) == [] and faults(shape) == []


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        (Box(NAN, 0, 1, 1), ["not-finite"]),
        (Box(0, 0, 1, 1, INF), ["not-finite"]),
        (Ellipse(1, 1, 1, -INF), ["not-finite"]),
        (Polygon.of(((0, 0), (1, NAN), (1, 1))), ["not-finite"]),
        (Polyline(((0, 0), (1, 1)), handles=(None, ((NAN, 0), (0, 0)))), ["not-finite"]),
        (Skeleton((Joint("a", 1, 1), Joint("b", NAN, NAN, HIDDEN))), ["not-finite"]),
        (Points(((NAN, 1),)), ["not-finite"]),
        (Cuboid(((NAN, 1),) * 8), ["not-finite"]),
        (EMPTY, ["empty"]),
        (Mask(0, 0, 2, 2, (4,)), ["empty"]),
        (Points(()), ["empty"]),
        (Skeleton(()), ["empty"]),
        (Polygon(()), ["empty"]),
        (Polygon((((*SQUARE,),), ())), ["empty"]),
        (Polygon.of(((0, 0), (5, 5))), ["empty"]),
        (Polyline(((0, 0),)), ["empty"]),
        (Cuboid(SQUARE), ["empty"]),
        (Polygon.of(((0, 0), (8, 8), (8, 0), (0, 8))), []),
        (Box(5, 5, 0, 4), ["no-area"]),
        (Ellipse(5, 5, 0, 4), ["no-area"]),
        (Polygon.of(((1, 1), (2, 2), (3, 3))), ["no-area"]),
        (Box(9, 9, -4, 4), ["negative-size"]),
        (Ellipse(9, 9, 4, -4), ["negative-size"]),
        (Box(100, 0, 5, 5), ["outside-image"]),
        (Box(-5, 0, 5, 5), ["outside-image"]),
        (Mask(0, 50, 1, 1, (0, 1)), ["outside-image"]),
        (Points(((100.5, 50),)), ["outside-image"]),
        (Box(99, 0, 5, 5), ["partly-outside-image"]),
        (Box(0, 0, 100, 50, 1), ["partly-outside-image"]),
        (Ellipse(50, 25, 50.1, 25), ["partly-outside-image"]),
        (Mask(-1, 0, 2, 1, (0, 2)), ["partly-outside-image"]),
        (Points(((5, 5), (101, 5))), ["partly-outside-image"]),
        (Box(100, 10, -4, 0), ["negative-size", "no-area"]),
    ],
)
def test_faults(shape: Geometry, wanted: list[str]) -> None:
    assert faults(shape, SIZE) == wanted


def test_rounding_is_no_fault() -> None:
    assert faults(Box(-1e-9, 0, 100 + 2e-9, 50), SIZE) == []


def test_boxes_and_tracks_need_no_numpy() -> None:
    modules = (
        "shapes",
        "boxes",
        "ellipses",
        "curves",
        "measures",
        "tracks",
        "sequences",
        "overlap",
        "faults",
    )
    code = "; ".join(["import sys", *(f"import labelwright.geometry.{m}" for m in modules)])
    code += "; print('numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
