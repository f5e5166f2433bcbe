"""How often annotators answer as the reference does: the gold that models of consensus may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labelwright.consensus._private import all_equal, identity
from labelwright.records import Annotation


class GoldTally:
    """By control and annotator: how many answers on items with a reference were right, of how many."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._counts: dict[str, dict[str, list[int]]] = {}

    def add(self, annotations: Sequence[Annotation]) -> None:
        """Count one item's annotations; references that contradict each other tell nothing."""
        references = [a for a in annotations if a.reference]
        for control in sorted({c for a in references for c in a.answers}):
            truth = [(a.annotator, a.answers[control]) for a in references if control in a.answers]
            if not all_equal(truth):
                continue
            for annotation in annotations:
                if not annotation.reference and control in annotation.answers:
                    mine = self._counts.setdefault(control, {}).setdefault(annotation.annotator, [0, 0])
                    mine[0] += identity(annotation.answers[control]) == identity(truth[0][1])
                    mine[1] += 1

    def merge(self, other: GoldTally) -> None:
        """Add what another part counted."""
        for control, theirs in other._counts.items():
            for annotator, (right, total) in theirs.items():
                mine = self._counts.setdefault(control, {}).setdefault(annotator, [0, 0])
                mine[0] += right
                mine[1] += total

    def of(self, control: str) -> Mapping[str, tuple[int, int]]:
        """Right answers and all answers by annotator, for one control."""
        counts = self._counts.get(control, {})
        return {annotator: (right, total) for annotator, (right, total) in sorted(counts.items())}
