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


def drawn(sums: Sums, draws: Array) -> Sums:
    """The sums of every resample, from the sums of every block."""
    out: Sums = {}
    for name, value in sums.items():
        flat = draws @ value.reshape(len(value), -1)
        out[name] = flat.reshape(len(draws), *value.shape[1:])
    return out


def measures(
    point: Sums, blocks: Sums | None, draws: Array, evaluate: Callable[[Sums], Sums], undefined: State
) -> dict[str, Measure]:
    """Evaluate on the data and on every resample (``blocks`` None: without intervals).

    ``undefined`` is the state of a measure that has no value.
    """
    values = evaluate(point)
    spread = evaluate(drawn(blocks, draws)) if blocks is not None and len(draws) else {}
    found: dict[str, Measure] = {}
    for name, value in values.items():
        one = float(value[0])
        if np.isnan(one):
            found[name] = Measure(state=undefined)
            continue
        low, high = _bounds(spread.get(name))
        found[name] = Measure(round(one, DIGITS), low, high)
    return found


def _bounds(values: Array | None) -> tuple[float | None, float | None]:
    """The percentiles of the resamples that have a value, if at least half of them have."""
    if values is None:
        return None, None
    known = values[~np.isnan(values)]
    if not len(known) or len(known) * 2 < len(values):
        return None, None
    low, high = np.percentile(known, [LOW, HIGH])
    return round(float(low), DIGITS), round(float(high), DIGITS)
