"""A shape cannot be right, whatever is on the image.

Looked at is what each annotator drew, before any consensus. Warnings are shapes that lie outside their
image, wholly or (where they are no turned boxes) by more than 1 px; that have no area though they are drawn
around something; that one annotator drew twice (same label, IoU above 0.95); boxes that are tiny, with a
side under 3 px or less than 0.001 % of the image; and boxes that cover more than 95 % of it, which tell no
place. The bounds are ours. An image whose size nobody tells is looked at without it, and a note counts
such images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.agreement.items import drawn_words
from labelwright.geometry.faults import EMPTY, NEGATIVE, NO_AREA, NOT_FINITE, OUTSIDE, faults
from labelwright.geometry.measures import area
from labelwright.geometry.shapes import Box
from labelwright.problems import NOWHERE, Place, Problem, ProblemType, Severity
from labelwright.quality.lint._drawn import Picture, pairs, pictures, sides
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import percent
from labelwright.records import Item, Shape

AWAY = ProblemType(
    "lint.box-geometry",
    "A shape lies outside its image",
    "{shape} lies {how} its image of {width} x {height} px",
    "Move it onto the image, or look whether it was drawn on another one.",
    Severity.WARNING,
)
NOTHING = ProblemType(
    "lint.box-geometry-empty",
    "A shape has no area",
    "{shape} covers nothing",
    "Delete it: it is left of a click, or draw it anew.",
    Severity.WARNING,
)
TWICE = ProblemType(
    "lint.box-geometry-duplicate",
    "One annotator drew a thing twice",
    "{shape} is there a second time (IoU {iou:.2f})",
    "Delete one of the two.",
    Severity.WARNING,
)
TINY = ProblemType(
    "lint.box-geometry-tiny",
    "A box is tiny",
    "{shape} is {width:.1f} x {height:.1f} px",
    "Delete it if it is left of a click; else look whether the image is large enough for what is asked.",
    Severity.WARNING,
)
WHOLE = ProblemType(
    "lint.box-geometry-whole",
    "A box covers the whole image",
    "{shape} covers {share} of its image",
    "Draw it around the thing, or ask for a label of the image instead of a box.",
    Severity.WARNING,
)
UNSIZED = ProblemType(
    "lint.box-geometry-unsized",
    "Images whose size nobody tells",
    "of {count} of {images} images the size is not known, so nothing was found outside them; the first",
    "Give width and height with the items, or export from the tool again after something is drawn.",
    Severity.NOTE,
)
SLACK, SAME, LEAST, SHARE, MOST = 1.0, 0.95, 3.0, 1e-5, 0.95
Size = tuple[int, int] | None


class BoxGeometry(Rule):
    """Looks at each shape by itself, and at those of one annotator for twins."""

    name = "box-geometry"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing seen yet."""
        super().__init__(context)
        self._images = self._unsized = 0
        self._first = NOWHERE

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """What cannot be right on the images of one item."""
        for picture in pictures(item, self.context.template):
            if not any(picture.drawn):
                continue
            self._images += 1
            if picture.size is None:
                self._unsized += 1
                if self._first == NOWHERE:
                    self._first = Place(source=source, item=item.key.item, control=picture.name)
            yield from _of_picture(picture, item, source)

    def finish(self) -> Iterator[Problem]:
        """How many images could be looked at in part only."""
        if self._unsized:
            yield UNSIZED.at(self._first, count=self._unsized, images=self._images)


def _of_picture(picture: Picture, item: Item, source: str) -> Iterator[Problem]:
    for who, shapes in enumerate(picture.drawn):
        for shape in shapes:
            problem = _fault(shape, picture.size, picture.place(item, source, who, shape))
            if problem is not None:
                yield problem
        told = set()
        for one, other, how in pairs(picture.control, shapes, shapes):
            if one is not other and one.label == other.label and how > SAME and id(one) not in told:
                told |= {id(one), id(other)}
                place = picture.place(item, source, who, other)
                yield TWICE.at(place, shape=drawn_words(other), iou=how)


def _fault(shape: Shape, size: Size, place: Place) -> Problem | None:
    """The first thing that is wrong with a shape."""
    found = faults(shape.geometry, size)
    if {NOT_FINITE, EMPTY, NEGATIVE, NO_AREA} & set(found):
        return NOTHING.at(place, shape=drawn_words(shape))
    box = shape.geometry if isinstance(shape.geometry, Box) else None
    left, top, right, bottom = sides(shape)
    if size is not None:
        beyond = max(-left, -top, right - size[0], bottom - size[1])
        if OUTSIDE in found or (beyond > SLACK and not (box and box.rotation)):
            how = "outside" if OUTSIDE in found else f"{beyond:.1f} px beyond the edge of"
            return AWAY.at(place, shape=drawn_words(shape), how=how, width=size[0], height=size[1])
    if box is None:
        return None
    share = area(box) / (size[0] * size[1]) if size is not None and all(size) else None
    if min(box.width, box.height) < LEAST or (share is not None and share < SHARE):
        return TINY.at(place, shape=drawn_words(shape), width=box.width, height=box.height)
    if share is not None and share > MOST:
        return WHOLE.at(place, shape=drawn_words(shape), share=percent(share))
    return None


plugin = BoxGeometry
