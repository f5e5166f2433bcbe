"""The interval of a share."""

from __future__ import annotations

from math import sqrt

Z = 1.959963984540054  # the normal quantile of a two-sided 95 % interval


def wilson(successes: float, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927), within 0 and 1; for no trials all of it.

    With p = successes / trials, n trials and z = 1.96 it is
    (p + z²/2n ± z·sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n), which is sound for few trials and for shares
    near 0 or 1.
    """
    if not trials:
        return 0.0, 1.0
    share, scale = successes / trials, 1.0 + Z * Z / trials
    centre = (share + Z * Z / (2 * trials)) / scale
    half = Z / scale * sqrt(share * (1.0 - share) / trials + Z * Z / (4 * trials * trials))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return low, 1.0 if successes == trials else min(1.0, centre + half)
