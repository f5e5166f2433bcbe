"""Random scenes with everything that a notation may have to leave out."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import Box, Ellipse, Geometry, Points, Polygon

NAN = float("nan")
# Blanks, line breaks, and what one notation or another writes places with.
PIECES = [
    *(
        "a",
        "dog",
        "Dog",
        " ",
        "\n",
        "\x0b",
        "\x85",
        "\u2028",
        "\r",
        ";",
        " ; ",
        "<",
        ">",
        "[",
        "]",
        "\n[",
        '"',
    ),
    *("'", "```", "\n```json\n", "漢", "😀", "<ref>", "</ref>", "<box>", "<|ref|>", "<|det|>", "<loc0001>"),
    *("<loc_1>", "<point", "</points>", "<phrase>", "<grounding>", ", ", "There are none.", "[]", "{}", "1"),
]
WORDS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
NUMBERS = st.one_of(st.floats(-300, 900), st.sampled_from([0.0, 0.5, 640.0, 480.0, 1e-4, 640.0000001]))
PAIRS = st.tuples(NUMBERS, NUMBERS)
SHAPES: st.SearchStrategy[Geometry] = st.one_of(
    st.builds(
        Box, NUMBERS, NUMBERS, st.floats(-5, 700), st.floats(-5, 700), st.sampled_from([0.0, 30.0, 90.0])
    ),
    st.builds(Points, st.lists(PAIRS, max_size=3).map(tuple)),
    st.builds(Ellipse, NUMBERS, NUMBERS, st.floats(0, 90), st.floats(0, 90)),
    st.builds(Polygon.of, st.lists(PAIRS, min_size=3, max_size=5).map(tuple)),
    st.sampled_from([Box(NAN, 0, 1, 1), Points(((1, NAN), (2, 3))), Polygon(()), Box(0, 0, 1e308, 1e308)]),
)
SOME = st.lists(SHAPES, max_size=3).map(tuple)
SIZES = st.sampled_from([(640, 480), (640, 480), (1, 1), (3, 2000), (9, 4), (0, 480)])
ANSWERS = st.sampled_from([(), (), (("depth", 3),), (("label", "x"), ("occurrence", 2)), (("bad", NAN),)])


@st.composite
def scenes(draw: Any) -> Grounding:
    """Things with shapes of all sorts; phrases of a caption may overlap or be elsewhere."""
    caption = draw(st.one_of(st.just(""), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)))
    things = []
    for _ in range(draw(st.integers(0, 4))):
        label, start, end = draw(WORDS), -1, -1
        if caption and draw(st.integers(0, 4)):
            start = draw(st.integers(0, len(caption)))
            end = draw(st.integers(start, len(caption)))
            label = caption[start:end]
        elif caption:
            start, end = 2, 5
        things.append(Pointed(label, draw(SOME), start, end, draw(ANSWERS)))
    return Grounding(tuple(things), draw(SIZES), caption)
