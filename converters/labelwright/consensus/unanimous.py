"""Unanimous: all annotators must have given the same answer."""

from __future__ import annotations

from labelwright.consensus._private import Answers, all_equal, distinct
from labelwright.contracts import Control, Decision
from labelwright.records import Kind


class Unanimous:
    """The answer that everybody gave; else a tie between all distinct answers.

    Shapes and tracks are the same answer if everybody drew the same things (see `shape_f1`) with the same
    labels and answers; they are then made one as by `majority`.
    """

    name = "unanimous"
    kinds = frozenset(Kind)
    others = ""

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, value) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        if control.kind in (Kind.SHAPES, Kind.TRACKS):
            from labelwright.consensus import _shapes  # late: needs more than most answers do

            common = _shapes.common(control, [v for _, v in answers])
            if common is not None:
                return common
        return Decision(None, tuple(distinct([v for _, v in answers])))


plugin = Unanimous()
