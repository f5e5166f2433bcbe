"""Measures of an item's answers together, which no sum over pairs gives: Kendall's W, alpha_u."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Sums
from labelwright.agreement.coefficients import Array
from labelwright.agreement.scores import Scores
from labelwright.records import Kind

Total = Callable[[Array, Array], Array]


class Whole(NamedTuple):
    """What to sum over items, how to evaluate the sums, and what to note of each measure."""

    sums: Callable[[Total], Sums]
    evaluate: Callable[[Sums], Sums]
    notes: dict[str, str]


def whole_measures(kind: Kind, items: Sequence[Scores], counts: Array) -> Whole | None:
    """The measures of whole items for a kind of answer; None where it has none."""
    if kind is Kind.RANKING:
        return _rankings(items, counts)
    return None


def _rankings(items: Sequence[Scores], counts: Array) -> Whole:
    table = np.array([s.whole for s in items], float).reshape(len(items), 4)
    at = np.arange(len(items))

    def sums(total: Total) -> Sums:
        return {"top": total(at, table[:, 0]), "below": total(at, table[:, 1])}

    def evaluate(sums: Sums) -> Sums:
        return {"kendall_w": co.ratio(sums["top"], sums["below"])}

    partly, repeated = (
        (int(n) for n in (counts[:, None] * table[:, 2:]).sum(axis=0)) if len(items) else (0, 0)
    )
    said = []
    if partly:
        said.append(f"of {partly:,} items only the entries that all ranked are compared")
    if repeated:
        said.append(f"{repeated:,} answers rank an entry twice: its best place counts")
    return Whole(sums, evaluate, {"kendall_w": "; ".join(said)})
