"""The bootstrap over items, done over distinct patterns of items with their counts.

Every measure is a function of sums over items. A resample of items is a multinomial draw over the
patterns, so a thousand resamples are one matrix product. Where there are more than ``BLOCKS``
patterns, items are dealt at random (seeded) into ``BLOCKS`` blocks of equal size and blocks are drawn:
their sums have the variance of the items' sums.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from labelwright.agreement.coefficients import Array
from labelwright.agreement.result import Measure, State

BLOCKS = 1024
CELLS = 1 << 18  # sums of resamples that are held at once
LOW, HIGH = 2.5, 97.5
DIGITS = 12  # beyond this, digits are the rounding of sums

Sums = dict[str, Array]  # name -> (blocks, ...) sums over items


class Blocks:
    """Which block each row (a pattern, or one item of it) belongs to, and with what weight."""

    def __init__(self, rows: Array, block: Array, weight: Array, blocks: int) -> None:
        """``rows`` index patterns; all three arrays have one entry per row."""
        self.rows, self.block, self.weight, self.blocks = rows, block, weight, blocks

    def sum(self, at: Array, value: Array) -> Array:
        """Sum ``value`` per block; ``at`` says of which row each value is."""
        return np.bincount(self.block[at], self.weight[at] * value, minlength=self.blocks)

    def sum_by(self, at: Array, value: Array, code: Array, codes: int) -> Array:
        """Sum ``value`` per block and code, shape (blocks, codes)."""
        flat = self.block[at] * codes + code
        found = np.bincount(flat, self.weight[at] * value, minlength=self.blocks * codes)
        return found.reshape(self.blocks, codes)


def whole(counts: Array) -> Blocks:
    """All patterns in one block: the sums of the data themselves."""
    rows = np.arange(len(counts))
    return Blocks(rows, np.zeros(len(counts), np.int64), counts.astype(float), 1)


def resample(counts: Array, seed: int, resamples: int) -> tuple[Blocks, Array]:
    """Blocks of the patterns and how often each resample draws each, (resamples, blocks)."""
    rng = np.random.default_rng(seed)
    total = int(counts.sum())
    rows = np.arange(len(counts), dtype=np.int32)
    if len(counts) <= BLOCKS:
        draws = rng.multinomial(total, counts / total, size=resamples)
        return Blocks(rows, rows, np.ones(len(counts)), len(counts)), draws.astype(float)
    items = np.repeat(rows, counts)
    block = (rng.permutation(total) % BLOCKS).astype(np.int32)
    draws = rng.multinomial(BLOCKS, np.full(BLOCKS, 1.0 / BLOCKS), size=resamples)
    return Blocks(items, block, np.ones(total), BLOCKS), draws.astype(float)


def spread(sums: Sums, draws: Array, evaluate: Callable[[Sums], Sums]) -> Sums:
    """Evaluate every resample: one matrix product for all sums, some resamples at a time."""
    matrix = np.concatenate([value.reshape(len(value), -1) for value in sums.values()], axis=1)
    step = max(1, CELLS // max(1, matrix.shape[1]))
    parts = []
    for first in range(0, len(draws), step):
        flat = draws[first : first + step] @ matrix
        start, taken = 0, {}
        for name, value in sums.items():
            shape = value.shape[1:]
            stop = start + int(np.prod(shape, dtype=np.int64))
            taken[name] = flat[:, start:stop].reshape(len(flat), *shape)
            start = stop
        parts.append(evaluate(taken))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def vectors(
    point: Sums,
    blocks: Sums | None,
    draws: Array,
    evaluate: Callable[[Sums], Sums],
    undefined: Callable[[str], State],
) -> dict[str, list[Measure]]:
    """Evaluate on the data and on every resample (``blocks`` None: without intervals).

    ``evaluate`` gives arrays of shape (resamples,) or (resamples, k); each name's answer is a list of
    one or k measures. ``undefined`` says the state of a measure without a value, by name.
    """
    values = {name: value.reshape(-1) for name, value in evaluate(point).items()}
    bounds: dict[str, Array] = {}
    if blocks is not None and len(draws):
        found = {
            name: value.reshape(len(draws), -1) for name, value in spread(blocks, draws, evaluate).items()
        }
        low_high = percentiles(np.concatenate(list(found.values()), axis=1))
        ends = np.cumsum([value.shape[1] for value in found.values()])
        bounds = dict(zip(found, np.split(low_high, ends[:-1], axis=1), strict=True))
    out: dict[str, list[Measure]] = {}
    for name, value in values.items():
        none = Measure(state=undefined(name))
        own = bounds[name] if name in bounds else np.full((2, len(value)), np.nan)
        rows = zip(value.tolist(), *own.tolist(), strict=True)
        out[name] = [
            none if v != v else Measure(round(v, DIGITS), _bound(lo), _bound(hi)) for v, lo, hi in rows
        ]
    return out


def measures(
    point: Sums, blocks: Sums | None, draws: Array, evaluate: Callable[[Sums], Sums], undefined: State
) -> dict[str, Measure]:
    """As ``vectors``, for measures of shape (resamples,) with one state where there is no value."""
    found = vectors(point, blocks, draws, evaluate, lambda name: undefined)
    return {name: one for name, (one,) in found.items()}


def percentiles(values: Array) -> Array:
    """The bounds per column of (resamples, k), shape (2, k), over the resamples that have a value.

    nan where fewer than half of the resamples have one. Linear between ranks, as ``numpy.percentile``.
    """
    ordered = np.sort(values, axis=0)  # nan comes last
    known = (~np.isnan(ordered)).sum(axis=0)
    columns = np.arange(ordered.shape[1])
    out = np.full((2, ordered.shape[1]), np.nan)
    for at, percent in enumerate((LOW, HIGH)):
        rank = np.maximum(known - 1, 0) * percent / 100.0
        below = np.floor(rank).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(known - 1, 0))
        low, high = ordered[below, columns], ordered[above, columns]
        out[at] = low + (high - low) * (rank - below)
    out[:, (known * 2 < len(values)) | (known == 0)] = np.nan
    return out


def _bound(value: float) -> float | None:
    return None if value != value else round(value, DIGITS)
