"""Answers of which only equality is measured."""

from __future__ import annotations

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.scores import compare_pairs, given, pack
from labelwright.records import Segment, Value


class EqualScorer:
    """Scores pairs of answers by equality alone."""

    samples = False

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """Equality of each pair."""
        people, answers = given(who, values)
        return pack(compare_pairs(people, answers, lambda a, b: [float(_said(a) == _said(b)), 1.0]))

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing: no chance is measured."""


def _said(value: Value) -> object:
    """What an answer says: a segment's id is the tool's, not the person's."""
    if isinstance(value, tuple) and value and all(isinstance(v, Segment) for v in value):
        return tuple((v.key, v.answers) for v in value)
    return value
