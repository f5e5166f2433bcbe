"""Pixels as the numbers of YOLO's rows: shares of the image's width and height."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labelwright.formats._pictures import Picture
from labelwright.geometry.shapes import Box, Point


def centred(box: Box, picture: Picture) -> list[float]:
    """Centre, width and height of a box."""
    assert picture.size is not None
    width, height = picture.size
    across, down = box.width / width, box.height / height
    return [box.x / width + across / 2, box.y / height + down / 2, across, down]


def shares(points: Iterable[Point], picture: Picture) -> list[float]:
    """Points as shares of width and height, one after the other; rounding puts none outside."""
    assert picture.size is not None
    width, height = picture.size
    return [
        min(max(n / size, 0.0), 1.0)
        for point in points
        for n, size in zip(point, (width, height), strict=True)
    ]


def extent_of(values: Sequence[float], picture: Picture) -> tuple[float, float, float, float]:
    """x, y, width and height in pixels around the joints that are there."""
    assert picture.size is not None
    width, height = picture.size
    seen = [i for i in range(0, len(values), 3) if values[i + 2]] or list(range(0, len(values), 3))
    xs, ys = [values[i] * width for i in seen], [values[i + 1] * height for i in seen]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def line_of(label: int, values: Sequence[float]) -> str:
    """A row; twelve digits keep a millionth of a pixel in any image, and no number has an exponent."""
    text = " ".join([f"{value:.12g}" for value in values])
    if "e" in text:
        text = " ".join([f"{value:.14f}".rstrip("0").rstrip(".") for value in values])
    return f"{label} {text}\n"
