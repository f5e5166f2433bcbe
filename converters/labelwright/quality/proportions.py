"""Shares with their intervals."""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

Z = 1.959963984540054  # the normal quantile of a two-sided 95 % interval
DIGITS = 6


class Proportion(Struct, frozen=True):
    """A share of ``n`` answers with its 95 % interval; all None where ``n`` is 0."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


def proportion(total: float, n: int) -> Proportion:
    """``total`` of ``n`` with the score interval of Wilson (1927).

    With p = total / n and z = 1.96 the interval is
    (p + z²/2n ± z·sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n), which stays inside [0, 1] and is sound for
    few answers and for shares near 0 or 1. ``total`` may be a sum of scores between 0 and 1: p(1 - p) is
    the largest variance that such scores can have, so the interval is then cautious.
    """
    if n <= 0:
        return Proportion(0)
    p = min(max(total / n, 0.0), 1.0)
    below = 1.0 + Z * Z / n
    middle = (p + Z * Z / (2 * n)) / below
    half = Z * sqrt(p * (1.0 - p) / n + Z * Z / (4 * n * n)) / below
    low = 0.0 if p == 0.0 else max(0.0, middle - half)
    high = 1.0 if p == 1.0 else min(1.0, middle + half)
    return Proportion(n, round(p, DIGITS), round(low, DIGITS), round(high, DIGITS))
