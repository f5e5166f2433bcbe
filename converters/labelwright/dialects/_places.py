"""Places in images for dialects that write them as numbers of their own, and what of them is lost.

These dialects hold upright boxes (and, some, points) inside the image. Any other shape is written as the
smallest box around it, what sticks out of the image is cut off, and answers asked of an object have
no place: each is a loss that is said. Numbers are written as they are, in float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from labelwright.dialects._rules import rule
from labelwright.examples import Example, Grounded, Grounding, Media, Message, Pointed
from labelwright.geometry.measures import Extent, extent
from labelwright.geometry.shapes import Box, Geometry, Points, name_of
from labelwright.problems import Place, Problem, ProblemType

Corners: TypeAlias = tuple[float, ...]

NOISE = 1e-6  # pixels: what percentages leave of a number is nobody's drawing

SHAPE_BOXED = ProblemType(
    "row.shape-as-box",
    "A shape is written as the smallest upright box around it",
    "the {shape} of {label!r} becomes a box",
    "Draw upright boxes for this target, or choose one that takes other shapes.",
    loss=True,
)
PART_CUT = ProblemType(
    "row.shape-cut",
    "A shape sticks out of its image, and what is outside is cut off",
    "the {shape} of {label!r} does not lie inside the {width} x {height} image",
    "Correct the shape in the annotation tool.",
    loss=True,
)
ANSWERS_LEFT_OUT = ProblemType(
    "row.attributes-left-out",
    "What was asked of an object alone has no place in the target",
    "{names} of {label!r} cannot be written",
    "Choose a notation that writes attributes, or leave them out of the template's example.",
    loss=True,
)
OUTSIDE = rule(
    "row.shape-outside",
    "A shape has no area inside its image",
    "the {shape} of {label!r} covers nothing of the {width} x {height} image",
    "Correct the shape in the annotation tool.",
)
NOTHING_DRAWN = rule(
    "row.object-without-shape",
    "An object that is pointed at has no shape",
    "{label!r} has no shape",
    "Draw the object, or remove it.",
)
PHRASE_UNPLACED = rule(
    "row.phrase-unplaced",
    "A phrase is not where its caption says",
    "{label!r} is not the text at {start} to {end} of the caption",
    "Mark the phrase in the caption itself, and do not change the caption afterwards.",
)
PHRASES_OVERLAP = rule(
    "row.phrases-overlap",
    "Two phrases of a caption share words, which the target cannot write",
    "{label!r} begins inside the phrase before it",
    "Join the phrases, or choose a target that takes phrases inside each other.",
)


NOTHING_SHOWN = rule(
    "row.nothing-shown",
    "An image shows nothing, and the target's own way to point has no words for that",
    "nothing is marked, so that the answer would be empty",
    "Choose a notation that can say so with --boxes, such as box_2d.",
)


def messages_of(example: Example) -> list[Message]:
    """The messages of a conversation; none of anything else."""
    return list(getattr(example, "messages", ()))


def media_of(example: Example) -> list[Media]:
    """All files that a conversation shows, in order."""
    return [part for m in messages_of(example) for part in m.content if isinstance(part, Media)]


def groundings_of(example: Example) -> list[Grounding]:
    """All groundings of a conversation, in order."""
    if not isinstance(example, Grounded):
        return []
    return [part for m in example.messages for part in m.content if isinstance(part, Grounding)]


def _turned(shape: Geometry) -> bool:
    return not isinstance(shape, Box) or bool(shape.rotation % 360)


def corners_of(shape: Geometry, size: tuple[int, int]) -> Corners | None:
    """x1, y1, x2, y2 in pixels of the part of a shape's box inside the image; None if there is none."""
    if (whole := _extent(shape)) is None:
        return None
    x1, y1, x2, y2 = max(whole[0], 0.0), max(whole[1], 0.0), min(whole[2], size[0]), min(whole[3], size[1])
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def _extent(shape: Geometry) -> Extent | None:
    if isinstance(shape, Box) and not _turned(shape):
        return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    try:
        return extent(shape)
    except ValueError:  # nothing is drawn
        return None


def places_of(thing: Pointed, size: tuple[int, int], *, points: bool = False) -> list[Corners]:
    """Each shape of an object as four numbers in pixels; with ``points``, each single point as two.

    What cannot be written is an empty tuple, which every target's rules refuse.
    """
    found: list[Corners] = []
    for shape in thing.shapes:
        if points and isinstance(shape, Points):
            found += [(x, y) if _within(x, y, size) else () for x, y in shape.points]
        else:
            found.append(corners_of(shape, size) or ())
    return found or [()]


def _within(x: float, y: float, size: tuple[int, int]) -> bool:
    return 0 <= x <= size[0] and 0 <= y <= size[1]


def lost_phrases(example: Example, place: Place, *, overlap: bool = True) -> Iterator[Problem]:
    """Phrases that are not in their caption; without ``overlap``, those that share words with another."""
    for grounding in groundings_of(example):
        at = 0
        for thing in sorted(grounding.objects, key=lambda t: t.start) if grounding.caption else ():
            inside = 0 <= thing.start < thing.end <= len(grounding.caption)
            if not inside or grounding.caption[thing.start : thing.end] != thing.label:
                yield PHRASE_UNPLACED.at(place, label=thing.label, start=thing.start, end=thing.end)
            elif thing.start < at and not overlap:
                yield PHRASES_OVERLAP.at(place, label=thing.label)
            at = max(at, thing.end)


def silent(example: Example, place: Place) -> Iterator[Problem]:
    """Answers that consist of groundings alone, which point at nothing."""
    for message in messages_of(example) if isinstance(example, Grounded) else ():
        parts = [part for part in message.content if isinstance(part, Grounding)]
        empty = not any(part.objects or part.caption for part in parts)
        if parts and empty and len(parts) == len(message.content) and not message.think:
            yield NOTHING_SHOWN.at(place)


def lost_places(example: Example, place: Place, *, points: bool = False) -> Iterator[Problem]:
    """What of the places in an example cannot be written as it is; an error where nothing is left."""
    for grounding in groundings_of(example):
        for thing in grounding.objects:
            if not thing.shapes:
                yield NOTHING_DRAWN.at(place, label=thing.label)
            if thing.answers:
                names = ", ".join(name for name, _ in thing.answers)
                yield ANSWERS_LEFT_OUT.at(place, names=names, label=thing.label)
            for shape in thing.shapes:
                yield from _lost(shape, thing.label, grounding.size, place, points=points)


def _lost(
    shape: Geometry, label: str, size: tuple[int, int], place: Place, *, points: bool
) -> Iterator[Problem]:
    width, height = size
    what = {"shape": name_of(shape), "label": label, "width": width, "height": height}
    if points and isinstance(shape, Points):
        if not shape.points or not all(_within(x, y, size) for x, y in shape.points):
            yield OUTSIDE.at(place, **what)
        return
    if corners_of(shape, size) is None:
        yield OUTSIDE.at(place, **what)
        return
    if _turned(shape):
        yield SHAPE_BOXED.at(place, shape=what["shape"], label=label)
    x1, y1, x2, y2 = _extent(shape) or (0.0,) * 4
    if max(-x1, -y1, x2 - width, y2 - height) > NOISE:
        yield PART_CUT.at(place, **what)
