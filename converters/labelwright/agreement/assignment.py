"""The best one-to-one assignment between two groups: who is who, which shape is which."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

MANY = 2500  # gains from which numpy pays, which takes only whole numbers here


def assign(gain: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs (row, column) with the highest total gain, sorted by row. Gains are finite numbers.

    Each row and each column is in at most one pair, and there are as many pairs as rows or columns,
    whichever are fewer. Exact for integers. The shortest-augmenting-path form of the Hungarian method
    (Kuhn 1955, Jonker and Volgenant 1987), O(r² c) for r rows up to c columns; equal gains are
    decided by position, so the same matrix always has the same answer. Integers are less than 2**60.
    """
    if not gain or not gain[0]:
        return []
    if len(gain) > len(gain[0]):
        turned = assign(list(zip(*gain, strict=True)))
        return sorted((row, column) for column, row in turned)
    if len(gain) * len(gain[0]) >= MANY and all(isinstance(value, int) for row in gain for value in row):
        taken = _solve_many(-np.array(gain, dtype=np.int64))
    else:
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
                # Of columns as near a free one ends the search: many equal gains cost no more then.
                if near[column] < step or (near[column] == step and taken[column] < 0 <= taken[chosen]):
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


def _solve_many(cost: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
    """As ``_solve``, step by step the same, with all columns of a step at once."""
    rows, columns = cost.shape
    of_row, of_column = np.zeros(rows, np.int64), np.zeros(columns, np.int64)
    taken = np.full(columns, -1)
    for start in range(rows):
        near = np.full(columns, np.iinfo(np.int64).max)
        before = np.full(columns, -1)
        open_: Any = np.arange(columns)  # columns that no path has reached
        reached: Any = np.zeros(0, np.int64)
        row, last = start, -1
        while True:
            slack = cost[row, open_] - of_row[row] - of_column[open_]
            here = open_[slack < near[open_]]
            near[here], before[here] = slack[slack < near[open_]], last
            step = near[open_].min()
            nearest = near[open_] == step
            free = nearest & (taken[open_] < 0)
            at = int((free if free.any() else nearest).argmax())
            chosen = int(open_[at])
            of_row[start] += step
            of_row[taken[reached]] += step
            of_column[reached] -= step
            near[open_] -= step
            open_, reached, last = np.delete(open_, at), np.append(reached, chosen), chosen
            if taken[chosen] < 0:
                break
            row = int(taken[chosen])
        while last >= 0:
            previous = int(before[last])
            taken[last] = start if previous < 0 else taken[previous]
            last = previous
    return [int(row) for row in taken]
