"""Shares with their intervals."""

from __future__ import annotations

from msgspec import Struct

from labelwright.agreement.intervals import wilson

DIGITS = 6


class Proportion(Struct, frozen=True):
    """A share of ``n`` answers with its 95 % interval; all None where ``n`` is 0."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


def proportion(total: float, n: int) -> Proportion:
    """``total`` of ``n`` with the score interval of Wilson (1927).

    ``total`` may be a sum of scores between 0 and 1: p(1 - p) is the largest variance that such scores
    can have, so the interval is then cautious.
    """
    if n <= 0:
        return Proportion(0)
    right = min(max(total, 0.0), float(n))
    low, high = wilson(right, n)
    return Proportion(n, round(right / n, DIGITS), round(low, DIGITS), round(high, DIGITS))
