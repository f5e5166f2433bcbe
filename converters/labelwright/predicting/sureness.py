"""How sure a predictor is of its answer to one control."""

from __future__ import annotations

from math import log

from labelwright.contracts import Outcome

TINY = 1e-12


def score_of(outcome: Outcome, control: str) -> float | None:
    """Its score for the control, else the mean of the control's regions, else that of the whole; or None."""
    if control in outcome.scores:
        return outcome.scores[control]
    value = (outcome.answers or {}).get(control)
    if isinstance(value, tuple):
        marks = [s for mark in value if (s := getattr(mark, "score", None)) is not None]
        if marks:
            return float(sum(marks) / len(marks))
    return outcome.score


def least_confidence(outcome: Outcome, control: str) -> float | None:
    """1 minus the score."""
    score = score_of(outcome, control)
    return None if score is None else 1.0 - score


def margin(outcome: Outcome, control: str, exclusive: bool) -> float | None:
    """1 minus how far the likeliest label is ahead of the next; None where shares are not told.

    Of labels that may go together: 1 minus how far the one in most doubt is from a half, doubled.
    """
    shares = sorted(outcome.shares.get(control, {}).values(), reverse=True)
    if not shares:
        return None
    if not exclusive:
        return 1.0 - min(abs(2.0 * s - 1.0) for s in shares)
    return 1.0 - (shares[0] - (shares[1] if len(shares) > 1 else 0.0))


def entropy(outcome: Outcome, control: str, exclusive: bool) -> float | None:
    """The entropy (Shannon 1948) of the labels' shares over its maximum; None where they are not told.

    Of labels that may go together: the largest binary entropy of one label.
    """
    shares = list(outcome.shares.get(control, {}).values())
    if not shares:
        return None
    if not exclusive:
        return max(_nats((s, 1.0 - s)) for s in shares) / log(2)
    total = sum(shares)
    if len(shares) < 2 or total <= TINY:
        return 0.0 if len(shares) < 2 else 1.0
    return min(1.0, _nats(tuple(s / total for s in shares)) / log(len(shares)))


def _nats(shares: tuple[float, ...]) -> float:
    return -sum(s * log(s) for s in shares if s > TINY)
