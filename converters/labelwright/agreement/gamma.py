"""Gamma: agreement on units and their labels at once, after the best alignment of all annotators."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelwright.agreement import coefficients as co
from labelwright.agreement.alignment import Budget, Unit, best_disorder
from labelwright.agreement.bootstrap import Blocks, Sums, measures, resample, whole
from labelwright.agreement.coefficients import Array
from labelwright.agreement.result import Measure, State
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

ITEMS = 20  # items that are measured, of those whose hash is lowest
SHUFFLES = 15  # random items that chance is measured on, per item
WORK = 100_000  # groupings that all alignments together may follow, so that the time is bounded
MOST_UNITS = 60  # an item with more is left out
MOST_ANNOTATORS = 6

Mark = tuple[str, int, int, str]  # unit (the text of a dialogue's turn), start, end, label
Answers = Sequence[Sequence[Mark]]  # by annotator


def gamma(disorder: Array, by_chance: Array) -> Array:
    """Gamma: how well units lie upon each other and bear the same labels, beside what chance gives.

    The best alignment groups units across annotators; each pair of annotators costs a group the
    dissimilarity of their units in position and label, or 1 where a unit is missing. Finding it needs much
    work, so that a bounded sample of items is measured (the note says how many), and chance on seeded
    shuffles: each annotator's units are those of an annotator drawn at random, shifted around the text,
    which ends with its last unit.

    Formula: 1 - disorder / disorder by chance, sums over items, with d = d_pos + d_cat, d_pos = ((abs(s -
        s') + abs(e - e')) / (length + length'))^2 and d_cat 1 for another label.

    Range: at most 1.

    At 1: all annotators marked the same units with the same labels.

    At 0: units are as disordered as shuffled ones.

    Below 0: they are more disordered than that.

    Source: Mathet, Widlöcher and Métivier 2015, The unified and holistic method gamma (alpha, beta and
        delta of 1).
    """
    return 1.0 - co.ratio(disorder, by_chance)


def gamma_measure(
    sample: Sequence[Answers], paired: int, seed: int, resamples: int, undefined: State
) -> Measure:
    """Gamma of a sample of ``paired`` items, with a bootstrap interval over the sampled items."""
    fitting = [a for a in sample if _fits(a)][:ITEMS]
    budget = Budget(WORK)
    found = [two for two in (disorders(a, seed, budget) for a in fitting) if two is not None]
    if not found:
        return Measure(state=State.TOO_LARGE if sample else undefined)
    table = np.array(found, float)

    def sums(blocks: Blocks) -> Sums:
        entries = blocks.at(np.arange(len(blocks.rows)))
        return {name: entries.sum(table[blocks.rows, at]) for at, name in enumerate(("is", "chance"))}

    counts = np.ones(len(table), np.int64)
    drawn = resample(counts, seed, resamples) if resamples and len(table) > 1 else None
    sampled, draws = (sums(drawn[0]), drawn[1]) if drawn else (None, np.zeros((0, 0)))
    one = measures(
        sums(whole(counts)), sampled, draws, lambda s: {"gamma": gamma(s["is"], s["chance"])}, undefined
    )["gamma"]
    note = f"over a sample of {len(table):,} of {paired:,} items" if len(table) < paired else ""
    return Measure(one.value, one.low, one.high, one.state, note)


def _fits(answers: Answers) -> bool:
    return len(answers) <= MOST_ANNOTATORS and sum(map(len, answers)) <= MOST_UNITS


def disorders(answers: Answers, seed: int, budget: Budget | None = None) -> tuple[float, float] | None:
    """The disorder of an item, and the mean of shuffled ones; None where one is too costly to find.

    Each text of the item (turn of a dialogue) is aligned by itself.
    """
    texts = sorted({mark[0] for one in answers for mark in one})
    total = by_chance = 0.0
    rng = random.Random(seed)
    for text in texts:
        marks = [[(s, e, label) for name, s, e, label in one if name == text] for one in answers]
        own = best_disorder(_units(marks), len(answers), budget)
        if own is None:
            return None
        total += own
        for _ in range(SHUFFLES):
            shuffled = best_disorder(_units(_shuffled(marks, rng)), len(answers), budget)
            if shuffled is None:
                return None
            by_chance += shuffled / SHUFFLES
    return total, by_chance


Marks = Sequence[tuple[int, int, str]]


def _units(marks: Sequence[Marks]) -> list[Unit]:
    return [Unit(s, e, label, owner) for owner, one in enumerate(marks) for s, e, label in one]


def _shuffled(marks: Sequence[Marks], rng: random.Random) -> list[Marks]:
    """Units of annotators drawn at random, each shifted around the text by another length.

    Shifts lie at least half a mean unit apart where there is room, so that an annotator who is drawn
    twice does not agree with himself by construction.
    """
    every = [mark for one in marks for mark in one]
    length = max(end for _, end, _ in every)
    least = sum(end - start for start, end, _ in every) / len(every) / 2
    shifts: list[int] = []
    out: list[Marks] = []
    for _ in marks:
        free = [s for s in range(length) if all(abs(s - other) >= least for other in shifts)]
        shifts.append(rng.choice(free or range(length)))
        moved = []
        for start, end, label in rng.choice(marks):
            start_there = (start + shifts[-1]) % length
            moved.append((start_there, start_there + end - start, label))
        out.append(moved)
    return out


MEASURES = {"gamma": gamma}
