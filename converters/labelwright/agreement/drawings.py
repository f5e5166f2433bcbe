"""What people drew on a contested item, matched as agreement matches it, in bounds.

Of an item with several images, or of a film, the one image or frame is taken on which people agree least.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from math import isfinite
from typing import NamedTuple

from labelwright.agreement.likeness import Likeness, found_near, placed
from labelwright.agreement.matching import Place, Placed, is_same, matched
from labelwright.agreement.result import Drawing, DrawnShape, Match
from labelwright.agreement.scores import f1, given
from labelwright.contracts import Control
from labelwright.geometry.faults import numbers
from labelwright.geometry.measures import extent_box
from labelwright.geometry.shapes import FARTHEST, Geometry, Mask
from labelwright.geometry.tracks import at
from labelwright.records import Shape, Track, Value

PEOPLE = 8  # who are drawn
SHAPES = 200  # of an item
NUMBERS = 80_000  # coordinates and runs of an item; of a shape with more than its share the extent is kept
FRAMES = 60  # of a film that are looked at
MARKS = 2000  # of one annotator: more are not matched for a picture
LABEL = 200  # code points

Matched = Mapping[Place, Sequence[tuple[int, int, float]]]  # by pair of annotators: places and likeness


class _View(NamedTuple):
    """One image or frame: what each annotator shows there, by the place of the mark, and the pairs."""

    name: str
    unit: str
    seen: list[dict[int, Geometry]]
    pairs: dict[Place, list[tuple[int, int, float]]]


def drawn(
    control: Control,
    who: Sequence[str],
    values: Sequence[Value],
    frames: object = None,
    size_of: Callable[[str], tuple[float, float] | None] | None = None,
) -> Drawing | None:
    """What is drawn of an item's answers to a control; None where there is nothing to draw.

    Args:
        control: of kind shapes or tracks.
        who: the annotators.
        values: their answers, in the same order.
        frames: how many frames a film has, where it is known.
        size_of: tells the width and height of an image by its unit.
    """
    people, answers = given(tuple(who), values)
    others = max(0, len(people) - PEOPLE)
    people, answers = people[:PEOPLE], answers[:PEOPLE]
    found = [[one for one in placed(value) if _has_place(one)] for value in answers]
    own = [marks[:MARKS] for marks in found]
    beyond = sum(map(len, found)) - sum(map(len, own))
    like = Likeness(control, frames)
    made = {
        (i, j): matched(own[i], own[j], found_near(own[i], own[j], like))
        for i, j in combinations(range(len(own)), 2)
    }
    views = list(_views(own, made, like))
    if not views:
        return None
    view = min(views, key=lambda v: _agreed(v, own))
    made_of = _drawn(control, people, own, view)
    made_of.more += beyond
    made_of.others = others
    made_of.part = view.name
    made_of.width, made_of.height = _size(size_of(view.unit) if size_of is not None else None)
    return made_of


def _has_place(one: Placed) -> bool:
    """Whether all numbers of a mark are finite, and not beyond what any image has."""
    shapes = [k.geometry for k in one.mark.keyframes] if isinstance(one.mark, Track) else [one.mark.geometry]
    return all(isfinite(n) and abs(n) <= FARTHEST for shape in shapes for n in numbers(shape))


def _views(own: Sequence[Sequence[Placed]], made: Matched, like: Likeness) -> Iterator[_View]:
    """The images that anything is drawn on, or frames of the film on which anything is in sight."""
    tracks = any(isinstance(one.mark, Track) for marks in own for one in marks)
    if tracks:
        yield from _frames(own, made, like)
        return
    units = sorted({one.mark.unit for marks in own for one in marks}, key=lambda u: (len(u), u))
    for unit in units:
        seen = [
            {n: one.mark.geometry for n, one in enumerate(marks) if one.mark.unit == unit} for marks in own
        ]
        pairs = {
            (i, j): [(x, y, how) for x, y, how in found if x in seen[i]] for (i, j), found in made.items()
        }
        number = int(unit) + 1 if unit.isdecimal() and len(unit) < 10 else 0
        yield _View(f"image {number:,}" if number else "", unit, seen, pairs)


def _frames(own: Sequence[Sequence[Placed]], made: Matched, like: Likeness) -> Iterator[_View]:
    for frame in _looked_at(own):
        seen: list[dict[int, Geometry]] = []
        for marks in own:
            here = {n: at(one.mark.keyframes, frame) for n, one in enumerate(marks) if _is_track(one)}
            seen.append({n: found.geometry for n, found in here.items() if found is not None})
        if not any(seen):
            continue
        pairs = {
            (i, j): [
                (x, y, _likeness(like, own[i][x], own[j][y], seen[i][x], seen[j][y]))
                for x, y, _ in found
                if x in seen[i] and y in seen[j]
            ]
            for (i, j), found in made.items()
        }
        yield _View(f"frame {frame:,}", "", seen, pairs)


def _is_track(one: Placed) -> bool:
    return isinstance(one.mark, Track) and bool(one.mark.keyframes)


def _likeness(like: Likeness, left: Placed, right: Placed, here: Geometry, there: Geometry) -> float:
    return min(like(Shape(here, left.label), Shape(there, right.label)), 1.0)


def _looked_at(own: Sequence[Sequence[Placed]]) -> list[int]:
    """Frames with a keyframe, those evenly spaced among them where they are many, in order."""
    found = sorted({k.frame for marks in own for one in marks if _is_track(one) for k in one.mark.keyframes})
    if len(found) <= FRAMES:
        return found
    return [found[n * (len(found) - 1) // (FRAMES - 1)] for n in range(FRAMES)]


def _agreed(view: _View, own: Sequence[Sequence[Placed]]) -> tuple[float, float]:
    """How far annotators agree there: mean F1 of equal labels, then the mean IoU."""
    scores, ious = [], []
    for (i, j), pairs in view.pairs.items():
        hits = sum(is_same(how) and own[i][x].label == own[j][y].label for x, y, how in pairs)
        left, right = len(view.seen[i]), len(view.seen[j])
        if left or right:
            scores.append(f1(float(hits), left, right))
            ious.append(2.0 * sum(how for _, _, how in pairs) / (left + right))
    return (sum(scores) / len(scores), sum(ious) / len(ious)) if scores else (1.0, 1.0)


Key = tuple[int, int]  # an annotator and the place of their mark


def _drawn(control: Control, people: Sequence[str], own: Sequence[Sequence[Placed]], view: _View) -> Drawing:
    best: dict[Key, dict[int, float]] = {(i, n): {} for i, seen in enumerate(view.seen) for n in seen}
    for (i, j), pairs in view.pairs.items():
        for x, y, how in pairs:
            best[i, x][j] = best[j, y][i] = how
    # The least alike first: what somebody else did not draw, then what overlaps least.
    kept = sorted(best, key=lambda key: (_least(best[key], len(people)), key))[:SHAPES]
    room = max(NUMBERS // max(1, len(kept)), NUMBERS // SHAPES)
    number: dict[Key, int] = {}
    shapes: dict[str, list[DrawnShape]] = {who: [] for who in people}
    for i, n in sorted(kept):
        number[i, n] = len(shapes[people[i]])
        shapes[people[i]].append(_shape(own[i][n], view.seen[i][n], view.unit, room))
    labels = {shape.label for mine in shapes.values() for shape in mine}
    edges = {n: spec.edges for n, spec in sorted(control.skeletons.items()) if n in labels and spec.edges}
    matches = list(_matches(people, view, number))
    return Drawing(shapes, matches, more=len(best) - len(kept), edges=edges)


def _least(partners: Mapping[int, float], people: int) -> float:
    return min(partners.values()) if partners and len(partners) == people - 1 else 0.0


def _matches(people: Sequence[str], view: _View, number: Mapping[Key, int]) -> Iterator[Match]:
    """The matches of every pair of annotators; what the other did not draw comes last."""
    for (i, j), pairs in view.pairs.items():
        a, b = people[i], people[j]
        met = [(x, y, how) for x, y, how in pairs if how > 0]
        for x, y, how in met:
            if (i, x) in number and (j, y) in number:
                yield Match(a, b, number[i, x], number[j, y], round(how, 6), is_same(how))
        left, right = {x for x, _, _ in met}, {y for _, y, _ in met}
        for n in sorted(view.seen[i].keys() - left):
            if (i, n) in number:
                yield Match(a, b, number[i, n], None)
        for n in sorted(view.seen[j].keys() - right):
            if (j, n) in number:
                yield Match(a, b, None, number[j, n])


def _shape(one: Placed, geometry: Geometry, unit: str, room: int) -> DrawnShape:
    label = one.label if len(one.label) <= LABEL else one.label[: LABEL - 1] + "…"
    size = len(geometry.counts) if isinstance(geometry, Mask) else len(numbers(geometry))
    if size <= room:
        return DrawnShape(geometry, label, unit)
    return DrawnShape(extent_box(geometry), label, unit, rough=True)


def _size(size: tuple[float, float] | None) -> tuple[float, float]:
    if size is None or not all(isfinite(n) and 0 < n <= FARTHEST for n in size):
        return 0.0, 0.0
    return float(size[0]), float(size[1])
