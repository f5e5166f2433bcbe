"""Boxes are not tight.

A box should touch the outermost pixels of its object, with 2 to 3 px around them at most (an annotation
guide). Where the same item has a mask or a polygon of the object, its extent is the measure: of the
annotator's own group of shapes, else, of the same label, the one that overlaps the box most (IoU with its
extent from 0.5). A side more than 3 px outside it, or more than 0.5 px inside (rounding; ours), is a warning.

Elsewhere the annotators are held against each other. Two boxes with 0 to 3 px of padding differ by 3 px
at most, so where an edge of one thing differs by more, one of them is not tight. By label, it is a warning
where that is so of more than half of at least five things (ours), else a note. Turned boxes are not looked
at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import median

from msgspec import Struct

from labelwright.agreement.items import drawn_words
from labelwright.geometry.measures import extent_box
from labelwright.geometry.overlap import iou
from labelwright.geometry.shapes import Box, Mask, Polygon
from labelwright.problems import NOWHERE, Place, Problem, ProblemType, Severity
from labelwright.quality.lint._drawn import Picture, pictures, sides, sound, things
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import percent, quoted
from labelwright.records import Item, Shape

LOOSE = ProblemType(
    "lint.box-padding",
    "A box does not fit its object",
    "{shape}: its {side} side lies {far:.1f} px {how} the outline of the object",
    "Let the box touch the outermost pixels of the object, with 3 px around it at most.",
    Severity.WARNING,
)
SPREAD = ProblemType(
    "lint.box-padding-spread",
    "Annotators do not draw boxes equally tight",
    "{count} of {things} things ({share}) labelled {label} have an edge that differs by more than 3 px "
    "between annotators (median {middle:.1f} px, at most {most:.1f} px, here)",
    "Agree on where a box ends: at the outermost pixels, with 3 px around them at most.",
    Severity.WARNING,
)
DIFFERS = ProblemType(
    "lint.box-padding-differs",
    "Some boxes of annotators are not equally tight",
    SPREAD.message,
    "None needed where edges are blurred or hidden; else agree on where a box ends.",
    Severity.NOTE,
)
MOST, INSIDE, OVERLAP, SHARE, LEAST = 3.0, 0.5, 0.5, 0.5, 5
SIDES = ("left", "top", "right", "bottom")


class _Spread(Struct):
    """The largest difference of an edge, of each thing of a label; where it is largest."""

    found: list[float]
    place: Place = NOWHERE


class BoxPadding(Rule):
    """Holds boxes against outlines, else against each other."""

    name = "box-padding"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing seen yet."""
        super().__init__(context)
        self._spreads: dict[str, _Spread] = {}

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """Boxes that do not fit outlines; keep how far the others are apart."""
        seen = list(pictures(item, self.context.template))
        outlines = list(_outlines(seen))
        for picture in seen:
            known: set[int] = set()
            for who, shapes in enumerate(picture.drawn):
                for box in _boxes(shapes) if outlines else ():
                    outline = _outline(box, picture.annotations[who].id, outlines)
                    if outline is not None:
                        known.add(id(box))
                        yield from _loose(box, outline, picture.place(item, source, who, box))
            self._note(picture, known, Place(source=source, item=item.key.item, control=picture.name))

    def _note(self, picture: Picture, known: set[int], place: Place) -> None:
        """Keep how far the edges of one thing's boxes are apart."""
        for thing in things(picture.control, [_boxes(shapes) for shapes in picture.drawn]):
            if len(thing) < 2 or any(id(box) in known for box in thing.values()):
                continue
            edges = zip(*(sides(box) for box in thing.values()), strict=True)
            far = max(max(edge) - min(edge) for edge in edges)
            label = min(box.label for box in thing.values())
            kept = self._spreads.setdefault(label, _Spread([]))
            if far > max(kept.found, default=0.0):
                kept.place = place
            kept.found.append(far)

    def finish(self) -> Iterator[Problem]:
        """How often edges differ, by label."""
        for label, kept in sorted(self._spreads.items()):
            count = sum(far > MOST for far in kept.found)
            if not count:
                continue
            share = count / len(kept.found)
            kind = SPREAD if share > SHARE and len(kept.found) >= LEAST else DIFFERS
            yield kind.at(
                kept.place,
                count=count,
                things=len(kept.found),
                share=percent(share),
                label=quoted(label),
                middle=median(kept.found),
                most=max(kept.found),
            )


def _boxes(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    upright = tuple(s for s in shapes if isinstance(s.geometry, Box) and not s.geometry.rotation)
    return sound(upright)


def _outlines(seen: Iterable[Picture]) -> Iterator[tuple[str, Shape]]:
    """The masks and polygons of all controls of an item, with the annotation that each is of."""
    for picture in seen:
        for annotation, shapes in zip(picture.annotations, picture.drawn, strict=True):
            drawn = tuple(s for s in shapes if isinstance(s.geometry, Mask | Polygon))
            yield from ((annotation.id, shape) for shape in sound(drawn))


def _outline(box: Shape, own: str, outlines: Iterable[tuple[str, Shape]]) -> Shape | None:
    """The mask or polygon that shows the object of a box of the annotation ``own``."""
    best: tuple[float, Shape | None] = (0.0, None)
    for annotation, shape in outlines:
        if shape.unit != box.unit:
            continue
        if box.group and annotation == own and shape.group == box.group:
            return shape
        found = iou(box.geometry, extent_box(shape.geometry)) if shape.label == box.label else 0.0
        if found >= OVERLAP and found > best[0]:
            best = (found, shape)
    return best[1]


def _loose(box: Shape, outline: Shape, place: Place) -> Iterator[Problem]:
    """The side of a box that lies farthest from where it may."""
    drawn, real = sides(box), sides(outline)
    out = [real[0] - drawn[0], real[1] - drawn[1], drawn[2] - real[2], drawn[3] - real[3]]
    wrong = [(max(far - MOST, -far - INSIDE), at) for at, far in enumerate(out)]
    over, at = max(wrong)
    if over > 0:
        how = "outside" if out[at] > 0 else "inside"
        yield LOOSE.at(place, shape=drawn_words(box), side=SIDES[at], far=abs(out[at]), how=how)


plugin = BoxPadding
