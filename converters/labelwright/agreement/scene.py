"""Makes the scene of a contested item: everybody's shapes, matched as agreement matches them, in bounds.

Of an item with several images, or of a film, the one image or frame is taken on which people agree least.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import isfinite
from typing import NamedTuple

from labelwright.agreement.contested import SizeOf
from labelwright.agreement.drawn import DrawnPair, DrawnShape, Scene
from labelwright.agreement.likeness import Likeness, placed
from labelwright.agreement.matching import Place, Placed, is_same, matched, near
from labelwright.agreement.scores import f1, given
from labelwright.contracts import Control
from labelwright.geometry.shapes import FARTHEST, Geometry, Point, name_of
from labelwright.geometry.strokes import Strokes, strokes
from labelwright.geometry.tracks import at
from labelwright.records import Shape, Track, Value

PEOPLE = 8  # who are drawn
SHAPES = 200  # of a scene
POINTS = 2000  # of a scene, shared by its shapes
FRAMES = 60  # of a film that are looked at
MARKS = 2000  # of one annotator: more are not matched for a picture
LABEL = 80  # code points

Matched = Mapping[Place, Sequence[tuple[int, int, float]]]  # by pair of annotators: places and likeness


class _View(NamedTuple):
    """One image or frame: what each annotator shows there, by the place of the mark, and the pairs."""

    name: str
    unit: str
    seen: list[dict[int, Geometry]]
    pairs: dict[Place, list[tuple[int, int, float]]]


def scene(
    control: Control,
    name: str,
    who: Sequence[str],
    values: Sequence[Value],
    frames: object = None,
    size_of: SizeOf | None = None,
) -> Scene | None:
    """The scene of an item's answers to the control ``name``; None where there is nothing to draw.

    Args:
        control: of kind shapes or tracks.
        name: what the control is called.
        who: the annotators.
        values: their answers, in the same order.
        frames: how many frames a film has, where it is known.
        size_of: tells the width and height of an image.
    """
    people, answers = given(tuple(who), values)
    cut = [f"{len(people) - PEOPLE:,} more annotators"] if len(people) > PEOPLE else []
    people, answers = people[:PEOPLE], answers[:PEOPLE]
    own = [placed(value) for value in answers]
    beyond = sum(max(0, len(marks) - MARKS) for marks in own)
    if beyond:
        cut.append(f"{beyond:,} more shapes")
        own = [marks[:MARKS] for marks in own]
    like = Likeness(control, frames)
    made = {
        (i, j): matched(own[i], own[j], list(near(own[i], own[j], like)))
        for i, j in combinations(range(len(own)), 2)
    }
    views = list(_views(own, made, like))
    if not views:
        return None
    view = min(views, key=lambda v: _agreed(v, own))
    size = size_of(name, view.unit) if size_of is not None else None
    return _drawn(control, people, own, view, size, len(views) > 1, cut)


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


def _drawn(
    control: Control,
    people: Sequence[str],
    own: Sequence[Sequence[Placed]],
    view: _View,
    size: tuple[float, float] | None,
    several: bool,
    cut: list[str],
) -> Scene | None:
    partners: dict[Key, dict[int, float]] = {(i, n): {} for i, seen in enumerate(view.seen) for n in seen}
    for (i, j), pairs in view.pairs.items():
        for x, y, how in pairs:
            partners[i, x][j] = how
            partners[j, y][i] = how
    keys = sorted(partners)
    if len(keys) > SHAPES:
        cut.append(f"{len(keys) - SHAPES:,} more shapes, more alike than those drawn")
        # The least alike first: what nobody else drew, then what overlaps least.
        ranked = sorted(keys, key=lambda k: (_worst(partners[k], len(people)), k))
        keys = sorted(ranked[:SHAPES])
    shapes: dict[Key, DrawnShape] = {}
    for i, n in keys:
        stroke = _strokes(control, own[i][n], view.seen[i][n], len(keys))
        if stroke is None:
            continue
        same = {j for j, how in partners[i, n].items() if is_same(how)}
        missing = [people[j] for j in range(len(people)) if j != i and j not in same]
        shapes[i, n] = _shape(people[i], own[i][n].label, view.seen[i][n], stroke, missing)
    odd = len(keys) - len(shapes)
    if odd:
        cut.append(f"{odd:,} shapes without a place")
    if not shapes:
        return None
    number = {key: at for at, key in enumerate(shapes)}
    found = [
        DrawnPair(number[i, x], number[j, y], round(how, 4), is_same(how))
        for (i, j), pairs in view.pairs.items()
        for x, y, how in pairs
        if (i, x) in number and (j, y) in number and how > 0
    ]
    width, height = _size(size)
    part = view.name if several or view.name.startswith("frame") else ""
    return Scene(width, height, list(people), list(shapes.values()), found, part, cut)


def _worst(partners: Mapping[int, float], people: int) -> float:
    return min(partners.values()) if len(partners) == people - 1 and partners else 0.0


def _size(size: tuple[float, float] | None) -> tuple[float, float]:
    if size is None or not all(isfinite(n) and 0 < n <= FARTHEST for n in size):
        return 0.0, 0.0
    return float(size[0]), float(size[1])


def _strokes(control: Control, one: Placed, geometry: Geometry, shapes: int) -> Strokes | None:
    spec = control.skeletons.get(one.label)
    edges = [(e[0], e[1]) for e in spec.edges if len(e) == 2] if spec else []
    return strokes(geometry, edges, max(8, min(160, POINTS // shapes)))


def _shape(who: str, label: str, geometry: Geometry, found: Strokes, missing: list[str]) -> DrawnShape:
    return DrawnShape(
        who,
        label if len(label) <= LABEL else label[: LABEL - 1] + "…",
        name_of(geometry),
        [_flat(ring) for ring in found.rings],
        [_flat(line) for line in found.lines],
        _flat(found.dots),
        missing,
        found.cut,
    )


def _flat(points: Sequence[Point]) -> list[float]:
    return [round(n, 1) + 0.0 for point in points for n in point]
