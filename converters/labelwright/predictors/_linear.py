"""Linear heads on embeddings: logistic regression, fitted, cross-validated and calibrated by numpy alone.

Everything is deterministic: no random start, folds by the order of the rows, sums in a fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from msgspec import Struct

from labelwright.lazy import lazily

np = lazily("numpy")
Array: TypeAlias = Any  # of numpy

STRENGTHS = (1e-4, 1e-3, 1e-2, 3e-2, 1e-1)  # of the penalty, per row, that cross-validation chooses from
FOLDS = 5
STEPS, SMALLEST = 400, 1e-5  # of the descent: at most so many, or until no gradient is larger
COOLEST, HOTTEST, TEMPERATURES = 0.05, 5.0, 81  # a grid of temperatures, evenly on a log scale
TINY = 1e-12


class Head(Struct):
    """A fitted head: ``weights`` (labels x (dimensions + 1), the last column the bias; float32).

    ``exclusive``: one label an item (softmax), else any number (a sigmoid each). Logits are divided by
    the ``temperature``. ``accuracy`` is the share of rows that cross-validation gets wholly right,
    ``loss`` its mean log loss in nats, ``majority`` the accuracy of always giving the most frequent answer.
    """

    labels: list[str]
    exclusive: bool
    weights: bytes
    temperature: float
    rows: int
    folds: int
    accuracy: float
    loss: float
    majority: float

    def shares(self, embedded: Array) -> Array:
        """The probability of each label (rows x labels) for embeddings (rows x dimensions)."""
        weights = np.frombuffer(self.weights, np.float32).reshape(len(self.labels), -1).astype(float)
        return _shares(_ones(embedded) @ weights.T / self.temperature, self.exclusive)


def fitted(embedded: Array, wanted: Array, labels: list[str], exclusive: bool) -> Head:
    """A head for embeddings (rows x dimensions) and what is wanted (rows x labels, zeros and ones).

    The penalty and then the temperature are those of the least log loss on rows that were held out, of
    the folds of a stratified cross-validation; the head itself is fitted to all rows. The temperature is
    of Guo et al. 2017, On Calibration of Modern Neural Networks; as in Platt 1999, a few rows that went
    right are not taken for certainty: it is found with every label counted once more.
    """
    rows = _ones(np.asarray(embedded, float))
    fold = _folds(wanted)
    best: tuple[float, float, Array] | None = None
    for strength in STRENGTHS:
        held = np.zeros_like(wanted)
        for number in range(int(fold.max()) + 1):
            out = fold == number
            held[out] = rows[out] @ _descended(rows[~out], wanted[~out], strength, exclusive).T
        loss = _loss(held, wanted, exclusive)
        if best is None or loss < best[0]:
            best = (loss, strength, held)
    assert best is not None
    _, strength, held = best
    temperature = _temperature(held, _doubted(wanted, exclusive), exclusive)
    shares = _shares(held / temperature, exclusive)
    _, counts = np.unique(wanted, axis=0, return_counts=True)
    weights = _descended(rows, wanted, strength, exclusive).astype(np.float32)
    return Head(
        labels,
        exclusive,
        weights.tobytes(),
        temperature,
        len(rows),
        int(fold.max()) + 1,
        float((_hard(shares, exclusive) == wanted).all(axis=1).mean()),
        _loss(held / temperature, wanted, exclusive),
        float(counts.max() / len(wanted)),
    )


def _ones(embedded: Array) -> Array:
    return np.hstack([embedded, np.ones((len(embedded), 1))])


def _folds(wanted: Array) -> Array:
    """The fold of each row: rows of the same answer are dealt out one after the other."""
    fold = np.zeros(len(wanted), int)
    _, which = np.unique(wanted, axis=0, return_inverse=True)
    dealt = np.argsort(which.reshape(-1), kind="stable")
    fold[dealt] = np.arange(len(wanted)) % min(FOLDS, len(wanted))
    return fold


def _descended(rows: Array, wanted: Array, strength: float, exclusive: bool) -> Array:
    """The weights of least penalised log loss, by Nesterov's accelerated descent with fixed steps.

    The step is the inverse of a bound of the curvature, so that it never diverges. The bias goes free.
    """
    penalty = np.full(rows.shape[1], strength)
    penalty[-1] = 0.0
    curve = (0.5 if exclusive else 0.25) * _largest(rows) / len(rows) + strength
    weights = ahead = np.zeros((wanted.shape[1], rows.shape[1]))
    pace = 1.0
    for _ in range(STEPS):
        wrong = _shares(rows @ ahead.T, exclusive) - wanted
        gradient = wrong.T @ rows / len(rows) + ahead * penalty
        if float(np.abs(gradient).max()) <= SMALLEST:
            break
        stepped = ahead - gradient / curve
        faster = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        ahead = stepped + (pace - 1) / faster * (stepped - weights)
        weights, pace = stepped, faster
    return weights


def _largest(rows: Array) -> float:
    """A bound of the largest eigenvalue of the rows' second moment: of the smaller of the two squares."""
    square = rows @ rows.T if len(rows) < rows.shape[1] else rows.T @ rows
    return float(np.linalg.norm(square, 2))


def _shares(logits: Array, exclusive: bool) -> Array:
    if not exclusive:
        return 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _hard(shares: Array, exclusive: bool) -> Array:
    if not exclusive:
        return (shares >= 0.5).astype(float)
    return np.eye(shares.shape[1])[shares.argmax(axis=1)]


def _loss(logits: Array, wanted: Array, exclusive: bool) -> float:
    shares = _shares(logits, exclusive)
    logs = wanted * np.log(shares + TINY)
    if not exclusive:
        logs = logs + (1 - wanted) * np.log(1 - shares + TINY)
    return float(-logs.sum(axis=1).mean())


def _doubted(wanted: Array, exclusive: bool) -> Array:
    """What is wanted, mixed with what nobody knows anything of, as by one more row of each label."""
    rows, labels = wanted.shape
    others = labels if exclusive else 2
    doubt = others / (rows + others)
    return wanted * (1 - doubt) + doubt / others


def _temperature(logits: Array, wanted: Array, exclusive: bool) -> float:
    grid: Iterator[float] = iter(np.geomspace(COOLEST, HOTTEST, TEMPERATURES).tolist())
    return min(grid, key=lambda t: (_loss(logits / t, wanted, exclusive), t))
