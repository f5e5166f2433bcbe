"""Agreement of pairs of annotators and of each annotator against the rest, on coded controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Sums
from labelwright.agreement.codes import Coded
from labelwright.agreement.coefficients import Array
from labelwright.agreement.result import AnnotatorAgreement, Measure, PairAgreement
from labelwright.agreement.sums import Sample, Units
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

CATEGORIES = 1500  # categories up to which weights between all of them are computed
INTERVAL_PAIRS = 45  # more pairs than this have no intervals: they would cost more than all else
INTERVAL_CELLS = 1 << 13  # nor pairs with more marginals than this together
AT_ONCE = 1 << 18  # marginals that are held at once
KAPPA_CELLS = 1 << 22  # with more marginals than this together, pairs have no kappas
LISTED_PAIRS = 5000  # more pairs than this are not listed one by one: nobody reads them

COHEN = ("cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic", "scott_pi")


class People:
    """The pairs that share an item, and the sums that their measures are functions of."""

    def __init__(self, coded: Coded, point: Sample, ranked: bool) -> None:
        """``ranked``: weighted kappas are asked for."""
        self._n, self._q, self._ranked = len(coded.annotators), len(coded.values), ranked
        self.names, self.answered = coded.annotators, coded.answered
        self.keys: Array = np.zeros(0, np.int64)
        for units in point.ranges():
            self.keys = np.asarray(np.union1d(self.keys, self._key(units)))
        self.few = len(self.keys) <= INTERVAL_PAIRS and len(self.keys) * self._q <= INTERVAL_CELLS

    @property
    def skipped(self) -> bool:
        """Whether there are too many pairs and categories for kappas."""
        return len(self.keys) * self._q > KAPPA_CELLS

    @property
    def note(self) -> str:
        """What a reader should know of the pairs; empty where all are listed."""
        return too_many_pairs(len(self.keys))

    def _key(self, units: Units) -> Array:
        return np.asarray(units.person_a.astype(np.int64) * self._n + units.person_b)

    def pairs(self) -> list[tuple[str, str]]:
        """The names of every pair, in order."""
        return [(self.names[k // self._n], self.names[k % self._n]) for k in self.keys.tolist()]

    def sums(self, units: Units) -> Sums:
        """Of all pairs, shapes (blocks, pairs) and (blocks, pairs, categories)."""
        return self._tables(units, self.keys, np.ones(len(units.a), bool))

    def _tables(self, units: Units, keys: Array, here: Array) -> Sums:
        pairs, left, right = units.pairs[here], units.a[here], units.b[here]
        slot = np.searchsorted(keys, self._key(units)[here])
        q, p = self._q, len(keys)
        shape = (units.blocks, p, q)
        out = {
            "pair/items": pairs.sum_by(1.0, slot, p),
            "pair/equal": pairs.sum_by(left == right, slot, p),
            "pair/rows": pairs.sum_by(1.0, slot * q + left, p * q).reshape(shape),
            "pair/columns": pairs.sum_by(1.0, slot * q + right, p * q).reshape(shape),
        }
        if self._ranked:
            apart = np.abs(left - right) / max(q - 1, 1)
            out["pair/linear"] = pairs.sum_by(1.0 - apart, slot, p)
            out["pair/quadratic"] = pairs.sum_by(1.0 - apart**2, slot, p)
        return out

    def kappas(self, sums: Sums) -> Sums:
        """Percent and kappas of every pair, shape (blocks, pairs)."""
        items = sums["pair/items"]
        rows = co.ratio(sums["pair/rows"], items[..., None])
        columns = co.ratio(sums["pair/columns"], items[..., None])
        po = co.ratio(sums["pair/equal"], items)
        found = {
            "percent": po,
            "cohen_kappa": co.cohen_kappa(po, rows, columns),
            "scott_pi": co.scott_pi(po, rows, columns),
        }
        if self._ranked:
            for name, weights in (("linear", co.linear_weights), ("quadratic", co.quadratic_weights)):
                observed = co.ratio(sums[f"pair/{name}"], items)
                found[f"cohen_kappa_{name}"] = co.cohen_kappa(observed, rows, columns, weights(self._q))
        return {**found, "items": items}

    def point(self, point: Sample) -> Sums:
        """``kappas`` of the data, some pairs at a time, so that many annotators cost little memory."""
        if self.skipped:
            none = np.full((1, len(self.keys)), np.nan)
            return {name: none for name in ("percent", *COHEN, "items")}
        step = max(1, AT_ONCE // max(1, self._q))
        parts = [self._some(point, self.keys[at : at + step]) for at in range(0, len(self.keys), step)]
        return {name: np.concatenate([p[name] for p in parts], axis=1) for name in parts[0]}

    def _some(self, point: Sample, keys: Array) -> Sums:
        """The kappas of a range of pairs."""

        def tables(units: Units) -> Sums:
            key = self._key(units)
            return self._tables(units, keys, (key >= keys[0]) & (key <= keys[-1]))

        return self.kappas(point.sums(tables))

    def rest_sums(self, units: Units) -> Sums:
        """Of all annotators against the others of each item, shapes (blocks, annotators)."""
        share = 1.0 / (units.m - 1)
        same = units.a == units.b
        shared = units.answer_size >= 2
        items = units.answers[shared].sum_by(1.0, units.person[shared], self._n)
        equal = sum(
            units.pairs[same].sum_by(share[same], person[same], self._n)
            for person in (units.person_a, units.person_b)
        )
        return {"rest/items": items[:, self.answered], "rest/equal": np.asarray(equal)[:, self.answered]}

    def listed(self, items: Array, percent: list[Measure], kappa: list[Measure]) -> list[PairAgreement]:
        """The pairs with their measures; none where there are too many to list."""
        if self.note:
            return []
        rows = zip(self.pairs(), items.reshape(-1).tolist(), percent, kappa, strict=True)
        return [PairAgreement(a, b, int(n), {"percent": p, "cohen_kappa": k}) for (a, b), n, p, k in rows]

    def against(self, items: Array, percent: list[Measure]) -> list[AnnotatorAgreement]:
        """The annotators with their agreement with the rest."""
        rows = zip(self.answered, items.reshape(-1).tolist(), percent, strict=True)
        return [AnnotatorAgreement(self.names[p], round(n), {"percent": one}) for p, n, one in rows]


def too_many_pairs(pairs: int) -> str:
    """What is said where there are too many pairs to list; else nothing."""
    if pairs <= LISTED_PAIRS:
        return ""
    return f"{pairs:,} pairs of annotators are too many to list; measures over all of them are given"


def cohen_means(kappas: Sums) -> Sums:
    """Cohen's kappas of two annotators; of more, the mean over pairs weighted by their items.

    Pairs without a kappa (no variation) are left out of the mean.
    """
    items = kappas["items"]
    found: Sums = {}
    for name in COHEN:
        if name in kappas:
            value = kappas[name]
            known = ~np.isnan(value)
            top = (np.where(known, value, 0.0) * items).sum(axis=-1)
            found[name] = co.ratio(top, (known * items).sum(axis=-1))
    return found
