"""Intraclass correlation of numbers, from sums over items, so that a thousand resamples are one call.

Every function works on the last axis or broadcasts. Numbers should be scaled to a spread of about 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labelwright.agreement import coefficients as co
from labelwright.agreement.coefficients import Array
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

ROUNDING = 1e-11  # a sum of squares per answer below this is rounding, not variation


class OneWay(NamedTuple):
    """Sums over items with two or more answers each, shapes (...).

    How many items and answers there are; the sums of squared numbers of answers per item, of all values,
    of their squares, and of each item's squared sum over its number of answers.
    """

    items: Array
    answers: Array
    sizes: Array
    total: Array
    squares: Array
    items_squares: Array


class TwoWay(NamedTuple):
    """Sums over items that all k annotators answered.

    Items, squared values and squared sums per item, shapes (...); each annotator's sum, shape (..., k).
    """

    items: Array
    squares: Array
    items_squares: Array
    annotators: Array


def icc_1(sums: OneWay) -> dict[str, Array]:
    """Intraclass correlation of one number (``icc_1_1``) and of the mean of all (``icc_1_k``), one-way.

    Annotators may differ from item to item and answers may be missing: the one to use where not
    everybody answered everything. A habit of one annotator (always one higher) counts as disagreement.

    Formula: (B - W) / (B + (k - 1) W), and (B - W) / B for the mean, with B and W the mean squares
        between and within items; k is the number of answers per item, or where they differ
        (N - sum of squared numbers / N) / (items - 1) for N answers.

    Range: -1 / (k - 1) to 1; for the mean at most 1, without a lower bound.

    At 1: all answers about an item are equal.

    At 0: answers about one item differ as much as answers about any two.

    Below 0: they differ more than that.

    Source: Shrout and Fleiss 1979, cases 1 and 1,k; unequal numbers as in the one-way analysis of variance.
    """
    mean_square = co.ratio(sums.total**2, sums.answers)
    between = _variation(sums.items_squares - mean_square, sums.answers)
    within = _variation(sums.squares - sums.items_squares, sums.answers)
    b = co.ratio(between, sums.items - 1)
    w = co.ratio(within, sums.answers - sums.items)
    k = co.ratio(sums.answers - co.ratio(sums.sizes, sums.answers), sums.items - 1)
    return {"icc_1_1": co.ratio(b - w, b + (k - 1) * w), "icc_1_k": co.ratio(b - w, b)}


def icc_2(sums: TwoWay) -> dict[str, Array]:
    """Intraclass correlation, two-way random: absolute agreement of annotators drawn from many.

    ``icc_2_1`` is of one annotator's number, ``icc_2_k`` of the mean of all. Over the items that the same
    set of annotators answered: the set that gave most answers is taken, and the note says how many items
    that leaves. A habit of one annotator (always one higher) counts as disagreement.

    Formula: (B - E) / (B + (k - 1) E + k (J - E) / n), and (B - E) / (B + (J - E) / n) for the mean, with
        B, J and E the mean squares of n items, k annotators and the rest.

    Range: at most 1; the lower bound depends on n and k.

    At 1: all answers about an item are equal.

    At 0: items differ no more than chance would make them.

    Below 0: they differ less than that.

    Source: Shrout and Fleiss 1979, cases 2 and 2,k; McGraw and Wong 1996.
    """
    n, k, b, j, e = _two_way(sums)
    one = co.ratio(b - e, b + (k - 1) * e + k * co.ratio(j - e, n))
    return {"icc_2_1": one, "icc_2_k": co.ratio(b - e, b + co.ratio(j - e, n))}


def icc_3(sums: TwoWay) -> dict[str, Array]:
    """Intraclass correlation, two-way mixed: consistency of just these annotators.

    ``icc_3_1`` is of one annotator's number, ``icc_3_k`` of the mean of all (Cronbach's alpha). Over the
    same items as ``icc_2_1``. A habit of one annotator (always one higher) is forgiven.

    Formula: (B - E) / (B + (k - 1) E), and (B - E) / B for the mean, with B and E the mean squares of the
        items and of the rest.

    Range: -1 / (k - 1) to 1; for the mean at most 1, without a lower bound.

    At 1: annotators differ by a constant at most.

    At 0: items differ no more than chance would make them.

    Below 0: they differ less than that.

    Source: Shrout and Fleiss 1979, cases 3 and 3,k; McGraw and Wong 1996.
    """
    _, k, b, _, e = _two_way(sums)
    return {"icc_3_1": co.ratio(b - e, b + (k - 1) * e), "icc_3_k": co.ratio(b - e, b)}


def _two_way(sums: TwoWay) -> tuple[Array, int, Array, Array, Array]:
    """Items, annotators, and the mean squares of items, annotators and the rest."""
    n, k = np.asarray(sums.items, float), sums.annotators.shape[-1]
    answers = n * k
    mean_square = co.ratio(sums.annotators.sum(axis=-1) ** 2, answers)
    items = _variation(sums.items_squares / k - mean_square, answers)
    annotators = _variation(co.ratio((sums.annotators**2).sum(axis=-1), n) - mean_square, answers)
    rest = _variation(sums.squares - mean_square - items - annotators, answers)
    b, j = co.ratio(items, n - 1), co.ratio(annotators, np.asarray(k - 1.0))
    return n, k, b, j, co.ratio(rest, (n - 1) * (k - 1))


def _variation(squares: Array, answers: Array) -> Array:
    """A sum of squares without what rounding leaves of nothing."""
    return np.asarray(np.where(squares > ROUNDING * answers, squares, squares * 0.0))


MEASURES = {
    "icc_1_1": icc_1,
    "icc_1_k": icc_1,
    "icc_2_1": icc_2,
    "icc_2_k": icc_2,
    "icc_3_1": icc_3,
    "icc_3_k": icc_3,
}
