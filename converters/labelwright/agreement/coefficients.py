"""Coefficients of agreement as pure functions over counts.

Every function works on the last axis or axes and broadcasts over leading ones, so that a thousand
resamples are one call. Where a coefficient is not defined the answer is ``nan``, without a warning.

Shapes: ``o`` is a coincidence matrix ``(..., q, q)``, ``n`` its marginals ``(..., q)``; ``pi`` the mean
share of each category per unit ``(..., q)``; ``table`` a contingency table of two annotators
``(..., q, q)``; ``weights`` agreement weights ``(q, q)`` with ones on the diagonal.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
TINY = 1e-12  # relative size under which an expected disagreement is rounding, not variation


def ratio(numerator: Array, denominator: Array) -> Array:
    """``numerator / denominator``, nan where the denominator is zero."""
    top, below = np.broadcast_arrays(np.asarray(numerator, float), np.asarray(denominator, float))
    out = np.full(top.shape, np.nan)
    return np.asarray(np.divide(top, below, out=out, where=np.abs(below) > TINY))


def beyond_chance(observed: Array, expected: Array) -> Array:
    """``(observed - expected) / (1 - expected)``: the form of kappa, pi, S and AC. At most 1."""
    return ratio(np.asarray(observed) - expected, 1.0 - np.asarray(expected))


def alpha(observed: Array, expected: Array, n: Array) -> Array:
    """Krippendorff's alpha from sums of distances (Krippendorff 2011). At most 1.

    ``observed`` sums o_ck d_ck over the coincidences, ``expected`` sums n_c n_k d_ck, ``n`` is the
    number of pairable values.
    """
    scale = np.maximum(np.asarray(n, float) ** 2, 1.0)
    return 1.0 - ratio((np.asarray(n) - 1.0) * observed / scale, expected / scale)


def coincidences(counts: Array) -> Array:
    """The coincidence matrix ``(q, q)`` of a matrix of units by categories (how many said what)."""
    kept = counts[counts.sum(axis=1) >= 2].astype(float)
    share = 1.0 / (kept.sum(axis=1) - 1.0)
    off = np.einsum("uc,uk,u->ck", kept, kept, share)
    return np.asarray(off - np.diag((kept * share[:, None]).sum(axis=0)))


def krippendorff_alpha(counts: Array, distance: Array | None = None) -> float:
    """Alpha of a matrix of units by categories under a distance ``(q, q)`` (None: nominal)."""
    o = coincidences(counts)
    n = o.sum(axis=1)
    d = 1.0 - np.eye(len(n)) if distance is None else distance
    return float(alpha((o * d).sum(), n @ d @ n, n.sum()))


def ordinal_distance(n: Array) -> Array:
    """Krippendorff's ordinal distance (squared) ``(..., q, q)`` for marginals ``n``.

    The distance of two ranks is the number of values between them, the ends counted half, which is
    the difference of their mid-ranks.
    """
    rank = np.cumsum(n, axis=-1) - n / 2.0
    return np.asarray((rank[..., :, None] - rank[..., None, :]) ** 2)


def interval_distance(values: Array) -> Array:
    """Squared differences of the categories' values."""
    return np.asarray((values[:, None] - values[None, :]) ** 2)


def ratio_distance(values: Array) -> Array:
    """Krippendorff's ratio distance ``((c - k) / (c + k))**2``; 1 for unequal values of sum zero."""
    total = np.abs(values[:, None] + values[None, :])
    apart = np.abs(values[:, None] - values[None, :])
    out = (apart > 0).astype(float)
    return np.asarray(np.divide(apart, total, out=out, where=total > 0) ** 2)


def percent(counts: Array) -> float:
    """The mean over units with two or more answers of the share of pairs that are equal."""
    kept = counts[counts.sum(axis=1) >= 2].astype(float)
    m = kept.sum(axis=1)
    return float(ratio(((kept * (kept - 1)).sum(axis=1) / (m * (m - 1))).sum(), np.asarray(len(kept))))


def shares(counts: Array) -> Array:
    """The mean share of each category over units with at least one answer."""
    kept = counts[counts.sum(axis=1) >= 1].astype(float)
    return np.asarray((kept / kept.sum(axis=1, keepdims=True)).mean(axis=0))


def fleiss_kappa(observed: Array, pi: Array) -> Array:
    """Fleiss' kappa (Fleiss 1971), for missing answers as Gwet generalises it (2014)."""
    return beyond_chance(observed, (np.asarray(pi) ** 2).sum(axis=-1))


def gwet_ac(observed: Array, pi: Array, weights: Array | None = None) -> Array:
    """Gwet's AC1 (Gwet 2008), or AC2 where weights are given and ``observed`` was weighted."""
    q = np.shape(pi)[-1]
    if q < 2:
        return np.full(np.shape(observed), np.nan)
    total = float(q) if weights is None else float(weights.sum())
    spread = (np.asarray(pi) * (1.0 - np.asarray(pi))).sum(axis=-1)
    return beyond_chance(observed, total * spread / (q * (q - 1)))


def brennan_prediger(observed: Array, categories: int) -> Array:
    """Brennan and Prediger's kappa (1981), for two annotators Bennett's S."""
    if categories < 2:
        return np.full(np.shape(observed), np.nan)
    return beyond_chance(observed, np.asarray(1.0 / categories))


def cohen_kappa(observed: Array, rows: Array, columns: Array, weights: Array | None = None) -> Array:
    """Cohen's kappa (1960, 1968 weighted) from observed agreement and the two marginal shares."""
    if weights is None:
        return beyond_chance(observed, (np.asarray(rows) * columns).sum(axis=-1))
    return beyond_chance(observed, ((np.asarray(rows) @ weights) * columns).sum(axis=-1))


def scott_pi(observed: Array, rows: Array, columns: Array) -> Array:
    """Scott's pi (1955) of two annotators: chance from the mean of both marginals."""
    mean = (np.asarray(rows) + columns) / 2.0
    return beyond_chance(observed, (mean**2).sum(axis=-1))


def linear_weights(q: int) -> Array:
    """Agreement weights ``1 - |i - j| / (q - 1)``."""
    i = np.arange(q, dtype=float)
    return np.asarray(1.0 - np.abs(i[:, None] - i[None, :]) / max(q - 1, 1))


def quadratic_weights(q: int) -> Array:
    """Agreement weights ``1 - (i - j)**2 / (q - 1)**2``."""
    i = np.arange(q, dtype=float)
    return np.asarray(1.0 - (i[:, None] - i[None, :]) ** 2 / max(q - 1, 1) ** 2)
