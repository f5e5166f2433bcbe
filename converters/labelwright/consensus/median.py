"""Median: the middle of numbers."""

from __future__ import annotations

from labelwright.consensus._private import Answers, all_equal
from labelwright.contracts import Control, Decision
from labelwright.records import Kind


class Median:
    """The median; between two middle numbers their mean, which nobody may have given.

    ``votes`` counts the annotators who gave exactly that number.
    """

    name = "median"
    kinds = frozenset({Kind.NUMBER, Kind.RATING})
    others = "majority"

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, value) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        numbers = sorted([v for _, v in answers])
        half = len(numbers) // 2
        low, high = numbers[(len(numbers) - 1) // 2], numbers[half]
        value = high if low == high else (low + high) / 2
        return Decision(value, (), numbers.count(value))


plugin = Median()
