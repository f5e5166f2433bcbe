"""Strengths from paired comparisons: the Bradley-Terry model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from labelwright.agreement.coefficients import Array
from labelwright.agreement.result import State
from labelwright.lazy import lazily
from labelwright.problems import UsageError

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

ROUNDS = 20_000
CLOSE = 1e-10  # change of a log strength at which it is settled


class Strengths(Struct, frozen=True):
    """Log strengths of mean 0, in the order of the matrix; empty unless ``state`` is ``ok``.

    ``groups`` are the players who can be compared with each other: one group if the state is ``ok``.
    ``settled`` is False where ``ROUNDS`` did not suffice for the last digits.
    """

    strengths: list[float]
    groups: list[list[int]]
    state: State = State.OK
    settled: bool = True


def bradley_terry(wins: Array, ties: Array | None = None, prior: float = 0.0) -> Strengths:
    """Bradley-Terry strengths: how likely each player is to be preferred to each other.

    Player i beats j with probability ``1 / (1 + exp(s_j - s_i))`` for log strengths s. They are the
    most likely ones, found by minorisation and maximisation from equal strengths, always the same
    way. Finite ones exist only if the players cannot be parted into two groups of which one never won
    against the other (Ford's condition). Else the state is ``not-connected``, unless ``prior`` is given:
    that many half wins are then added to each side of every pair, which pulls strengths together.

    Args:
        wins: Shape (players, players): how often the row's player beat the column's.
        ties: Same shape, or None: comparisons without a winner (either triangle, or both: they are
            added up), half a win for each side.
        prior: Regularisation; 0 is none.

    Raises:
        UsageError: If the matrix is not square, or a count is negative or not finite.

    Formula: the s that maximise the sum over pairs of w_ij (s_i - log(exp s_i + exp s_j)), w_ij the wins of
    i over j with half of the ties, where the s sum to 0.

    Range: any finite number.

    At 1: preferred to a player of strength 0 with odds of e (about 2.7) to 1.

    At 0: as strong as the mean of all players.

    Below 0: weaker than the mean, and less often preferred to a player of strength 0 than not.

    Source: Bradley and Terry 1952; Ford 1957; Hunter 2004, MM algorithms for generalized Bradley-Terry
    models.
    """
    won = _won(np.asarray(wins, float), ties, prior)
    groups = comparable(won > 0)
    if len(groups) > 1:
        return Strengths([], groups, State.NOT_CONNECTED)
    games, total = won + won.T, won.sum(axis=1)
    strength, settled = np.zeros(len(won)), len(won) < 2
    for _ in range(ROUNDS if len(won) > 1 else 0):
        worth = np.exp(strength)
        new = np.log(total) - np.log((games / (worth[:, None] + worth[None, :])).sum(axis=1))
        new -= new.mean()
        settled = bool(np.abs(new - strength).max() < CLOSE)
        strength = new
        if settled:
            break
    return Strengths(strength.tolist(), groups, State.OK, settled)


def _won(wins: Array, ties: Array | None, prior: float) -> Array:
    even = np.zeros_like(wins) if ties is None else np.asarray(ties, float)
    if wins.ndim != 2 or wins.shape[0] != wins.shape[1] or even.shape != wins.shape:
        raise UsageError("comparisons must be a square matrix, and ties one of the same shape")
    if not all(np.isfinite(m).all() and (m >= 0).all() for m in (wins, even, np.array(prior))):
        raise UsageError("counts of comparisons must be finite and not negative")
    won = wins + (even + even.T) / 2.0 + prior / 2.0
    np.fill_diagonal(won, 0.0)
    return np.asarray(won)


def comparable(beats: Array) -> list[list[int]]:
    """The strongly connected groups of a directed graph ``(n, n)``, each sorted, the lowest first."""
    count = len(beats)
    reach = np.asarray(beats, bool) | np.eye(count, dtype=bool)
    for _ in range(max(1, count - 1).bit_length()):
        reach = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
    both = reach & reach.T
    seen: set[int] = set()
    groups = []
    for player in range(count):
        if player not in seen:
            group = np.flatnonzero(both[player]).tolist()
            seen.update(group)
            groups.append(group)
    return groups


MEASURES = {"bradley_terry": bradley_terry}
