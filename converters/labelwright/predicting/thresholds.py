"""Leaves out what a predictor is less sure of than asked."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from labelwright.contracts import Outcome
from labelwright.records import Relation, Segment, Shape, Span, Track

_MARKS = (Span, Segment, Shape, Track)


def above(outcome: Outcome, least: float) -> tuple[Outcome, int]:
    """The answers that are as sure as asked, and how many are not.

    A region counts by its own score, an answer about the whole item by the control's; else by the outcome's.
    What has no score at all stays, since nobody said that it is unsure. Relations go with their regions.
    """
    kept: dict[str, Any] = {}
    gone: set[str] = set()
    below = 0
    for name, value in (outcome.answers or {}).items():
        whole = outcome.scores.get(name, outcome.score)
        if isinstance(value, tuple) and value and isinstance(value[0], _MARKS):
            sure = tuple(one for one in value if _sure(one.score, whole, least))
            gone |= {one.id for one in value if one.id} - {one.id for one in sure}
            below += len(value) - len(sure)
            if sure:
                kept[name] = sure
        elif _related(value) or value == () or _sure(None, whole, least):
            kept[name] = value
        else:
            below += 1
    for name, value in kept.items():
        if _related(value):
            kept[name] = tuple(one for one in value if not {one.head.id, one.tail.id} & gone)
            below += len(value) - len(kept[name])
    return replace(outcome, answers=kept), below


def _sure(own: float | None, whole: float | None, least: float) -> bool:
    score = whole if own is None else own
    return score is None or score >= least


def _related(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Relation)
