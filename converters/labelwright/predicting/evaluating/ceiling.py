"""How well people predict each other, and whether a predictor is as good as one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from labelwright.agreement.bootstrap import Sums, measures, resample, whole
from labelwright.agreement.result import Measure, State
from labelwright.lazy import lazily
from labelwright.predicting.evaluating.model import ABOVE, BELOW, WITHIN, Ceiling
from labelwright.predicting.evaluating.tally import Leave
from labelwright.quality.proportions import Proportion, proportion

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

LEAST = 10  # items answered by several people, below which no verdict is given


def ceiling(
    left: Sequence[Leave], each: Mapping[str, Sequence[float]], names: Mapping[str, str], seed: int,
    resamples: int,
) -> Ceiling:  # fmt: skip
    """The verdict on one control; ``names`` has names in place of annotators' ids."""
    times = sum(one.n for one in left)
    people = {names[who]: proportion(total, round(n)) for who, (total, n) in sorted(each.items())}
    found = Ceiling(
        len(left),
        _by_item(sum(one.people for one in left), times, len(left)),
        _by_item(sum(one.predictor for one in left), times, len(left)),
        dict(sorted(people.items())),
        Measure(state=State.NO_OVERLAP),
    )
    if not left:
        found.reason = "no item was answered by two people who could be compared"
        return found
    found.difference = _difference(left, seed, resamples)
    if len(left) < LEAST:
        found.reason = f"{len(left)} items answered by several people are too few; {LEAST} are the least"
        return found
    low, high = found.difference.low, found.difference.high
    if low is None or high is None:
        if not any(one.people != one.predictor for one in left):
            found.verdict = WITHIN  # as right as people on every single item
            return found
        found.reason = "the interval of the difference cannot be told"
        return found
    found.verdict = BELOW if high < 0 else ABOVE if low > 0 else WITHIN
    return found


def _by_item(total: float, times: int, items: int) -> Proportion:
    """The mean over comparisons, as sure as so many items are: those of one hang together."""
    return proportion(total * items / times if times else 0.0, items)


def _difference(left: Sequence[Leave], seed: int, resamples: int) -> Measure:
    """Predictor minus people with its bootstrap interval over items, whose comparisons hang together."""
    ordered = sorted((one.predictor - one.people, one.n) for one in left)
    apart = np.array([gap for gap, _ in ordered])
    times = np.array([n for _, n in ordered], float)
    counts = np.ones(len(ordered), np.int64)

    def evaluate(sums: Sums) -> Sums:
        return {"difference": sums["apart"] / sums["times"]}

    point = whole(counts)
    held = {"apart": point.at(point.rows).sum(apart), "times": point.at(point.rows).sum(times)}
    if not resamples or len(ordered) < 2:
        return measures(held, None, np.zeros((0, 0)), evaluate, State.NO_OVERLAP)["difference"]
    blocks, draws = resample(counts, seed, resamples)
    entries = blocks.at(np.arange(len(blocks.rows)))
    spread = {"apart": entries.sum(apart[blocks.rows]), "times": entries.sum(times[blocks.rows])}
    return measures(held, spread, draws, evaluate, State.NO_OVERLAP)["difference"]
