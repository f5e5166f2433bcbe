"""Turns of a dialogue: agreement per turn that at least one annotator answered."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.scores import cells, compare_pairs, given, pack, per_label
from labelwright.records import Turn, Value


class TurnScorer:
    """Scores turns: two annotators agree on a turn when they gave it the same marks and words."""

    samples = False

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """Per pair the turns answered alike, of all that either answered; and labels per turn.

        For alpha a turn that somebody labelled has the category "" from those who did not.
        """
        people, turns = given(who, values)
        scores = compare_pairs(people, turns, _compare)
        scores.parts = per_label([[(t.label, t.index) for t in one if t.label] for one in turns])
        labels = [_labels(one) for one in turns]
        indexes = sorted({i for one in labels for i in one})
        if len(people) > 1:
            found = [[one.get(i, "") for one in labels] for i in indexes]
            scores.cells = cells(found, [1] * len(found))
        return pack(scores)

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing is sampled."""


def _compare(left: Sequence[Turn], right: Sequence[Turn]) -> list[float]:
    mine, theirs = _keys(left), _keys(right)
    either = mine.keys() | theirs.keys()
    same = sum(mine.get(i) == theirs.get(i) for i in either)
    return [float(same), float(len(either))]


def _keys(turns: Sequence[Turn]) -> dict[int, set[tuple[int, str, str]]]:
    found: dict[int, set[tuple[int, str, str]]] = {}
    for turn in turns:
        found.setdefault(turn.index, set()).add(turn.key)
    return found


def _labels(turns: Sequence[Turn]) -> dict[int, str]:
    found: dict[int, set[str]] = {}
    for turn in turns:
        if turn.label:
            found.setdefault(turn.index, set()).add(turn.label)
    return {i: "+".join(sorted(labels)) for i, labels in found.items()}
