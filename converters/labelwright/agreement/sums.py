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
        self.blocks, self.q = blocks.blocks, len(coded.values)
        given = codes >= 0
        self.size = given.sum(axis=1) if codes.size else np.zeros(len(codes), np.int64)
        # Rows are filled from the left, so the last slots are the missing ones.
        at, slot = np.nonzero(given)
        self.code, self.person = codes[at, slot], people[at, slot]
        self.answer_size = self.size[at].astype(float)
        self.pair_at, first, second = pairs_of(self.size)
        self.a, self.b = codes[self.pair_at, first], codes[self.pair_at, second]
        self.person_a, self.person_b = people[self.pair_at, first], people[self.pair_at, second]
        self.m = self.size[self.pair_at].astype(float)
        self.rows = blocks.at(np.arange(len(self.size)))
        self.answers, self.pairs = self.rows[at], self.rows[self.pair_at]

    def observed(self, agreement: Array) -> Array:
        """Per block, the sum over items of their pairs' mean agreement."""
        return self.pairs.sum(2.0 * agreement / (self.m * (self.m - 1)))

    def disagreement(self, distance: Array) -> Array:
        """Per block, the sum of o_ck d_ck over the coincidences."""
        return self.pairs.sum(2.0 * distance / (self.m - 1))

    def sums(self) -> Sums:
        """Items, values and coincidences per block and category."""
        same = self.a == self.b
        paired = self.answer_size >= 2
        equal = self.pairs[same].sum_by(2.0 / (self.m[same] - 1), self.a[same], self.q)
        return {
            "paired": self.rows.sum((self.size >= 2).astype(float)),
            "units": self.rows.sum((self.size >= 1).astype(float)),
            "equal": self.observed(same),
            "n": self.answers[paired].sum_by(1.0, self.code[paired], self.q),
            "pi": self.answers.sum_by(1.0 / self.answer_size, self.code, self.q),
            "same": equal,
        }

    def matrix(self) -> Array:
        """The coincidence matrix per block, (blocks, q, q)."""
        half = self.pairs.sum_by(1.0 / (self.m - 1), self.a * self.q + self.b, self.q * self.q)
        square = half.reshape(self.blocks, self.q, self.q)
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


PAIRS_AT_ONCE = 1 << 16


class Sample:
    """The rows that blocks hold, laid out a range at a time: memory is that of one range.

    A range ends where its rows have ``PAIRS_AT_ONCE`` pairs, so that items of many annotators count as
    what they cost.
    """

    def __init__(self, coded: Coded, blocks: Blocks) -> None:
        """Cut the rows into ranges."""
        self._coded, self._blocks = coded, blocks
        size = (coded.codes >= 0).sum(axis=1) if coded.codes.size else np.zeros(len(coded.codes), np.int64)
        cost = np.cumsum((size * (size - 1) // 2 + 1)[blocks.rows])
        wanted = np.arange(PAIRS_AT_ONCE, int(cost[-1]) if len(cost) else 0, PAIRS_AT_ONCE)
        self._ends = [*np.unique(np.searchsorted(cost, wanted, side="right")).tolist(), len(blocks.rows)]

    def sums(self, of: Callable[[Units], Sums]) -> Sums:
        """``of`` summed over all ranges: arrays of shape (blocks, ...)."""
        total: Sums = {}
        for units in self.ranges():
            for name, value in of(units).items():
                total[name] = total[name] + value if name in total else value
        return total

    def ranges(self) -> Iterator[Units]:
        """The ranges; at least one, which may be empty."""
        whole, start = self._blocks, 0
        for stop in self._ends:
            if stop > start or len(self._ends) == 1:
                here = slice(start, stop)
                mine = Blocks(whole.rows[here], whole.block[here], whole.weight[here], whole.blocks)
                yield Units(self._coded, mine)
            start = stop
