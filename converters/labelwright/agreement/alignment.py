"""The best alignment of several annotators' units, as gamma needs it.

An alignment parts all units into groups of at most one unit per annotator. A group costs the mean over
all P pairs of annotators: the dissimilarity of their units, or 1 where one or both of the pair have none,
so that a unit alone costs 1. A unit that joins a group therefore gains ``P + sum(1 - d)`` over its members
d apart, and the best alignment has the highest sum of gains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

STATES = 1000  # open groupings that are followed at once; more is given up
FEW = 10  # groupings that are followed to find a good alignment first
ALONE = 100_000  # groupings that one alignment may follow where no budget is given
ROUNDING = 1e-9


class Unit(NamedTuple):
    """A stretch with a label, and who marked it (by number)."""

    start: float
    end: float
    label: str
    owner: int


Group = tuple[int, ...]


def dissimilarity(a: Unit, b: Unit) -> float:
    """How unlike two units are: of position (squared share of their lengths) and 1 for another label."""
    shift = (abs(a.start - b.start) + abs(a.end - b.end)) / ((a.end - a.start) + (b.end - b.start))
    return shift * shift + float(a.label != b.label)


class Budget:
    """How many groupings may still be followed, over all alignments that share it."""

    def __init__(self, left: int) -> None:
        """``left`` groupings."""
        self.left = left

    def spend(self, groupings: int) -> bool:
        """Whether that many were left."""
        self.left -= groupings
        return self.left >= 0


def best_disorder(units: Iterable[Unit], annotators: int, budget: Budget | None = None) -> float | None:
    """The summed cost of the best alignment's groups; None where it is too costly to be found.

    Exact: units are taken in order, and all ways to group them are followed, of which only the groups that
    may still grow matter, but those that cannot come up to an alignment found by following a few.
    """
    ordered = sorted(u for u in units if u.end > u.start)
    if annotators < 2:
        return None
    budget = budget or Budget(ALONE)
    floor = _follow(ordered, annotators, FEW, None, budget)
    best = None if floor is None else _follow(ordered, annotators, None, floor, budget)
    return None if best is None else len(ordered) - best / (annotators * (annotators - 1) / 2)


def _follow(
    units: Sequence[Unit], annotators: int, width: int | None, floor: float | None, budget: Budget
) -> float | None:
    """The highest gain; of only the ``width`` best groupings at once, or of all that can reach ``floor``."""
    last = _last_partners(units, annotators * (annotators - 1) / 2 + 1.0)
    hope = _hopes(units, annotators)
    layer: dict[tuple[Group, ...], float] = {(): 0.0}
    for at in range(len(units)):
        following: dict[tuple[Group, ...], float] = {}
        for groups, gain in layer.items():
            for grown, more in _ways(units, groups, at, annotators):
                if floor is not None and gain + more + hope[at + 1] < floor - ROUNDING:
                    continue
                kept = tuple(sorted(g for g in grown if len(g) < annotators and max(last[u] for u in g) > at))
                if gain + more > following.get(kept, -1.0):
                    following[kept] = gain + more
        if width is not None and len(following) > width:
            following = dict(sorted(following.items(), key=lambda f: -f[1])[:width])
        if len(following) > STATES or not budget.spend(len(following)):
            return None
        layer = following
    return max(layer.values())


def _hopes(units: Sequence[Unit], annotators: int) -> list[float]:
    """What the units from each place on can gain at most, each with the best earlier ones of all others."""
    hope = [0.0] * (len(units) + 1)
    for at in reversed(range(len(units))):
        nearest: dict[int, float] = {}
        for other in units[:at]:
            if other.owner != units[at].owner:
                near = 1.0 - dissimilarity(other, units[at])
                nearest[other.owner] = max(near, nearest.get(other.owner, near))
        best = sorted(nearest.values(), reverse=True)
        gain = (
            annotators * (annotators - 1) / 2 + best[0] + sum(max(0.0, n) for n in best[1:]) if best else 0.0
        )
        hope[at] = hope[at + 1] + max(0.0, gain)
    return hope


def _ways(
    units: Sequence[Unit], groups: tuple[Group, ...], at: int, annotators: int
) -> Iterable[tuple[tuple[Group, ...], float]]:
    """Every grouping after a unit: on its own, or in one of the groups; and what that gains."""
    one, pairs = units[at], annotators * (annotators - 1) / 2
    yield (*groups, (at,)), 0.0
    for place, group in enumerate(groups):
        if any(units[u].owner == one.owner for u in group):
            continue
        gain = pairs + sum(1.0 - dissimilarity(units[u], one) for u in group)
        # A loss can pay only through units to come, which gain at most 1 each by this one.
        if gain > len(group) + 1 - annotators:
            yield (*groups[:place], (*group, at), *groups[place + 1 :]), gain


def _last_partners(units: Sequence[Unit], limit: float) -> list[int]:
    """For each unit the last later one of another annotator that is less than ``limit`` apart (-1: none)."""
    longest = max((u.end - u.start for u in units), default=0.0)
    found = [-1] * len(units)
    for at, one in enumerate(units):
        reach = one.start + limit**0.5 * (one.end - one.start + longest)
        for later in range(at + 1, len(units)):
            other = units[later]
            if other.start > reach:
                break
            if other.owner != one.owner and dissimilarity(one, other) < limit:
                found[at] = later
    return found
