"""How alike two answers are, from 0 to 1, by kind; and the answer that is most like the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from labelwright.agreement.jsonfields import json_agreement
from labelwright.agreement.normalise import Normaliser
from labelwright.agreement.text import chrf, fold
from labelwright.agreement.timeline import atoms, track
from labelwright.agreement.transcripts import word_distance
from labelwright.consensus._private import distinct, identity
from labelwright.contracts import Control, Decision
from labelwright.records import Kind, Segment, Track

DIGITS = 12  # similarities that differ less than this are a draw
MICRO = 1e6  # units of time per second

Likeness = Callable[[Any, Any], float]


def nearest(control: Control, values: Sequence[Any], as_given: bool = False) -> Decision:
    """The value with the highest mean likeness to the others; of equals the first in value order.

    ``as_given``: of equals the first of ``values``. ``votes`` counts how often it was given.
    """
    keys = [identity(v) for v in values]
    likeness = likeness_of(control)
    best: tuple[float, Any, int] | None = None
    for candidate in values if as_given else distinct(values):
        own = keys.count(identity(candidate))
        # Its own vote is left out; equal answers of others count as fully similar.
        mean = round((sum(likeness(candidate, v) for v in values) - 1.0) / max(len(values) - 1, 1), DIGITS)
        if best is None or mean > best[0]:
            best = (mean, candidate, own)
    assert best is not None
    return Decision(best[1], (), best[2])


def likeness_of(control: Control) -> Likeness:
    """The measure for a control; 1 for equal answers, the same in both directions."""
    if control.kind is Kind.TRANSCRIPT:
        normalise = Normaliser(control.normalise)
        return lambda a, b: 1.0 - word_distance(normalise(str(a)), normalise(str(b)))
    return _BY_KIND.get(control.kind, _equal)


def _equal(left: Any, right: Any) -> float:
    return float(identity(left) == identity(right))


def _texts(left: Any, right: Any) -> float:
    return chrf(fold(str(left)), fold(str(right)))


def _rankings(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> float:
    """The share of pairs that both put in the same order (or both tie), of the names that both rank."""
    here, there = ({n: i for i, tier in enumerate(one) for n in tier} for one in (left, right))
    pairs = list(combinations(sorted(here.keys() & there.keys()), 2))
    if not pairs:
        return _equal(left, right)
    alike = sum(_sign(here[a] - here[b]) == _sign(there[a] - there[b]) for a, b in pairs)
    return alike / len(pairs)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _segments(left: Sequence[Segment], right: Sequence[Segment]) -> float:
    """The time to which both give the same label, over the time to which either gives it."""
    shared = either = 0
    for length, (here, there) in atoms([track(left, MICRO), track(right, MICRO)]):
        shared += length * len({*here} & {*there})
        either += length * len({*here} | {*there})
    return shared / either if either else _equal(left, right)


def _drawn(left: Sequence[Any], right: Sequence[Any]) -> float:
    """F1 of the shapes or tracks that are the same, with the same label."""
    from labelwright.agreement.items import scorer_for  # late: it is asked for drawings alone

    kind = Kind.TRACKS if any(isinstance(mark, Track) for mark in (*left, *right)) else Kind.SHAPES
    return scorer_for(Control(kind)).score(("a", "b"), (left, right), None)[0]


_BY_KIND: dict[Kind, Likeness] = {
    Kind.TEXT: _texts,
    Kind.JSON: json_agreement,
    Kind.RANKING: _rankings,
    Kind.SEGMENTS: _segments,
    Kind.SHAPES: _drawn,
    Kind.TRACKS: _drawn,
}
