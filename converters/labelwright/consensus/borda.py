"""Borda: one ranking of several, by mean place."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from labelwright.consensus._private import Answers, all_equal, tiers
from labelwright.contracts import Control, Decision
from labelwright.records import Kind


class Borda:
    """The names of several annotators' rankings by their mean place; equal means share a tier.

    A place counts from 0 (the best of those that the annotator ranked) to 1 (the worst); names in one
    tier share the mean of their places. The mean is taken over the annotators who ranked the name, and a
    ranking of a single name says nothing. It is exact and never ties. `votes` counts the annotators
    who gave exactly that ranking. Source: Borda 1781, Mémoire sur les élections au scrutin.
    """

    name = "borda"
    kinds = frozenset({Kind.RANKING})
    others = "majority"

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, ranking) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        places: dict[str, list[Fraction]] = {}
        for _, ranking in answers:
            for name, place in _places(ranking).items():
                places.setdefault(name, []).extend(place)
        unknown = Fraction(1, 2)
        means = {name: -sum(found) / len(found) if found else -unknown for name, found in places.items()}
        value = tiers(means)
        return Decision(value, (), sum(v == value for _, v in answers))


def _places(ranking: Sequence[Sequence[str]]) -> dict[str, list[Fraction]]:
    """The place of each name from 0 to 1, in a list that is empty where one name alone is ranked."""
    total = sum(map(len, ranking))
    found: dict[str, list[Fraction]] = {}
    before = 0
    for tier in ranking:
        middle = before + Fraction(len(tier) - 1, 2)
        found |= {name: [middle / (total - 1)] if total > 1 else [] for name in tier}
        before += len(tier)
    return found


plugin = Borda()
