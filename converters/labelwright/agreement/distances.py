"""Distances between sets: Jaccard, and MASI (Passonneau 2006). Two empty sets are at distance 0."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from labelwright.agreement.coefficients import Array


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
    """``1 - |A and B| / |A or B|`` between all sets, shape (sets, sets)."""
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
