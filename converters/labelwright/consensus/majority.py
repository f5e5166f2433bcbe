"""Majority: what most annotators answered."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from labelwright.agreement.normalise import Normaliser
from labelwright.consensus._private import Answers, all_equal, order, plurality
from labelwright.contracts import Control, Decision
from labelwright.records import Kind

SETS = frozenset({Kind.CHOICES, Kind.TAXONOMY})
PARTS = frozenset({Kind.SPANS, Kind.RELATIONS, Kind.TURNS})


class Majority:
    """A vote among the annotators who answered the control.

    - choice, rating, number, date, preference, ranking, text, json: the answer given most often; a draw
      is a tie. So left against right is a tie, and not the answer that neither is better.
    - choices, taxonomy: every label or path by itself; kept when more than half chose it.
    - spans, relations, turns: every element by its exact key, kept when more than half have it; the
      first annotator's own element stands for it.
    - segments: every moment by itself; a label is kept where more than half marked it. Names of speakers
      are matched first where they mean nothing (`diarization`). A stretch that is both shorter than the
      control's `collar` and shorter than half of every segment behind it is where ends overlap, and is
      left out. What was answered about a stretch is what most answered about the segments behind
      it; in a draw, about the segment most like it.
    - transcript: the words given most often after normalisation, written as most wrote them; in a draw
      the transcript `nearest` to the others, so that there is no tie.

    Where exactly half have an element (for segments: a stretch longer than the `collar`) there is a tie:
    between the answer without the disputed elements and the answer with all of them. `votes` is the
    smallest support of the kept.
    """

    name = "majority"
    kinds = frozenset(Kind)
    others = ""

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, value) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        values = [v for _, v in answers]
        if control.kind is Kind.SEGMENTS:
            from labelwright.consensus import _segments  # late, as below

            return _segments.vote(control, values)
        if control.kind is Kind.TRANSCRIPT:
            return _by_words(control, values)
        if control.kind in SETS or control.kind in PARTS:
            return _by_element(control.kind, values)
        return plurality(values)


def _by_words(control: Control, values: Sequence[Any]) -> Decision:
    """The transcript given most often, whatever normalisation takes away; in a draw the nearest."""
    normalise = Normaliser(control.normalise)
    groups: dict[str, list[str]] = {}
    for value in values:
        groups.setdefault(normalise(str(value)), []).append(value)
    most = max(map(len, groups.values()))
    first, *others = [group for group in groups.values() if len(group) == most]
    if others:
        from labelwright.consensus._likeness import nearest  # late: a vote on labels compares no texts

        return nearest(control, values)
    return Decision(min(first, key=lambda v: (-first.count(v), order(v))), (), most)


def _by_element(kind: Kind, values: Sequence[Sequence[Any]]) -> Decision:
    """Vote on each element by itself."""
    support: dict[Hashable, int] = {}
    element: dict[Hashable, Any] = {}
    for value in values:
        for key, one in {_key(kind, part): part for part in value}.items():
            support[key] = support.get(key, 0) + 1
            element.setdefault(key, one)
    ordered = sorted(support)  # type: ignore[type-var]
    kept = [k for k in ordered if support[k] * 2 > len(values)]
    disputed = {k for k in ordered if support[k] * 2 == len(values)}
    without = tuple(element[k] for k in kept)
    votes = min((support[k] for k in kept), default=0)
    if not disputed:
        return Decision(without, (), votes)
    whole = tuple(element[k] for k in ordered if k in disputed or support[k] * 2 > len(values))
    return Decision(None, (without, whole), votes)


def _key(kind: Kind, part: Any) -> Any:
    if kind in PARTS:
        return part.key
    return tuple(part) if isinstance(part, list) else part


plugin = Majority()
