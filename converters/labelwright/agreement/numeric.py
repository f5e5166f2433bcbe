"""Measures of ratings and numbers: how far apart they are, and their intraclass correlations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Blocks, Sums, measures, resample, whole
from labelwright.agreement.codes import Coded
from labelwright.agreement.coefficients import Array
from labelwright.agreement.icc import OneWay, TwoWay, icc_1, icc_2, icc_3
from labelwright.agreement.result import Measure, State
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")


def mean_absolute_difference(apart: Array, items: Array) -> Array:
    """Mean absolute difference of two annotators' numbers; of dates in days. Less is better.

    Formula: the mean over items of the mean over pairs of abs(a - b).

    Range: 0 upwards, in the unit of the answers.

    At 1: two annotators differ by one unit on average.

    At 0: every pair is equal.

    Below 0: never.

    Source: elementary; it has no correction for chance.
    """
    return co.ratio(apart, items)


def within_tolerance(near: Array, items: Array) -> Array:
    """Agreement of numbers within the control's tolerance; percent agreement beside it asks for equality.

    Formula: the mean over items of the share of pairs with abs(a - b) at most the tolerance.

    Range: 0 to 1.

    At 1: no pair is farther apart than the tolerance.

    At 0: every pair is.

    Below 0: never.

    Source: own definition; it does not correct for chance.
    """
    return co.ratio(near, items)


def numeric_measures(coded: Coded, seed: int, resamples: int, undefined: State) -> dict[str, Measure]:
    """All intraclass correlations; none where values are no numbers. Intervals at any number of values."""
    numbers = coded.numbers
    if numbers is None:
        return {}
    given = coded.codes >= 0
    count = coded.counts[:, None] * given
    values = np.where(given, numbers[coded.codes] if len(numbers) else 0.0, 0.0)
    answers = max(1, int(count.sum()))
    values = np.where(given, values - (values * count).sum() / answers, 0.0)
    spread = float(np.sqrt((values**2 * count).sum() / answers))
    values = values / spread if spread > 0 else values
    drawn = resample(coded.counts, seed, resamples) if resamples and coded.counts.sum() > 1 else None
    found = _run(_one_way(coded, values), drawn, coded, undefined)
    block = _complete(coded)
    return {**found, **_two_way(coded, values, block, drawn, undefined)}


Drawn = tuple[Blocks, Array] | None
Plan = tuple[Callable[[Blocks], Sums], Callable[[Sums], Sums]]


def _run(plan: Plan, drawn: Drawn, coded: Coded, undefined: State) -> dict[str, Measure]:
    sums, evaluate = plan
    sampled, draws = (sums(drawn[0]), drawn[1]) if drawn else (None, np.zeros((0, 0)))
    return measures(sums(whole(coded.counts)), sampled, draws, evaluate, undefined)


def _one_way(coded: Coded, values: Array) -> Plan:
    size = np.where(coded.size >= 2, coded.size, 0).astype(float)
    paired = (size > 0).astype(float)
    total = values.sum(axis=1) * paired
    rows = OneWay(
        paired,
        size,
        size**2,
        total,
        (values**2).sum(axis=1) * paired,
        np.divide(total**2, size, out=np.zeros(len(size)), where=size > 0),
    )

    def sums(blocks: Blocks) -> Sums:
        entries = blocks.at(np.arange(len(blocks.rows)))
        return {name: entries.sum(value[blocks.rows]) for name, value in rows._asdict().items()}

    return sums, lambda found: icc_1(OneWay(**found))


def _complete(coded: Coded) -> Array:
    """Which rows the set of annotators answered that gave most answers together (two at least)."""
    rows = np.flatnonzero(coded.size >= 2)
    if not len(rows):
        return np.zeros(len(coded.size), bool)
    _, group = np.unique(coded.people[rows], axis=0, return_inverse=True)
    group = group.ravel()
    best = int(np.bincount(group, coded.counts[rows] * coded.size[rows].astype(float)).argmax())
    inside = np.zeros(len(coded.size), bool)
    inside[rows[group == best]] = True
    return inside


def _two_way(coded: Coded, values: Array, block: Array, drawn: Drawn, undefined: State) -> dict[str, Measure]:
    inside = block.astype(float)
    k = int(coded.size[block][0]) if block.any() else 2
    table = values[:, :k] * inside[:, None] if values.shape[1] >= k else np.zeros((len(values), k))
    squares, item_squares = (table**2).sum(axis=1), table.sum(axis=1) ** 2

    def sums(blocks: Blocks) -> Sums:
        entries, rows = blocks.at(np.arange(len(blocks.rows))), blocks.rows
        by_annotator = [entries.sum(table[rows, at]) for at in range(k)]
        return {
            "items": entries.sum(inside[rows]),
            "squares": entries.sum(squares[rows]),
            "items_squares": entries.sum(item_squares[rows]),
            "annotators": np.stack(by_annotator, axis=-1),
        }

    def evaluate(found: Sums) -> Sums:
        two = TwoWay(**found)
        return {**icc_2(two), **icc_3(two)}

    found = _run((sums, evaluate), drawn, coded, undefined)
    taken, paired = int(coded.counts[block].sum()), int(coded.counts[coded.size >= 2].sum())
    if taken == paired:
        return found
    note = f"over {taken:,} of {paired:,} items: those that the same {k} annotators answered"
    return {name: replace(one, note=note) for name, one in found.items()}


MEASURES = {"mean_absolute_difference": mean_absolute_difference, "within_tolerance": within_tolerance}
