"""Votes on one question: whole answers, the labels of sets one by one, and what was written."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from labelwright.agreement.normalise import Normaliser
from labelwright.consensus._private import order, plurality
from labelwright.contracts import Control, Decision
from labelwright.records import Kind

SETS = frozenset({Kind.CHOICES, Kind.TAXONOMY})


def by_words(control: Control, values: Sequence[Any], as_given: bool = False) -> Decision:
    """The transcript given most often, whatever normalisation takes away; in a draw the nearest."""
    normalise = Normaliser(control.normalise)
    groups: dict[str, list[str]] = {}
    for value in values:
        groups.setdefault(normalise(str(value)), []).append(value)
    most = max(map(len, groups.values()))
    first, *others = [group for group in groups.values() if len(group) == most]
    if others:
        from labelwright.consensus._likeness import nearest  # late: a vote on labels compares no texts

        return nearest(control, values, as_given)
    return Decision(min(first, key=lambda v: (-first.count(v), order(v))), (), most)


def by_label(values: Sequence[Sequence[Any]]) -> Decision:
    """Vote on each label or path by itself."""
    support: dict[Hashable, int] = {}
    for value in values:
        for label in {tuple(part) if isinstance(part, list) else part for part in value}:
            support[label] = support.get(label, 0) + 1
    return kept_of(support, {label: label for label in support}, len(values))


def kept_of(support: dict[Any, int], element: dict[Any, Any], voters: int) -> Decision:
    """The elements that more than half support, in the order of their keys; a tie where half does."""
    ordered = sorted(support)
    kept = [k for k in ordered if support[k] * 2 > voters]
    without = tuple(element[k] for k in kept)
    votes = min((support[k] for k in kept), default=0)
    whole = tuple(element[k] for k in ordered if support[k] * 2 >= voters)
    return (
        Decision(without, (), votes)
        if len(whole) == len(without)
        else Decision(None, (without, whole), votes)
    )


def about_region(control: Control, values: Sequence[Any]) -> Decision:
    """What most answered about one region; of what was written, the text most like the others.

    Of texts that are as like, the first of ``values``.
    """
    if control.kind in (Kind.TEXT, Kind.JSON) and not control.multiple:
        from labelwright.consensus._likeness import nearest  # late, as above

        return nearest(control, values, True)
    if control.kind is Kind.TRANSCRIPT and not control.multiple:
        return by_words(control, values, True)
    return by_label(values) if control.kind in SETS else plurality(values)
