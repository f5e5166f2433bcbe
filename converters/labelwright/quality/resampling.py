"""The bootstrap of two groups of items and of the difference of their means."""

from __future__ import annotations

import numpy as np

from labelwright.agreement.bootstrap import Blocks, Sums, measures, resample, whole
from labelwright.agreement.result import Measure, State
from labelwright.quality.anchoring import Counted
from labelwright.quality.edits import MILLION


def difference(scores: Counted, seed: int, resamples: int) -> dict[str, Measure]:
    """The means ``with`` and ``without``, and the ``difference``, the first less the second.

    Items are drawn from both groups together, so that a resample may have more of the one: intervals also
    hold for which items fell into which group.
    """
    keys = sorted(scores)
    counts = np.array([scores[key] for key in keys], np.int64)
    group = np.array([key[0] for key in keys], float)
    value = np.array([key[1] for key in keys], float) / MILLION

    def sums(blocks: Blocks) -> Sums:
        entries = blocks.at(np.arange(len(blocks.rows)))
        g, v = group[blocks.rows], value[blocks.rows]
        return {
            "n1": entries.sum(g), "s1": entries.sum(g * v),
            "n0": entries.sum(1.0 - g), "s0": entries.sum((1.0 - g) * v),
        }  # fmt: skip

    def evaluate(s: Sums) -> Sums:
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = s["s1"] / s["n1"], s["s0"] / s["n0"]
        return {"with": one, "without": other, "difference": one - other}

    drawn, draws = resample(counts, seed, resamples) if resamples else (None, np.zeros((0, 0)))
    blocks = None if drawn is None else sums(drawn)
    return measures(sums(whole(counts)), blocks, draws, evaluate, State.NO_OVERLAP)
