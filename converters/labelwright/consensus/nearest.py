"""Nearest: the answer that is most like the others."""

from __future__ import annotations

from labelwright.consensus._likeness import nearest
from labelwright.consensus._private import Answers, all_equal
from labelwright.contracts import Control, Decision
from labelwright.records import Kind


class Nearest:
    """The given answer with the highest mean similarity to the others' answers.

    Similarity is symmetric chrF for text, 1 minus the word errors over the words of the longer transcript
    (after its normalisation) for transcripts, the mean agreement of leaves for json, the share of
    pairs in the same order for rankings, the time labelled alike over the time labelled by either for
    segments, and equality for every other kind. A draw goes to the first answer in value order: two
    different texts of two annotators are always a draw, and no order of annotators may decide it.
    `votes` counts those who gave it.
    """

    name = "nearest"
    kinds = frozenset(Kind)
    others = ""

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, value) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        return nearest(control, [v for _, v in answers])


plugin = Nearest()
