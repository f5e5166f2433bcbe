"""Unanimous: all annotators must have given the same answer."""

from __future__ import annotations

from labelwright.consensus._private import Answers, all_equal, distinct
from labelwright.contracts import Control, Decision
from labelwright.records import Kind


class Unanimous:
    """The answer that everybody gave; else a tie between all distinct answers."""

    name = "unanimous"
    kinds = frozenset(Kind)
    others = ""

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, value) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        return Decision(None, tuple(distinct([v for _, v in answers])))


plugin = Unanimous()
