"""The position bias of preferences: whether annotators favour the left or the right answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from labelwright.agreement.bootstrap import DIGITS
from labelwright.agreement.intervals import wilson
from labelwright.agreement.result import Position
from labelwright.lazy import lazily
from labelwright.records import LEFT, RIGHT, TIE

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")


def position(counts: Mapping[str, int]) -> Position:
    """Position bias: the share of decided preferences that went to the response shown left.

    Where sides are dealt by lot, one half is expected. It comes with its 95 % interval (Wilson 1927) and
    p, the two-sided exact binomial probability of a share as far from one half, or farther. Preferences
    are taken as independent; of ties nothing is concluded. Where every answer is a tie there is none.

    Formula: left / (left + right), over all answers of all annotators.

    Range: 0 to 1; one half is no bias. p lies between 0 and 1, and a low one speaks for a bias.

    At 1: whenever they decided, annotators chose the left response.

    At 0: whenever they decided, annotators chose the right response.

    Below 0: never.

    Source: Wilson 1927, Probable inference (interval); Clopper and Pearson 1934 (exact binomial tails).
    """
    left, tie, right = (counts.get(side, 0) for side in (LEFT, TIE, RIGHT))
    decided = left + right
    if not decided:
        return Position(left, tie, right)
    low, high = wilson(left, decided)
    share, p = left / decided, binomial_p(left, decided)
    return Position(left, tie, right, *(round(v, DIGITS) for v in (share, low, high, p)))


def binomial_p(successes: int, trials: int) -> float:
    """The two-sided exact binomial probability of a result as far from half as this one, or farther.

    Of a fair coin both tails are alike, so that it is twice the smaller one, at most 1.
    """
    fewer = min(successes, trials - successes)
    steps = np.arange(1, fewer + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log((trials - steps + 1) / steps))]) - trials * np.log(2.0)
    return float(min(1.0, 2.0 * np.exp(logs).sum()))


MEASURES = {"position": position}
