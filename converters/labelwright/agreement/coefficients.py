"""Coefficients of agreement as pure functions over counts.

Every function works on the last axis or axes and broadcasts over leading ones, so that a thousand
resamples are one call. Where a coefficient is not defined the answer is ``nan``, without a warning.

Shapes: ``o`` is a coincidence matrix ``(..., q, q)``, ``n`` its marginals ``(..., q)``; ``pi`` the mean
share of each category per unit ``(..., q)``; ``weights`` agreement weights ``(q, q)``, ones on the diagonal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")


Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
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
    """Krippendorff's alpha: how far answers differ, beside how far they would by chance.

    For any number of annotators and missing answers. The distance d follows the level of measurement or
    the kind: unequal (nominal), mid-ranks (ordinal), squared differences (interval), squared relative
    differences (ratio), MASI (sets), Jaccard (taxonomies, with ancestors), ``1 - chrF`` (text), edits over
    the words of the longer one (transcripts). Of segments a frame of 10 ms is a unit and the set of labels
    that covers it its answer, nothing included; of one label, whether it does.

    Args:
        observed: The sum of o_ck d_ck over the coincidences.
        expected: The sum of n_c n_k d_ck.
        n: The number of pairable values.

    Formula: 1 - D_o / D_e, with D_o = sum o_ck d_ck / n and D_e = sum n_c n_k d_ck / (n (n - 1)), where a
        unit of m answers adds each of its ordered pairs to o_ck with weight 1 / (m - 1).

    Range: at most 1; the least value depends on the data.

    At 1: all answers about an item are equal.

    At 0: answers about one item differ as much as answers about any two.

    Below 0: annotators differ systematically, more than chance would make them.

    Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability; for sets Passonneau 2006.
    """
    scale = np.maximum(np.asarray(n, float) ** 2, 1.0)
    return 1.0 - ratio((np.asarray(n) - 1.0) * observed / scale, expected / scale)


def ordinal_distance(n: Array) -> Array:
    """Krippendorff's ordinal distance (squared) ``(..., q, q)`` for marginals ``n``.

    The distance of two ranks is the number of values between them, the ends counted half, which is
    the difference of their mid-ranks.
    """
    rank = np.cumsum(n, axis=-1) - n / 2.0
    return np.asarray((rank[..., :, None] - rank[..., None, :]) ** 2)


def ratio_distance(values: Array) -> Array:
    """Krippendorff's ratio distance ``((c - k) / (c + k))**2``; 1 for unequal values of sum zero."""
    total = np.abs(values[:, None] + values[None, :])
    apart = np.abs(values[:, None] - values[None, :])
    out = (apart > 0).astype(float)
    return np.asarray(np.divide(apart, total, out=out, where=total > 0) ** 2)


def percent(counts: Array) -> float:
    """Percent agreement: how often two annotators of one item gave equal answers.

    Equal is the whole answer: the same set, spans, order, or text but for white space; of a dialogue
    each turn counts. Of segments it is the share of time on which both say the same (the same labels, or
    nothing), of transcripts the share of words, 1 - edits / words of the longer one; both are summed
    over pairs and items. It does not correct for chance.

    Formula: the mean over items with two or more answers of the share of pairs that are equal.

    Range: 0 to 1.

    At 1: every pair is equal.

    At 0: no pair is equal.

    Below 0: never.

    Source: Fleiss 1971, observed agreement, for missing answers as Gwet generalises it (2014).
    """
    kept = counts[counts.sum(axis=1) >= 2].astype(float)
    m = kept.sum(axis=1)
    return float(ratio(((kept * (kept - 1)).sum(axis=1) / (m * (m - 1))).sum(), np.asarray(len(kept))))


def shares(counts: Array) -> Array:
    """The mean share of each category over units with at least one answer."""
    kept = counts[counts.sum(axis=1) >= 1].astype(float)
    return np.asarray((kept / kept.sum(axis=1, keepdims=True)).mean(axis=0))


def fleiss_kappa(observed: Array, pi: Array) -> Array:
    """Fleiss' kappa: agreement of any number of annotators beyond that of drawing from a common pot.

    Formula: (p_o - p_e) / (1 - p_e), with p_o the percent agreement and p_e = sum of squared mean shares
        of the categories.

    Range: -1 to 1.

    At 1: every pair is equal.

    At 0: as many pairs are equal as by chance.

    Below 0: fewer pairs are equal than by chance.

    Source: Fleiss 1971; for missing answers Gwet 2014, Handbook of Inter-Rater Reliability.
    """
    return beyond_chance(observed, (np.asarray(pi) ** 2).sum(axis=-1))


def gwet_ac(observed: Array, pi: Array, weights: Array | None = None) -> Array:
    """Gwet's AC1, and AC2 with quadratic weights: chance agreement that skewed categories do not inflate.

    AC2 is given where the answers have an order; its weights count near answers as partly equal. With
    ``weights`` the ``observed`` agreement is the weighted one.

    Formula: (p_o - p_e) / (1 - p_e), with p_e = W / (q (q - 1)) times the sum of pi_k (1 - pi_k) over the q
        categories; W is q for AC1, the sum of all weights for AC2.

    Range: -1 to 1.

    At 1: every pair is equal.

    At 0: as many pairs are equal as by chance.

    Below 0: fewer pairs are equal than by chance.

    Source: Gwet 2008, Computing inter-rater reliability in the presence of high agreement; Gwet 2014.
    """
    q = np.shape(pi)[-1]
    if q < 2:
        return np.full(np.shape(observed), np.nan)
    total = float(q) if weights is None else float(weights.sum())
    spread = (np.asarray(pi) * (1.0 - np.asarray(pi))).sum(axis=-1)
    return beyond_chance(observed, total * spread / (q * (q - 1)))


def brennan_prediger(observed: Array, categories: int) -> Array:
    """Brennan and Prediger's kappa, for two annotators Bennett's S: chance picks each category alike.

    Formula: (p_o - 1 / q) / (1 - 1 / q) for q categories, declared or seen.

    Range: -1 / (q - 1) to 1.

    At 1: every pair is equal.

    At 0: as many pairs are equal as blind picks among the categories would be.

    Below 0: fewer pairs are equal than blind picks would be.

    Source: Brennan and Prediger 1981; Bennett, Alpert and Goldstein 1954.
    """
    if categories < 2:
        return np.full(np.shape(observed), np.nan)
    return beyond_chance(observed, np.asarray(1.0 / categories))


def cohen_kappa(observed: Array, rows: Array, columns: Array, weights: Array | None = None) -> Array:
    """Cohen's kappa of two annotators, each with their own habits; with weights near answers count in part.

    Of more than two annotators the mean over pairs, weighted by the items that a pair shares; pairs
    without variation are left out. Weights are ``1 - |i - j| / (q - 1)`` (linear) and
    ``1 - (i - j)**2 / (q - 1)**2`` (quadratic) for places i and j among q ordered categories.

    Formula: (p_o - p_e) / (1 - p_e), with p_e the sum of products of the two annotators' shares, weighted
        like p_o.

    Range: -1 to 1.

    At 1: every pair of answers is equal.

    At 0: as many are equal as if both answered blindly, each in their own proportions.

    Below 0: fewer are equal than that.

    Source: Cohen 1960; weighted Cohen 1968.
    """
    if weights is None:
        return beyond_chance(observed, (np.asarray(rows) * columns).sum(axis=-1))
    return beyond_chance(observed, ((np.asarray(rows) @ weights) * columns).sum(axis=-1))


def scott_pi(observed: Array, rows: Array, columns: Array) -> Array:
    """Scott's pi of two annotators: chance from the mean of both annotators' shares.

    Formula: (p_o - p_e) / (1 - p_e), with p_e the sum of squared mean shares.

    Range: -1 to 1.

    At 1: every pair of answers is equal.

    At 0: as many are equal as if both drew from a common pot.

    Below 0: fewer are equal than that.

    Source: Scott 1955, Reliability of content analysis.
    """
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


MEASURES = {
    "percent": percent,
    "krippendorff_alpha": alpha,
    "fleiss_kappa": fleiss_kappa,
    "gwet_ac1": gwet_ac,
    "gwet_ac2": gwet_ac,
    "brennan_prediger": brennan_prediger,
    "cohen_kappa": cohen_kappa,
    "cohen_kappa_linear": cohen_kappa,
    "cohen_kappa_quadratic": cohen_kappa,
    "scott_pi": scott_pi,
}
