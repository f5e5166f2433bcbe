"""Answers of which only equality is measured."""

from __future__ import annotations

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.scores import compare_pairs, given, pack
from labelwright.records import Value


class EqualScorer:
    """Scores pairs of answers by equality alone."""

    samples = False

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """Equality of each pair."""
        people, answers = given(who, values)
        return pack(compare_pairs(people, answers, lambda a, b: [float(a == b), 1.0]))

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing: no chance is measured."""
