"""Random groundings for tests: a list of things, or a caption with phrases."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import Box

# What no notation keeps to itself, not at the edge of a label: Kosmos-2's reader takes blanks off there.
LETTERS = "abcXYZ äß漢😀-_.,'/()&"
WORDS = st.text(LETTERS, min_size=1, max_size=12).filter(lambda w: w == w.strip(" "))
SIZES = st.tuples(st.integers(64, 5000), st.integers(64, 5000))


@st.composite
def boxes(draw: Any, size: tuple[int, int]) -> Box:
    """A box within an image, at least two of the coarsest steps wide and high."""
    made = []
    for side in size:
        least = side / 16
        length = draw(st.floats(least, side))
        made.append((draw(st.floats(0, side - length)), length))
    (x, width), (y, height) = made
    return Box(x, y, width, height)


@st.composite
def lists(draw: Any) -> Grounding:
    """A plain list of things, each with a label of its own."""
    size = draw(SIZES)
    labels = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
    shapes = st.lists(boxes(size), min_size=1, max_size=3).map(tuple)
    return Grounding(tuple(Pointed(label, draw(shapes)) for label in labels), size)


@st.composite
def captions(draw: Any) -> Grounding:
    """A caption whose phrases occur once each."""
    size = draw(SIZES)
    caption, things = "Here", []
    shapes = st.lists(boxes(size), min_size=1, max_size=3).map(tuple)
    for number in range(draw(st.integers(1, 4))):
        caption += draw(st.sampled_from([" is ", " near ", "\n", " 看 "]))
        phrase = f"{draw(WORDS)} no{number}"
        things.append(Pointed(phrase, draw(shapes), len(caption), len(caption) + len(phrase)))
        caption += phrase
    return Grounding(tuple(things), size, caption + " .")
