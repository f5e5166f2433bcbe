"""Nearest: the answer that is most like the others."""

from __future__ import annotations

from typing import Any

from labelwright.agreement.jsonfields import json_agreement
from labelwright.agreement.text import chrf, fold
from labelwright.consensus._private import Answers, all_equal, distinct, identity
from labelwright.contracts import Control, Decision
from labelwright.records import Kind

DIGITS = 12  # similarities that differ less than this are a draw


class Nearest:
    """The given answer with the highest mean similarity to the others' answers.

    Similarity is symmetric chrF for text, the mean agreement of leaves for json, equality for every
    other kind. A draw goes to the first answer in value order: two different texts of two annotators
    are always a draw, and no order of annotators may decide it. ``votes`` counts those who gave it.
    """

    name = "nearest"
    kinds = frozenset(Kind)
    others = ""

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, value) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        values = [v for _, v in answers]
        keys = [identity(v) for v in values]
        best: tuple[float, Any, int] | None = None
        for candidate in distinct(values):
            own = keys.count(identity(candidate))
            # Its own vote is left out; equal answers of others count as fully similar.
            likeness = [_similarity(control.kind, candidate, v) for v in values]
            mean = round((sum(likeness) - 1.0) / (len(values) - 1), DIGITS)
            if best is None or mean > best[0]:
                best = (mean, candidate, own)
        assert best is not None
        return Decision(best[1], (), best[2])


def _similarity(kind: Kind, left: Any, right: Any) -> float:
    if kind is Kind.TEXT:
        return chrf(fold(str(left)), fold(str(right)))
    if kind is Kind.JSON:
        return json_agreement(left, right)
    return float(identity(left) == identity(right))


plugin = Nearest()
