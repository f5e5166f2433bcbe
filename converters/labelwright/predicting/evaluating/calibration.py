"""Whether a predictor's scores mean what they say, and from which on it could be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from labelwright.predicting.evaluating.model import Bin, Calibration, Threshold
from labelwright.quality.proportions import DIGITS, proportion

BINS = 10
ROWS = 20  # thresholds of the table
LEAST = 10  # answers with a score, below which calibration is not told

Scored = Sequence[tuple[float | None, float]]


def calibration(scored: Scored, referred: int, wanted: float) -> Calibration:
    """Of answers as (score, how right from 0 to 1); ``referred`` items had a reference.

    Answers that are right in part (F1 of regions) count as far as they are right.
    """
    known = sorted((score, right) for score, right in scored if score is not None)
    found = Calibration(len(known), wanted)
    if not known:
        found.reason = "the predictor gives no scores" if scored else "no answer has a reference"
        return found
    if len(known) < LEAST:
        found.reason = f"{len(known)} answers with a score are too few; {LEAST} are the least"
        return found
    found.bins = _bins(known)
    gap = sum(b.accuracy.n * abs(b.score - (b.accuracy.value or 0.0)) for b in found.bins)
    found.error = round(gap / len(known), DIGITS)
    found.score = round(sum(score for score, _ in known) / len(known), DIGITS)
    every = _thresholds(known, max(referred, len(known)))
    found.trusted = next((t for t in every if (t.accuracy.value or 0.0) >= wanted), None)
    found.sure = next((t for t in every if (t.accuracy.low or 0.0) >= wanted), None)
    found.thresholds = _some(every)
    return found


def _bins(known: Sequence[tuple[float, float]]) -> list[Bin]:
    dealt: dict[int, list[tuple[float, float]]] = {}
    for score, right in known:
        dealt.setdefault(min(BINS - 1, int(score * BINS)), []).append((score, right))
    return [
        Bin(
            round(at / BINS, DIGITS),
            round((at + 1) / BINS, DIGITS),
            round(sum(s for s, _ in own) / len(own), DIGITS),
            proportion(sum(r for _, r in own), len(own)),
        )
        for at, own in sorted(dealt.items())
    ]


def _thresholds(known: Sequence[tuple[float, float]], referred: int) -> list[Threshold]:
    """One for each score that occurs, the lowest first."""
    found: list[Threshold] = []
    right = 0.0
    for at in range(len(known) - 1, -1, -1):
        right += known[at][1]
        if at and known[at - 1][0] == known[at][0]:
            continue
        n = len(known) - at
        found.append(Threshold(_down(known[at][0]), round(n / referred, DIGITS), proportion(right, n)))
    return found[::-1]


def _down(score: float) -> float:
    """A score that the one given is not below, in a few digits."""
    return floor(score * 10.0**DIGITS) / 10.0**DIGITS


def _some(every: Sequence[Threshold]) -> list[Threshold]:
    """At most ``ROWS`` of them, evenly by coverage."""
    if len(every) <= ROWS:
        return list(every)
    most = every[0].coverage
    found: list[Threshold] = []
    for row in range(ROWS):
        least = most * (ROWS - row) / ROWS
        one = next((t for t in every if t.coverage <= least + 1e-9), every[-1])
        if not found or found[-1] is not one:
            found.append(one)
    return found
