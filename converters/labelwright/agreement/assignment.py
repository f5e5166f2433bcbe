"""The best one-to-one assignment between two groups: who is who, which shape is which."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf


def assign(gain: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs (row, column) with the highest total gain, sorted by row. Gains are finite numbers.

    Each row and each column is in at most one pair, and there are as many pairs as rows or columns,
    whichever are fewer. Exact for integers. The shortest-augmenting-path form of the Hungarian method
    (Kuhn 1955, Jonker and Volgenant 1987), O(r² c) for r rows up to c columns; equal gains are
    decided by position, so the same matrix always has the same answer.
    """
    if not gain or not gain[0]:
        return []
    if len(gain) > len(gain[0]):
        turned = assign(list(zip(*gain, strict=True)))
        return sorted((row, column) for column, row in turned)
    taken = _solve([[-value for value in row] for row in gain])
    return sorted((row, column) for column, row in enumerate(taken) if row >= 0)


def _solve(cost: list[list[float]]) -> list[int]:
    """The row that takes each column at least cost, -1 for none; rows are no more than columns."""
    rows, columns = len(cost), len(cost[0])
    of_row, of_column = [0.0] * rows, [0.0] * columns  # potentials: the dual solution
    taken = [-1] * columns
    for start in range(rows):
        near = [inf] * columns
        before = [-1] * columns  # the column before each on the cheapest path from the start
        done = [False] * columns
        row, last = start, -1
        while True:
            step, chosen = inf, -1
            for column in range(columns):
                if done[column]:
                    continue
                slack = cost[row][column] - of_row[row] - of_column[column]
                if slack < near[column]:
                    near[column], before[column] = slack, last
                if near[column] < step:
                    step, chosen = near[column], column
            of_row[start] += step
            for column in range(columns):
                if done[column]:
                    of_row[taken[column]] += step
                    of_column[column] -= step
                else:
                    near[column] -= step
            done[chosen] = True
            last = chosen
            if taken[chosen] < 0:
                break
            row = taken[chosen]
        while last >= 0:
            previous = before[last]
            taken[last] = start if previous < 0 else taken[previous]
            last = previous
    return taken
