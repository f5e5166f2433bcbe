"""What a report needs to draw a contested image: everybody's shapes, and which of them were matched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelwright.agreement.items import MISSING
from labelwright.agreement.likeness import Likeness, found_near, placed
from labelwright.agreement.matching import Placed, is_same, matched
from labelwright.agreement.result import Drawing, DrawnShape, Match
from labelwright.agreement.scores import compared
from labelwright.contracts import Control
from labelwright.geometry.measures import extent_box
from labelwright.geometry.shapes import Geometry, Mask, Points, Polygon, Polyline
from labelwright.records import Value

MOST_SHAPES = 100  # of one annotator that are kept
MOST_POINTS = 10_000  # of a shape, or runs of a mask: beyond, the box around it is kept
MOST_PEOPLE = 8  # whose shapes are kept: more cannot be told apart


def drawn(control: Control, who: Sequence[str], values: Sequence[Value]) -> Drawing:
    """The shapes of those who answered, in their order, and the matches of every two of them."""
    given = [(a, v) for a, v in zip(who, values, strict=True) if v is not MISSING and v is not None]
    own = [placed(value) for _, value in given[:MOST_PEOPLE]]
    more = sum(max(0, len(one) - MOST_SHAPES) for one in own)
    people = [a for a, _ in given[:MOST_PEOPLE]]
    like = Likeness(control)
    matches: list[Match] = []
    for i, j in compared(len(people)):
        matches += _matches(people[i], people[j], own[i], own[j], like)
    shapes = {a: [_shape(p) for p in one[:MOST_SHAPES]] for a, one in zip(people, own, strict=True)}
    return Drawing(shapes, matches, more)


def _matches(
    a: str, b: str, left: Sequence[Placed], right: Sequence[Placed], like: Likeness
) -> Iterator[Match]:
    """What was matched, whatever the threshold; then what has no like."""
    made = matched(left, right, found_near(left, right, like))
    kept = [(i, j, how) for i, j, how in made if i < MOST_SHAPES and j < MOST_SHAPES]
    yield from (Match(a, b, i, j, how, is_same(how)) for i, j, how in kept)
    rows, columns = {i for i, _, _ in made}, {j for _, j, _ in made}
    yield from (Match(a, b, i, None) for i in range(min(len(left), MOST_SHAPES)) if i not in rows)
    yield from (Match(a, b, None, j) for j in range(min(len(right), MOST_SHAPES)) if j not in columns)


def _shape(one: Placed) -> DrawnShape:
    geometry: Geometry = one.mark.geometry
    rough = _points(geometry) > MOST_POINTS
    return DrawnShape(extent_box(geometry) if rough else geometry, one.label, one.group, rough)


def _points(geometry: Geometry) -> int:
    if isinstance(geometry, Mask):
        return len(geometry.counts)
    if isinstance(geometry, Polygon):
        return sum(len(ring) for part in geometry.parts for ring in part)
    return len(geometry.points) if isinstance(geometry, Polyline | Points) else 0
