"""The reference page on notations for places in images; the notations themselves write the examples."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from labelwright.contracts import Notation
from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import Box
from labelwright.problems import NOWHERE, Problems
from labelwright.registry import groundings
from markdown_text import names, table, text_of

SIZE = (200, 100)
SCRATCH, DENTS = Box(100, 25, 50, 25), (Box(10, 10, 30, 30), Box(150, 60, 50, 40))
LIST = Grounding((Pointed("scratch", (SCRATCH,)), Pointed("dent", DENTS)), SIZE)
WORDS = "A panel, a scratch and two dents."
CAPTION = Grounding(
    tuple(
        Pointed(phrase, shapes, WORDS.index(phrase), WORDS.index(phrase) + len(phrase))
        for phrase, shapes in (("a scratch", (SCRATCH,)), ("two dents", DENTS))
    ),
    SIZE,
    WORDS,
)


def groundings_page() -> Iterator[str]:
    """Every notation, with what it writes of one image."""
    width, height = SIZE
    yield "# Notations for places in images"
    yield ""
    yield "For `--boxes`, with options after a colon: `box_2d:order=xy,scale=pixels`. The manifest records"
    yield "the notation with its order and scale. What a notation cannot hold is a loss: named, counted, and"
    yield "refused without `--allow-loss`; rounding to its steps is a note with its bound."
    yield ""
    yield "JSON lists have a caption on the lines before the list, which is a form of our own: the models'"
    yield "documents have none. A phrase that its caption has more than once says which is meant, as"
    yield '`"occurrence": 2`. The others mark phrases within the caption, or write them without it.'
    yield ""
    yield f"The examples are of one image of {width} x {height} pixels, first as a list of things, then as a"
    yield "caption with phrases. Shapes have x, y, width and height:"
    yield ""
    rows = [(thing.label, shape) for thing in LIST.objects for shape in thing.shapes]
    yield from table(
        ("what", "x", "y", "width", "height"),
        ((w, *(f"{n:g}" for n in (b.x, b.y, b.width, b.height))) for w, b in rows if isinstance(b, Box)),
    )
    for name, notation in groundings().items():
        yield from _entry(name, notation)


def _entry(name: str, notation: Notation) -> Iterator[str]:
    told = notation.described()
    across, down = notation.quantum(SIZE)
    yield f"## `{name}`"
    yield ""
    yield from text_of(inspect.getdoc(inspect.getmodule(type(notation))))
    yield f"- For: {notation.title}"
    options = ", ".join(f"`{option}` (`{default}`)" for option, default in notation.options.items())
    yield f"- Options and their defaults: {options or 'none'}"
    yield f"- Holds: {names(notation.holds)}"
    yield f"- Order: {told['order']}"
    yield f"- Scale: {told['scale']}; in this image a step is {across:.4g} x {down:.4g} pixels"
    yield f"- Specification: <{notation.reference}>"
    yield ""
    for example in (LIST, CAPTION, Grounding((), SIZE)):
        problems = Problems()
        text = notation.write(example, NOWHERE, problems)
        said = [code for code in problems.counts if code != "grounding.rounded"]
        if example.objects or text:
            yield from ["```text", text, "```", ""]
        if said:
            what = "" if example.objects else "An image without anything to show gives no text. "
            yield from [f"{what}Losses: {names(said)}.", ""]
        elif not example.objects:
            yield from ["That is what it says of an image without anything to show.", ""]
