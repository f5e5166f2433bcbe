"""Which of one annotator's shapes or tracks are which of another's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from labelwright.agreement.assignment import assign

SAME = 0.5  # likeness from which two marks are the same one
STEPS = 1 << 30  # likenesses are compared as whole numbers, so that sums are exact
LARGE = 10_000  # pairs of marks that hang together: up to there the best assignment is sought
ROUND = 1e-9  # what rounding may take from a likeness


class Placed(NamedTuple):
    """A shape or track with what it takes to find its like.

    Only marks of the same ``group`` whose stretches ``[low, high]`` meet can be alike. ``key`` orders the
    marks of an item whoever drew them; its last part is not the label.
    """

    mark: Any
    group: str
    low: float
    high: float
    key: tuple[Any, ...]

    @property
    def label(self) -> str:
        """The mark's label."""
        return str(self.mark.label)


Like = Callable[[Any, Any], float]
Place = tuple[int, int]
Near = tuple[int, int, float]  # places on the left and on the right, and their likeness


def near(left: Sequence[Placed], right: Sequence[Placed], like: Like) -> Iterator[Near]:
    """Pairs of places whose likeness is more than 0, with it."""
    groups: dict[str, list[int]] = {}
    for at, one in enumerate(right):
        groups.setdefault(one.group, []).append(at)
    for own in groups.values():
        own.sort(key=lambda at: right[at].low)
    lows = {group: [right[at].low for at in own] for group, own in groups.items()}
    for i, one in enumerate(left):
        reached = bisect_right(lows.get(one.group, ()), one.high)
        for j in groups.get(one.group, ())[:reached]:
            if right[j].high >= one.low:
                found = like(one.mark, right[j].mark)
                if found > 0:
                    yield i, j, min(found, 1.0)


def matched(left: Sequence[Placed], right: Sequence[Placed], found: Sequence[Near]) -> list[Near]:
    """The best one-to-one assignment by total likeness, whatever ``SAME`` says; ``found`` is of ``near``.

    Of assignments as good the one with more equal labels is taken. The same in both directions. Where
    very many marks lie on each other, the likest pairs are taken first instead.
    """
    if sorted(p.key for p in left) > sorted(p.key for p in right):
        turned = matched(right, left, [(j, i, how) for i, j, how in found])
        return sorted((i, j, how) for j, i, how in turned)
    by_place = {(i, j): how for i, j, how in found}
    made: list[Near] = []
    for rows, columns in _components(by_place):
        if len(rows) == len(columns) == 1:  # nearly always
            made.append((rows[0], columns[0], by_place[rows[0], columns[0]]))
            continue
        # In a fixed order: equal gains are decided by position.
        rows.sort(key=lambda i: left[i].key)
        columns.sort(key=lambda j: right[j].key)
        gain = [[_gain(by_place.get((i, j), 0.0), left[i], right[j]) for j in columns] for i in rows]
        for row, column in assign(gain) if len(rows) * len(columns) <= LARGE else _greedy(gain):
            place = (rows[row], columns[column])
            if place in by_place:
                made.append((*place, by_place[place]))
    return sorted(made)


def _greedy(gain: Sequence[Sequence[int]]) -> list[Place]:
    """Pairs from the highest gain down, where the best total would take too long."""
    pairs = ((-value, row, column) for row, own in enumerate(gain) for column, value in enumerate(own))
    rows: set[int] = set()
    columns: set[int] = set()
    made = []
    for _, row, column in sorted(pair for pair in pairs if pair[0]):
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            made.append((row, column))
    return made


def _gain(found: float, left: Placed, right: Placed) -> int:
    return 0 if found <= 0 else 2 * round(found * STEPS) + (left.label == right.label)


def _components(pairs: dict[Place, float]) -> list[tuple[list[int], list[int]]]:
    """Marks that hang together: what one of them is assigned to does not concern the others."""
    of_row: dict[int, int] = {}
    of_column: dict[int, int] = {}
    members: dict[int, tuple[list[int], list[int]]] = {}
    for number, (i, j) in enumerate(pairs):
        here, there = of_row.get(i), of_column.get(j)
        home = here if here is not None else there if there is not None else number
        rows, columns = members.setdefault(home, ([], []))
        if here is None:
            of_row[i] = home
            rows.append(i)
        if there is None:
            of_column[j] = home
            columns.append(j)
        elif there != home:
            for one in members[there][0]:
                of_row[one] = home
            for one in members[there][1]:
                of_column[one] = home
            more_rows, more_columns = members.pop(there)
            rows += more_rows
            columns += more_columns
    return list(members.values())


def is_same(found: float, least: float = SAME) -> bool:
    """Whether a likeness is enough for two marks to be the same one."""
    return found >= least - ROUND


def alike(answers: Sequence[Sequence[Placed]], found: Mapping[Place, Sequence[Near]]) -> list[dict[int, int]]:
    """Which marks of several annotators are the same one, whatever their labels.

    ``found`` has by pair of annotators (the first the lower) what ``near`` says. Each group maps an
    annotator's place to the place of their mark; every mark is in exactly one group, perhaps alone, and
    a group has one mark of an annotator at most. Pairs join from the likest down to ``SAME``, those of
    equal label first, unless that would put two of one annotator's marks together. Groups are in the
    order of their first mark's key.
    """
    group = {(who, at): {who: at} for who, own in enumerate(answers) for at in range(len(own))}
    for _, a, b in sorted(_close(answers, found), key=lambda c: c[0]):
        first, second = group[a], group[b]
        if first is second or first.keys() & second.keys():
            continue
        first.update(second)
        for place in second.items():
            group[place] = first
    groups = {id(g): g for g in group.values()}.values()
    return sorted(groups, key=lambda g: sorted((answers[who][at].key, who) for who, at in g.items()))


def _close(
    answers: Sequence[Sequence[Placed]], found: Mapping[Place, Sequence[Near]]
) -> Iterator[tuple[tuple[Any, ...], Place, Place]]:
    """Pairs of different annotators' marks that may be the same one, and their rank."""
    for (a, b), pairs in found.items():
        for i, j, how in pairs:
            if is_same(how):
                one, other = answers[a][i], answers[b][j]
                keys = sorted((one.key, other.key))
                yield (-round(how * STEPS), one.label != other.label, *keys, a, i, b, j), (a, i), (b, j)
