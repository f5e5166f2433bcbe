"""Rankings: Kendall's W of all annotators of an item, tau-b and Spearman's rho of each pair.

A ranking is a tuple of tiers, best first; names of one tier share its mean rank. Annotators need not
rank the same names: W is over the names that all of them ranked, tau-b and rho over the names that both
of a pair did. Fewer than two such names, or names that somebody put into one tier, have no order to
compare. A name ranked twice counts at its best place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.scores import compare_pairs, given, pack
from labelwright.records import Value

Places = Mapping[str, int]  # the tier of each name, from 0 for the best


def places(ranking: Sequence[Sequence[str] | str]) -> dict[str, int]:
    """The tier of each name; a name that is repeated keeps its best one."""
    found: dict[str, int] = {}
    for tier, names in enumerate(ranking):
        for name in (names,) if isinstance(names, str) else names:
            found.setdefault(name, tier)
    return found


def mid_ranks(ranked: Places, names: Sequence[str]) -> list[float]:
    """Ranks of some names from 1; those of one tier share the mean of their ranks."""
    size: dict[int, int] = {}
    for name in names:
        size[ranked[name]] = size.get(ranked[name], 0) + 1
    before, rank = 0, {}
    for tier in sorted(size):
        rank[tier] = before + (size[tier] + 1) / 2
        before += size[tier]
    return [rank[ranked[name]] for name in names]


def kendall_w(rankings: Sequence[Places]) -> float | None:
    """Kendall's coefficient of concordance W, corrected for ties; None where there is no order to compare.

    Over the names that all annotators of the item ranked. Of several items the mean: each item with two
    or more annotators and a W counts once.

    Formula: (12 S2 - 3 m^2 n (n + 1)^2) / (m^2 n (n^2 - 1) - m T), with S2 the sum of squared rank sums of
        n names by m annotators, T the sum of t^3 - t over the tiers of t names of all annotators.

    Range: 0 to 1.

    At 1: all annotators gave the same order.

    At 0: the rank sums are equal, so that no common order is left.

    Below 0: never; of two annotators W is (rho + 1) / 2, so that 0 is opposite orders and 0.5 is chance.

    Source: Kendall and Babington Smith 1939; Kendall 1970, Rank correlation methods (ties).
    """
    names = common(rankings)
    m, n = len(rankings), len(names)
    if m < 2 or n < 2:
        return None
    ranks = [mid_ranks(one, names) for one in rankings]
    squares = sum(sum(of_name) ** 2 for of_name in zip(*ranks, strict=True))
    ties = sum(t**3 - t for one in ranks for t in (one.count(r) for r in set(one)))
    below = m * m * n * (n * n - 1) - m * ties
    return (12.0 * squares - 3.0 * m * m * n * (n + 1) ** 2) / below if below else None


def tau_b(left: Places, right: Places) -> float | None:
    """Kendall's tau-b: names ordered alike less names ordered apart, beside all that are ordered.

    Over the names that both of a pair ranked; the mean over an item's pairs, then over items.

    Formula: (C - D) / sqrt((C + D + X)(C + D + Y)), with C and D the pairs of names ordered alike and
        apart, X and Y those that only one of the two tied.

    Range: -1 to 1.

    At 1: both gave the same order.

    At 0: as many pairs of names are ordered apart as alike.

    Below 0: more are ordered apart; -1 is the opposite order.

    Source: Kendall 1945, The treatment of ties in ranking problems.
    """
    alike = apart = only_left = only_right = 0
    for a, b in combinations(common([left, right]), 2):
        mine, theirs = left[a] - left[b], right[a] - right[b]
        alike += mine * theirs > 0
        apart += mine * theirs < 0
        only_left += mine == 0 != theirs
        only_right += theirs == 0 != mine
    below = (alike + apart + only_left) * (alike + apart + only_right)
    return float((alike - apart) / below**0.5) if below else None


def spearman_rho(left: Places, right: Places) -> float | None:
    """Spearman's rank correlation rho, ties at their mean rank.

    Over the names that both of a pair ranked; the mean over an item's pairs, then over items.

    Formula: the correlation of the two annotators' ranks.

    Range: -1 to 1.

    At 1: both gave the same order.

    At 0: the orders have nothing to do with each other.

    Below 0: they run against each other; -1 is the opposite order.

    Source: Spearman 1904, The proof and measurement of association between two things.
    """
    names = common([left, right])
    centre = (len(names) + 1) / 2
    mine, theirs = ([r - centre for r in mid_ranks(one, names)] for one in (left, right))
    below = sum(r * r for r in mine) * sum(r * r for r in theirs)
    return float(sum(a * b for a, b in zip(mine, theirs, strict=True)) / below**0.5) if below else None


def common(rankings: Sequence[Places]) -> list[str]:
    """The names that are in all of some rankings, sorted."""
    return sorted(set(rankings[0]).intersection(*rankings[1:])) if rankings else []


class RankingScorer:
    """Scores rankings."""

    samples = False

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """Equality, tau-b and rho per pair, and W of the item.

        Contested is an item by how often orders are not identical and by their tau-b, half and half.
        """
        people, rankings = given(who, values)
        ranked = [places(one) for one in rankings]
        scores = compare_pairs(people, list(zip(rankings, ranked, strict=True)), _compare)
        w = kendall_w(ranked)
        partly = len(people) > 1 and any(set(one) != set(ranked[0]) for one in ranked)
        repeated = sum(_length(r) != len(p) for r, p in zip(rankings, ranked, strict=True))
        scores.whole = [w or 0.0, float(w is not None), float(partly), float(repeated)]
        _, packed = pack(scores)
        near = [0.5 * same + 0.25 * (tau + 1.0) for _, _, (same, _, tau, *_) in scores.pairs]
        return (sum(near) / len(near) if near else 1.0), packed

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing is sampled."""


def _length(ranking: Sequence[Sequence[str] | str]) -> int:
    return sum(1 if isinstance(tier, str) else len(tier) for tier in ranking)


def _compare(left: tuple[Value, Places], right: tuple[Value, Places]) -> list[float]:
    same = left[0] == right[0]
    found = [float(same), 1.0]
    for correlation in (tau_b(left[1], right[1]), spearman_rho(left[1], right[1])):
        found += [float(same), 0.0] if correlation is None else [correlation, 1.0]
    return found


MEASURES = {"kendall_w": kendall_w, "kendall_tau_b": tau_b, "spearman_rho": spearman_rho}
