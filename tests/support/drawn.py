"""Shapes for property tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Bits = NDArray[np.bool_]


@st.composite
def bitmaps(draw: st.DrawFn, most: int = 24, least: int = 1) -> Bits:
    """Pixels: noise, blobs, rectangles with holes, or nothing at all."""
    height, width = draw(st.integers(least, most)), draw(st.integers(least, most))
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    kind = draw(st.sampled_from(["noise", "sparse", "dense", "boxes", "empty", "full"]))
    if kind in ("noise", "sparse", "dense"):
        return source.random((height, width)) < {"noise": 0.5, "sparse": 0.1, "dense": 0.9}[kind]
    image: Bits = np.full((height, width), kind == "full")
    if kind == "boxes":
        for value in (True, True, False, True, False):
            (x1, x2), (y1, y2) = (np.sort(source.integers(0, n + 1, 2)) for n in (width, height))
            image[y1:y2, x1:x2] = value
    return image


def coordinates(low: float = -500, high: float = 500) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, width=32)


def sizes() -> st.SearchStrategy[float]:
    return st.floats(0.5, 400, width=32)


def angles() -> st.SearchStrategy[float]:
    right: st.SearchStrategy[Any] = st.sampled_from([0.0, 45.0, 90.0, 180.0, 270.0])
    return st.one_of(st.floats(0, 360, exclude_max=True, width=32), right)
