"""Distances between values: unequal, squared, and of sets Jaccard and MASI (Passonneau 2006).

Two empty sets are at distance 0.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

from labelwright.agreement.coefficients import Array
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")


def _overlaps(sets: Sequence[frozenset[Hashable]]) -> tuple[Array, Array, Array]:
    """Sizes of intersections and unions, and the sizes of the sets."""
    elements = sorted({e for s in sets for e in s}, key=repr)
    column = {e: i for i, e in enumerate(elements)}
    member = np.zeros((len(sets), len(elements)))
    for at, one in enumerate(sets):
        member[at, [column[e] for e in one]] = 1.0
    size = member.sum(axis=1)
    both = member @ member.T
    return both, size[:, None] + size[None, :] - both, size


def jaccard(sets: Sequence[frozenset[Hashable]]) -> Array:
    """Krippendorff's alpha of sets with Jaccard's distance, which knows no subsets.

    Gives the distances between all sets, shape (sets, sets).

    Formula: 1 - D_o / D_e as for alpha, with d = 1 - (elements of both) / (elements of either).

    Range: at most 1; the least value depends on the data.

    At 1: all sets given for an item are equal.

    At 0: sets of one item differ as much as sets of any two.

    Below 0: annotators differ systematically.

    Source: Jaccard 1912; Krippendorff 2011.
    """
    both, union, _ = _overlaps(sets)
    share = np.divide(both, union, out=np.ones_like(both), where=union > 0)
    return np.asarray(1.0 - share)


def masi(sets: Sequence[frozenset[Hashable]]) -> Array:
    """``1 - J * M``: M is 1 for equal sets, 2/3 for a subset, 1/3 for an overlap, 0 for disjoint."""
    both, union, size = _overlaps(sets)
    share = np.divide(both, union, out=np.ones_like(both), where=union > 0)
    smaller = np.minimum(size[:, None], size[None, :])
    monotonic = np.where(both == union, 1.0, np.where(both == smaller, 2 / 3, 1 / 3))
    return np.asarray(1.0 - share * np.where((both == 0) & (union > 0), 0.0, monotonic))


class Distance(Protocol):
    """A distance between coded values."""

    def between(self, a: Array, b: Array) -> Array:
        """The distances between the values with codes ``a`` and ``b``."""
        ...

    def expected(self, n: Array) -> Array:
        """The sum of ``n_c n_k d_ck`` for marginals ``n`` of shape (..., q)."""
        ...


class Unequal:
    """1 between different values."""

    def between(self, a: Array, b: Array) -> Array:
        """Whether the codes differ."""
        return np.asarray((a != b).astype(float))

    def expected(self, n: Array) -> Array:
        """Pairs of different values."""
        return np.asarray(n.sum(axis=-1) ** 2 - (n**2).sum(axis=-1))


class Squared:
    """The squared difference of numbers, from sums alone, however many values there are."""

    def __init__(self, numbers: Array) -> None:
        """``numbers`` by code; centred, so that sums of squares stay exact."""
        self.x = numbers - (numbers.mean() if len(numbers) else 0.0)

    def between(self, a: Array, b: Array) -> Array:
        """Squared differences."""
        return np.asarray((self.x[a] - self.x[b]) ** 2)

    def expected(self, n: Array) -> Array:
        """``2 (N sum n x^2 - (sum n x)^2)``; 0 for a single value, whatever rounding says."""
        spread = 2.0 * (n.sum(axis=-1) * (n @ self.x**2) - (n @ self.x) ** 2)
        return np.asarray(np.where((n > 0).sum(axis=-1) > 1, spread, 0.0))


class Fixed:
    """Any distance, by a function that gives the matrix between some values.

    Above ``LIMIT`` values the expected distance is measured on a systematic sample of answers.
    """

    LIMIT = 1500

    def __init__(self, values: int, matrix: Callable[[Sequence[int]], Array]) -> None:
        """``matrix(codes)`` gives the distances between these codes."""
        self.few = values <= self.LIMIT
        self.matrix = matrix
        self.all = matrix(range(values)) if self.few and values else np.zeros((0, 0))

    def between(self, a: Array, b: Array) -> Array:
        """Look up, or compute each distinct pair once."""
        if self.few:
            return np.asarray(self.all[a, b] if len(a) else np.zeros(0))
        pairs, back = np.unique(np.stack([a, b]), axis=1, return_inverse=True)
        found = [float(self.matrix([i, j])[0, 1]) if i != j else 0.0 for i, j in pairs.T.tolist()]
        return np.asarray(np.array(found, float)[back.ravel()])

    def expected(self, n: Array) -> Array:
        """The sum over all pairs of values, or the sample's mean times their number."""
        if self.few:
            pairs = (n @ self.all) * n if n.shape[-1] else n
            return np.asarray(pairs.sum(axis=-1))
        steps = np.linspace(0, n[0].sum(), self.LIMIT, endpoint=False)
        picked = np.searchsorted(np.cumsum(n[0]), steps, side="right")
        return np.asarray(self.matrix(picked.tolist()).mean() * n.sum(axis=-1) ** 2)


MEASURES = {"krippendorff_alpha_jaccard": jaccard}
