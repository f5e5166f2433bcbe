"""Which of one annotator's shapes or tracks are which of another's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from labelwright.agreement.assignment import assign

SAME = 0.5  # likeness from which two marks are the same one
STEPS = 1 << 30  # likenesses are compared as whole numbers, so that sums are exact
LARGE = 2_000_000  # pairs of marks that hang together: up to there the best assignment is sought
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
    more than ``LARGE`` pairs of marks hang together, the likest pairs are taken first instead.
    """
    if len(left) > 1 < len(right) and sorted(p.key for p in left) > sorted(p.key for p in right):
        turned = matched(right, left, [(j, i, how) for i, j, how in found])
        return sorted((i, j, how) for j, i, how in turned)
    by_place = {(i, j): how for i, j, how in found}
    gains = {(i, j): gain(how, left[i].label == right[j].label) for (i, j), how in by_place.items()}
    made = _certain(gains)
    for rows, columns in _components(gains):
        if len(rows) == len(columns) == 1:
            made.append((rows[0], columns[0]))
            continue
        # In a fixed order: equal gains are decided by position.
        rows.sort(key=lambda i: left[i].key)
        columns.sort(key=lambda j: right[j].key)
        places = _best(rows, columns, gains)
        made += [place for place in places if place in by_place]
    return sorted((*place, by_place[place]) for place in made)


def _certain(gains: dict[Place, int]) -> list[Place]:
    """Take out pairs that belong to every best assignment, and whatever else their marks are in.

    A pair does where its gain is more than the highest other gains of both its marks together: an
    assignment without it could exchange those two for it. What is taken out makes others certain.
    """
    made: list[Place] = []
    while gains:
        best: tuple[dict[int, list[int]], ...] = ({}, {})
        for place, value in gains.items():
            for most, at in zip(best, place, strict=True):
                two = most.setdefault(at, [0, 0])
                if value > two[1]:
                    two[:] = (value, two[0]) if value > two[0] else (two[0], value)
        sure = [
            (i, j)
            for (i, j), value in gains.items()
            if value > _other(best[0][i], value) + _other(best[1][j], value)
        ]
        if not sure:
            break
        made += sure
        rows, columns = {i for i, _ in sure}, {j for _, j in sure}
        for place in [(i, j) for i, j in gains if i in rows or j in columns]:
            del gains[place]
    return made


def _other(two: Sequence[int], value: int) -> int:
    """The highest of a mark's other gains, of its two highest."""
    return two[1] if value == two[0] else two[0]


def _best(rows: Sequence[int], columns: Sequence[int], gains: Mapping[Place, int]) -> list[Place]:
    """The best assignment of marks that hang together, as places."""
    if len(rows) * len(columns) > LARGE:
        return _greedy(rows, columns, gains)
    matrix = [[gains.get((i, j), 0) for j in columns] for i in rows]
    return [(rows[row], columns[column]) for row, column in assign(matrix)]


def _greedy(rows: Sequence[int], columns: Sequence[int], gains: Mapping[Place, int]) -> list[Place]:
    """Pairs from the highest gain down, where the best total would take too long."""
    row_of, column_of = ({at: n for n, at in enumerate(own)} for own in (rows, columns))
    pairs = ((-value, row_of[i], column_of[j]) for (i, j), value in gains.items() if i in row_of and value)
    free_rows, free_columns, made = set(row_of.values()), set(column_of.values()), []
    for _, row, column in sorted(pairs):
        if row in free_rows and column in free_columns:
            free_rows.remove(row)
            free_columns.remove(column)
            made.append((rows[row], columns[column]))
    return made


def gain(found: float, same_label: bool) -> int:
    """What a pair adds to an assignment: its likeness in steps; of equal ones an equal label decides."""
    return 2 * round(found * STEPS) + same_label


def assigned(gains: dict[Place, int]) -> list[Place]:
    """The places of the best assignment; equal gains are decided by position."""
    left = dict(gains)
    made = _certain(left)
    for rows, columns in _components(left):
        made += [place for place in _best(sorted(rows), sorted(columns), left) if place in left]
    return made


def total_gain(gains: dict[Place, int]) -> int:
    """The total gain of the best assignment."""
    return sum(gains[place] for place in assigned(gains))


def _components(pairs: Iterable[Place]) -> list[tuple[list[int], list[int]]]:
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
    a group has one mark of an annotator at most. Of two annotators groups are what ``matched`` says, from
    ``SAME``. Of more, pairs join from the likest down to ``SAME``, those of equal label first, unless
    that would put two of one annotator's marks together. Groups are in the order of their first mark's key.
    """
    if len(answers) == 2:
        found = {(0, 1): matched(answers[0], answers[1], found.get((0, 1), ()))}
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
