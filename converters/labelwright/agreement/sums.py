"""Sums over items that the measures of coded controls are functions of."""

from __future__ import annotations

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
        first, second = np.triu_indices(codes.shape[1], 1)
        self.pair_at, pair = np.nonzero(codes[:, second] >= 0)
        self.a, self.b = codes[self.pair_at, first[pair]], codes[self.pair_at, second[pair]]
        self.person_a = people[self.pair_at, first[pair]]
        self.person_b = people[self.pair_at, second[pair]]
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
