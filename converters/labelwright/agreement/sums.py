"""Sums over items that the measures of coded controls are functions of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from labelwright.agreement.bootstrap import Blocks, Sums
from labelwright.agreement.codes import Coded
from labelwright.agreement.coefficients import Array


class Units:
    """Answers and pairs of answers of some rows, each one entry of flat arrays."""

    def __init__(self, coded: Coded, blocks: Blocks) -> None:
        """Lay out the answers of the rows that ``blocks`` names."""
        codes, people = coded.codes[blocks.rows], coded.people[blocks.rows]
        self.blocks, self.q = blocks, len(coded.values)
        self.size = (codes >= 0).sum(axis=1) if codes.size else np.zeros(len(codes), np.int64)
        # Rows are filled from the left, so the last slots are the missing ones.
        self.at, slot = np.nonzero(codes >= 0)
        self.code = codes[self.at, slot]
        self.pair_at, first, second = pairs_of(self.size)
        self.a, self.b = codes[self.pair_at, first], codes[self.pair_at, second]
        self.person_a, self.person_b = people[self.pair_at, first], people[self.pair_at, second]
        self.m = self.size[self.pair_at].astype(float)

    def observed(self, agreement: Array) -> Array:
        """Per block, the sum over items of their pairs' mean agreement."""
        return self.blocks.sum(self.pair_at, 2.0 * agreement / (self.m * (self.m - 1)))

    def disagreement(self, distance: Array) -> Array:
        """Per block, the sum of o_ck d_ck over the coincidences."""
        return self.blocks.sum(self.pair_at, 2.0 * distance / (self.m - 1))

    def sums(self) -> Sums:
        """Items, values and coincidences per block and category."""
        equal = (self.a == self.b).astype(float)
        paired = self.size[self.at] >= 2
        rows = np.arange(len(self.size))
        one = np.ones(len(self.at))
        same = equal > 0
        return {
            "paired": self.blocks.sum(rows, (self.size >= 2).astype(float)),
            "units": self.blocks.sum(rows, (self.size >= 1).astype(float)),
            "equal": self.observed(equal),
            "n": self.blocks.sum_by(self.at[paired], one[paired], self.code[paired], self.q),
            "pi": self.blocks.sum_by(self.at, one / self.size[self.at], self.code, self.q),
            "same": self.blocks.sum_by(self.pair_at[same], 2.0 / (self.m[same] - 1), self.a[same], self.q),
        }

    def matrix(self) -> Array:
        """The coincidence matrix per block, (blocks, q, q)."""
        flat, weight = self.a * self.q + self.b, 1.0 / (self.m - 1)
        half = self.blocks.sum_by(self.pair_at, weight, flat, self.q * self.q)
        square = half.reshape(self.blocks.blocks, self.q, self.q)
        return np.asarray(square + square.transpose(0, 2, 1))


def pairs_of(size: Array) -> tuple[Array, Array, Array]:
    """Row, first and second slot of every pair, for rows with ``size`` answers in their first slots."""
    found: list[Array] = [np.zeros((3, 0), np.int64)]
    for m in np.unique(size[size >= 2]).tolist():
        rows = np.flatnonzero(size == m)
        first, second = np.triu_indices(m, 1)
        found.append(
            np.stack([np.repeat(rows, len(first)), *(np.tile(s, len(rows)) for s in (first, second))])
        )
    at, first, second = np.concatenate(found, axis=1)
    return at, first, second


ROWS_AT_ONCE = 1 << 14


class Sample:
    """The rows that resamples draw blocks of, laid out a range of blocks at a time.

    Blocks do not know of each other, so their sums are computed apart and put one behind the other:
    memory is that of one range, however many items there are.
    """

    def __init__(self, coded: Coded, blocks: Blocks) -> None:
        """Cut the blocks into ranges of about ``ROWS_AT_ONCE`` rows."""
        self._coded, self._blocks = coded, blocks
        self._order = np.argsort(blocks.block, kind="stable").astype(np.int32)
        self._ends = np.searchsorted(blocks.block[self._order], np.arange(blocks.blocks), side="right")
        self._single = Units(coded, blocks) if len(blocks.rows) <= ROWS_AT_ONCE else None

    def sums(self, of: Callable[[Units], Sums]) -> Sums:
        """``of`` summed over all blocks: arrays of shape (blocks, ...)."""
        if self._single is not None:
            return of(self._single)
        parts = [of(units) for units in self._ranges()]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _ranges(self) -> Iterator[Units]:
        first, start = 0, 0
        whole = self._blocks
        while first < whole.blocks:
            reach = int(np.searchsorted(self._ends, start + ROWS_AT_ONCE, side="right"))
            last = min(max(reach, first + 1), whole.blocks)
            stop = int(self._ends[last - 1])
            mine = self._order[start:stop]
            blocks = Blocks(whole.rows[mine], whole.block[mine] - first, whole.weight[mine], last - first)
            yield Units(self._coded, blocks)
            first, start = last, stop
