"""Sums over items that the measures of coded controls are functions of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from labelwright.agreement.bootstrap import Blocks, Sums
from labelwright.agreement.codes import Coded
from labelwright.agreement.coefficients import Array
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")


class Units:
    """Answers and pairs of answers of some rows, each one entry of flat arrays."""

    def __init__(self, coded: Coded, blocks: Blocks) -> None:
        """Lay out the answers of the rows that ``blocks`` names."""
        codes, people = coded.codes[blocks.rows], coded.people[blocks.rows]
        self.blocks, self.q = blocks.blocks, len(coded.values)
        self.size = coded.size[blocks.rows]
        given = np.flatnonzero(codes >= 0)
        at = given // max(1, codes.shape[1])
        self.code, self.person = codes.ravel()[given], people.ravel()[given]
        self.answer_size = self.size[at].astype(float)
        pair_at, first, second = pairs_of(self.size, codes.shape[1])
        self.a, self.b = codes.ravel()[first], codes.ravel()[second]
        self.person_a, self.person_b = people.ravel()[first], people.ravel()[second]
        self.m = self.size[pair_at].astype(float)
        self.rows = blocks.at(np.arange(len(self.size)))
        self.answers, self.pairs = self.rows[at], self.rows[pair_at]

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


def pairs_of(size: Array, slots: int) -> tuple[Array, Array, Array]:
    """Row, and flat places of the first and second answer, of every pair.

    For rows of ``slots`` places with ``size`` answers in their first places.
    """
    found: list[tuple[Array, Array, Array]] = []
    for m in np.unique(size[size >= 2]).tolist():
        rows = np.flatnonzero(size == m)
        left, right = np.triu_indices(m, 1)
        start = rows[:, None] * slots
        found.append((np.repeat(rows, len(left)), (start + left).ravel(), (start + right).ravel()))
    if not found:
        return (np.zeros(0, np.int64),) * 3
    at, first, second = (
        np.concatenate(part) if len(part) > 1 else part[0] for part in zip(*found, strict=True)
    )
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
        cost = np.cumsum((coded.size * (coded.size - 1) // 2 + 1)[blocks.rows])
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
