"""Whether a training row, read again, has the places of an example where they were drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import floor, isfinite
from typing import NamedTuple

from labelwright.contracts import Notation
from labelwright.examples import Grounding
from labelwright.geometry.faults import numbers
from labelwright.geometry.measures import Extent, extent
from labelwright.geometry.shapes import Box, Geometry, Points

Steps = tuple[float, float]  # pixels along x and y

NOISE = 1e-3  # pixels: of what is written as it is, and of the edges of images
EXACT: Steps = (0.0, 0.0)


class Spot(NamedTuple):
    """One place: the label it has, and x1, y1, x2, y2 in pixels; of a point, x and y twice."""

    label: str
    extent: Extent


def read_back(notation: Notation, text: str, drawn: Grounding) -> int:
    """The places of ``drawn`` that a text is read to hold; see ``found_again``.

    None if its own notation cannot read it.
    """
    try:
        read = notation.read(text, drawn.size)
    except ValueError:
        return 0
    wanted = spots_of(drawn, points="points" in notation.holds, boxes="box" in notation.holds)
    return found_again(wanted, spots_of(read), notation.quantum(drawn.size))


def spots_of(grounding: Grounding, *, points: bool = True, boxes: bool = True) -> list[Spot]:
    """Where everything in a grounding is, within the image, in its order.

    ``points``: each point of a shape of points is a place of its own; ``boxes``: a shape is the upright box
    around it, else the centre of that. What is nowhere is left out.
    """
    return [
        Spot(thing.label, where)
        for thing in grounding.objects
        for shape in thing.shapes
        for where in _extents(shape, grounding.size, points, boxes)
    ]


def _extents(shape: Geometry, size: tuple[int, int], points: bool, boxes: bool) -> Iterable[Extent]:
    if not all(map(isfinite, numbers(shape))):
        return
    if points and isinstance(shape, Points):
        for x, y in shape.points:
            yield x, y, x, y
        return
    if isinstance(shape, Box) and not shape.rotation:
        x1, y1, x2, y2 = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    else:
        try:
            x1, y1, x2, y2 = extent(shape)
        except ValueError:  # nothing is drawn
            return
    width, height = map(float, size)
    x1, x2 = max(x1, 0.0), min(x2, width)
    y1, y2 = max(y1, 0.0), min(y2, height)
    if not boxes:
        x1, y1 = x2, y2 = (x1 + x2) / 2, (y1 + y2) / 2
    if all(map(isfinite, (x1, y1, x2, y2))):
        yield x1, y1, x2, y2


def found_again(drawn: Sequence[Spot], read: Sequence[Spot], steps: Steps) -> int:
    """How many of the places read are places drawn, less those that nobody drew: negative if those are more.

    A place is found again if it has its label and is off by no more than ``steps`` on any side, or by two
    where it was thinner than one. Each stands for one place drawn.
    """
    if len(drawn) == len(read) and all(
        _labelled(want.label, got.label) and _near(want.extent, got.extent, steps)
        for want, got in zip(drawn, read, strict=True)
    ):
        return len(read)  # in their order, as nearly always
    found = _paired(_candidates(drawn, read, steps))
    return found - (len(read) - found)


def _labelled(drawn: str, read: str) -> bool:
    """Whether a label read is the one drawn; blanks may stand for what a notation keeps to itself."""
    if drawn == read:
        return True
    words, at = read.split(), 0
    for word in words:
        at = drawn.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return bool(words)


def _near(want: Extent, got: Extent, steps: Steps) -> bool:
    for axis, step in enumerate(steps):
        most = step * (1 + 1e-6)
        low, high = want[axis], want[axis + 2]
        if high - low <= most and got[axis] != got[axis + 2]:
            most *= 2  # it had to be widened
        most += NOISE
        if abs(got[axis] - low) > most or abs(got[axis + 2] - high) > most:
            return False
    return True


def _candidates(drawn: Sequence[Spot], read: Sequence[Spot], steps: Steps) -> list[list[int]]:
    """For each place read, those drawn that it may be. Only neighbours on a coarse grid are looked at."""
    across, down = (2 * step * (1 + 1e-6) + NOISE for step in steps)
    cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for index, (_, where) in enumerate(drawn):
        cells[floor(where[0] / across), floor(where[1] / down)].append(index)
    found = []
    for label, where in read:
        column, row = floor(where[0] / across), floor(where[1] / down)
        near = [i for x in (-1, 0, 1) for y in (-1, 0, 1) for i in cells.get((column + x, row + y), ())]
        found.append(
            [i for i in near if _near(drawn[i].extent, where, steps) and _labelled(drawn[i].label, label)]
        )
    return found


def _paired(candidates: Sequence[Sequence[int]]) -> int:
    """The most that can be given a candidate of its own each: by augmenting paths."""
    owner: dict[int, int] = {}
    has: dict[int, int] = {}
    for one in range(len(candidates)):
        came: dict[int, int] = {}
        waiting, free = [one], None
        while waiting and free is None:
            asking = waiting.pop()
            for spot in candidates[asking]:
                if spot not in came:
                    came[spot] = asking
                    if spot not in owner:
                        free = spot
                        break
                    waiting.append(owner[spot])
        while free is not None:
            asking = came[free]
            before = has.get(asking)
            owner[free], has[asking] = asking, free
            free = before
    return len(owner)
