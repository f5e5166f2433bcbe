"""Bradley-Terry: one ranking of several, by who beats whom."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

from labelwright.consensus._private import Answers, all_equal, tiers
from labelwright.contracts import Control, Decision
from labelwright.records import Kind

DIGITS = 6  # of a log strength; names that differ less share a tier
KEPT = 1 << 14  # tables of wins whose strengths are remembered

Wins = tuple[tuple[float, ...], ...]


class BradleyTerry:
    """The names of several annotators' rankings by their strength in pairwise comparisons.

    Each annotator compares every two names that they ranked: the one in the better tier wins, in one
    tier each wins half. Strengths are those of Bradley and Terry's model that make these wins most
    likely, when every name also has half a win and half a loss against one opponent that all
    share: so all strengths are finite, and names that nobody compared can be ordered. Names of equal
    strength share a tier, so that there is no tie. Where all names were compared equally often, it
    is the order of wins. `votes` counts the annotators who gave exactly that ranking.
    Source: Bradley and Terry 1952, Biometrika 39(3/4), 324-345.
    """

    name = "bradley-terry"
    kinds = frozenset({Kind.RANKING})
    others = "majority"

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, ranking) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        names = sorted({name for _, ranking in answers for tier in ranking for name in tier})
        strength = _strengths(_wins(names, answers))
        value = tiers(dict(zip(names, strength, strict=True)))
        return Decision(value, (), sum(v == value for _, v in answers))


def _wins(names: list[str], answers: Answers) -> Wins:
    """How often the name of each row beat the name of each column."""
    number = {name: i for i, name in enumerate(names)}
    table = [[0.0] * len(names) for _ in names]
    for _, ranking in answers:
        placed = [(number[name], place) for place, tier in enumerate(ranking) for name in tier]
        for (a, here), (b, there) in combinations(placed, 2):
            won = 0.5 if here == there else float(here < there)
            table[a][b] += won
            table[b][a] += 1.0 - won
    return tuple(map(tuple, table))


@lru_cache(KEPT)
def _strengths(wins: Wins) -> tuple[float, ...]:
    """A number for each name that orders the names by strength."""
    played = {wins[a][b] + wins[b][a] for a, b in combinations(range(len(wins)), 2)}
    if len(played) <= 1:
        return tuple(map(sum, wins))
    import numpy as np

    from labelwright.agreement.bradley_terry import bradley_terry

    shared = np.pad(np.array(wins), (0, 1), constant_values=0.5)
    return tuple(round(s, DIGITS) for s in bradley_terry(shared).strengths[:-1])


plugin = BradleyTerry()
