"""The bootstrap over items, done over distinct patterns of items with their counts.

Every measure is a function of sums over items. A resample of items is a multinomial draw over the
patterns, so a thousand resamples are one matrix product. Where there are more than ``PATTERNS``
patterns, items are dealt at random (seeded) into ``BLOCKS`` blocks and blocks are drawn: sums of drawn
blocks vary as sums of drawn items do, and every measure is a quotient, which the number of items in a
resample does not move.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt
from typing import TYPE_CHECKING

from labelwright.agreement.coefficients import Array
from labelwright.agreement.result import Measure, State
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

PATTERNS = 1024  # patterns up to which they are drawn themselves
BLOCKS = 512
CELLS = 1 << 18  # sums of resamples that are held at once
TILE = 1 << 18  # multiplications up to which a product stays in one thread
TILE_SIDE = 12  # smaller tiles cost more than they save
LOW, HIGH = 2.5, 97.5
SAME = 1e-12  # apart by less: the rounding of sums, not another value
DIGITS = 12  # beyond this, digits are the rounding of sums

Sums = dict[str, Array]  # name -> (blocks, ...) sums over items


class Blocks:
    """Which block each row (a pattern, or one item of it) belongs to, and with what weight."""

    def __init__(self, rows: Array, block: Array, weight: Array, blocks: int) -> None:
        """``rows`` index patterns; all three arrays have one entry per row."""
        self.rows, self.block, self.weight, self.blocks = rows, block, weight, blocks

    def at(self, rows: Array) -> Entries:
        """Values to be summed per block, of which each belongs to one of ``rows``."""
        return Entries(self.block[rows].astype(np.int64), self.weight[rows], self.blocks)


class Entries:
    """Places of values in blocks, looked up once for all that is summed over them."""

    def __init__(self, block: Array, weight: Array, blocks: int) -> None:
        """``block`` and ``weight`` have one entry per value."""
        self.block, self.weight, self.blocks = block, weight, blocks

    def __getitem__(self, here: Array) -> Entries:
        """Some of the entries, by a mask or indices."""
        return Entries(self.block[here], self.weight[here], self.blocks)

    def sum(self, value: Array | float = 1.0) -> Array:
        """The sum of ``value`` per block."""
        return np.bincount(self.block, self.weight * value, minlength=self.blocks)

    def sum_by(self, value: Array | float, code: Array, codes: int) -> Array:
        """The sum of ``value`` per block and code, shape (blocks, codes)."""
        found = np.bincount(self.block * codes + code, self.weight * value, minlength=self.blocks * codes)
        return found.reshape(self.blocks, codes)


def whole(counts: Array) -> Blocks:
    """All patterns in one block: the sums of the data themselves."""
    rows = np.arange(len(counts))
    return Blocks(rows, np.zeros(len(counts), np.int64), counts.astype(float), 1)


def resample(counts: Array, seed: int, resamples: int) -> tuple[Blocks, Array]:
    """Blocks of the patterns and how often each resample draws each, (resamples, blocks)."""
    rng = np.random.default_rng(seed)
    total = int(counts.sum())
    if len(counts) <= PATTERNS:
        rows = np.arange(len(counts), dtype=np.int32)
        draws = rng.multinomial(total, counts / total, size=resamples)
        return Blocks(rows, rows, np.ones(len(counts)), len(counts)), draws.astype(float)
    return _deal(rng, counts), _drawn(rng, resamples)


def _deal(rng: np.random.Generator, counts: Array) -> Blocks:
    """Each item in a random block; of a common pattern only how many items each block gets."""
    common, rare = np.flatnonzero(counts > BLOCKS), np.flatnonzero(counts <= BLOCKS)
    single = np.repeat(rare.astype(np.int32), counts[rare])
    held = rng.multinomial(counts[common], np.full(BLOCKS, 1.0 / BLOCKS))
    rows = np.concatenate([np.repeat(common.astype(np.int32), BLOCKS), single])
    dealt = rng.integers(0, BLOCKS, len(single), dtype=np.int32)
    block = np.concatenate([np.tile(np.arange(BLOCKS, dtype=np.int32), len(common)), dealt])
    return Blocks(rows, block, np.concatenate([held.ravel(), np.ones(len(single))]), BLOCKS)


def _drawn(rng: np.random.Generator, resamples: int) -> Array:
    """How often each resample draws each block; cheaper than asking for multinomial counts."""
    picked = rng.integers(0, BLOCKS, (resamples, BLOCKS), dtype=np.uint16)
    return np.array([np.bincount(one, minlength=BLOCKS) for one in picked], float)


def product(draws: Array, matrix: Array) -> Array:
    """``draws @ matrix``, in tiles that BLAS does not deal out to threads.

    Its threads wait busily after each product, which costs far more processor time than the product.
    """
    side = max(1, isqrt(TILE // max(1, matrix.shape[1])))
    if side < TILE_SIDE:
        return np.asarray(draws @ matrix)  # large enough to be worth the threads
    out = np.zeros((len(draws), matrix.shape[1]))
    for row in range(0, len(draws), side):
        for inner in range(0, len(matrix), side):
            out[row : row + side] += (
                draws[row : row + side, inner : inner + side] @ matrix[inner : inner + side]
            )
    return out


def spread(sums: Sums, draws: Array, evaluate: Callable[[Sums], Sums]) -> Sums:
    """Evaluate every resample: one matrix product for all sums, some resamples at a time."""
    matrix = np.concatenate([value.reshape(len(value), -1) for value in sums.values()], axis=1)
    step = max(1, CELLS // max(1, matrix.shape[1]))
    parts = []
    for first in range(0, len(draws), step):
        flat = product(draws[first : first + step], matrix)
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

    nan where fewer than half of the resamples have one, and where all have the same: resampling then
    cannot tell how sure the value is. Linear between ranks, as ``numpy.percentile``.
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
    # One value in every resample tells nothing of the spread: three items that agree are no proof.
    single = ordered[np.maximum(known - 1, 0), columns] - ordered[0] < SAME
    out[:, (known * 2 < len(values)) | (known == 0) | single] = np.nan
    return out


def _bound(value: float) -> float | None:
    return None if value != value else round(value, DIGITS)
