"""Agreement of pairs of annotators and of each annotator against the rest, on coded controls."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Sums, measures
from labelwright.agreement.codes import Coded
from labelwright.agreement.coefficients import Array
from labelwright.agreement.result import AnnotatorAgreement, Measure, PairAgreement, State
from labelwright.agreement.sums import Sample, Units, prefixed, several, taken
from labelwright.records import Level

CATEGORIES = 1500  # categories up to which weights between all of them are computed
INTERVAL_PAIRS = 45  # more pairs than this have no intervals: they would cost more than all else

Tables = dict[tuple[int, int], tuple[Sums, Sums | None]]


def pair_tables(coded: Coded, point: Units, sampled: Sample | None) -> Tables:
    """Observed agreement and marginals of every pair, for the data and for the blocks."""
    key = point.person_a * len(coded.annotators) + point.person_b
    pairs = [divmod(one, len(coded.annotators)) for one in np.unique(key).tolist()]
    of = [partial(_table, a=a, b=b) for a, b in pairs]
    spread = None
    if sampled is not None and 0 < len(pairs) <= INTERVAL_PAIRS:
        spread = sampled.sums(lambda units: several(units, list(of)))
    return {
        pair: (_table(point, *pair), taken(at, spread) if spread is not None else None)
        for at, pair in enumerate(pairs)
    }


def _table(units: Units, a: int, b: int) -> Sums:
    here = (units.person_a == a) & (units.person_b == b)
    at, left, right = units.pair_at[here], units.a[here], units.b[here]
    one = np.ones(len(at))
    blocks, q = units.blocks, units.q
    apart = np.abs(left - right) / max(q - 1, 1)
    return {
        "items": blocks.sum(at, one),
        "equal": blocks.sum(at, (left == right).astype(float)),
        "linear": blocks.sum(at, 1.0 - apart),
        "quadratic": blocks.sum(at, 1.0 - apart**2),
        "rows": blocks.sum_by(at, one, left, q),
        "columns": blocks.sum_by(at, one, right, q),
    }


def _kappas(sums: Sums, q: int, ranked: bool) -> Sums:
    items = sums["items"]
    rows, columns = co.ratio(sums["rows"], items[:, None]), co.ratio(sums["columns"], items[:, None])
    po = co.ratio(sums["equal"], items)
    found = {
        "percent": po,
        "cohen_kappa": co.cohen_kappa(po, rows, columns),
        "scott_pi": co.scott_pi(po, rows, columns),
    }
    if ranked:
        for name, weights in (("linear", co.linear_weights(q)), ("quadratic", co.quadratic_weights(q))):
            observed = co.ratio(sums[name], items)
            found[f"cohen_kappa_{name}"] = co.cohen_kappa(observed, rows, columns, weights)
    return found


def cohen_sums(
    tables: Tables, coded: Coded, level: Level, draws: Array, undefined: State
) -> dict[str, Measure]:
    """Cohen's kappas of two annotators; of more, the mean over pairs weighted by their items.

    Pairs without a kappa (no variation) are left out of the mean. Scott's pi is for two annotators
    only and not applicable to more.
    """
    ranked = level is not Level.NOMINAL and len(coded.values) <= CATEGORIES
    names = ["cohen_kappa", *(["cohen_kappa_linear", "cohen_kappa_quadratic"] if ranked else [])]
    pairs = list(tables.values())

    def evaluate(sums: Sums) -> Sums:
        top: dict[str, Any] = {}
        below: dict[str, Any] = {}
        for at in range(len(pairs)):
            own = taken(at, sums)
            for name, value in _kappas(own, len(coded.values), ranked).items():
                known = ~np.isnan(value)
                top[name] = top.get(name, 0.0) + np.where(known, value, 0.0) * own["items"]
                below[name] = below.get(name, 0.0) + known * own["items"]
        return {n: co.ratio(top[n], below[n]) for n in [*names, "scott_pi"] if n in top}

    point = {k: v for i, (sums, _) in enumerate(pairs) for k, v in prefixed(i, sums).items()}
    spread: Sums | None = {}
    for i, (_, blocks) in enumerate(pairs):
        spread = None if blocks is None or spread is None else {**spread, **prefixed(i, blocks)}
    found = measures(point, spread, draws, evaluate, undefined)
    for name in [*names, "scott_pi"]:
        found.setdefault(name, Measure(state=undefined))
    if len(coded.answered) > 2:
        found["scott_pi"] = Measure(state=State.NOT_APPLICABLE, note="for two annotators only")
    return found


def evaluate_pairs(tables: Tables, coded: Coded, draws: Array) -> list[PairAgreement]:
    """Percent agreement and Cohen's kappa of every pair that shares an item."""

    def evaluate(sums: Sums) -> Sums:
        found = _kappas(sums, len(coded.values), False)
        return {n: found[n] for n in ("percent", "cohen_kappa")}

    return [
        PairAgreement(
            coded.annotators[a],
            coded.annotators[b],
            int(point["items"][0]),
            measures(point, spread, draws, evaluate, State.NO_VARIATION),
        )
        for (a, b), (point, spread) in sorted(tables.items())
    ]


def against_rest(
    coded: Coded, point: Units, sampled: Sample | None, draws: Array
) -> list[AnnotatorAgreement]:
    """For each annotator the mean share of the others' answers that equal the annotator's own."""
    people = coded.answered
    spread = None
    if sampled is not None and 0 < len(people) <= INTERVAL_PAIRS:
        of = [partial(_rest, person=person) for person in people]
        spread = sampled.sums(lambda units: several(units, list(of)))
    found = []
    for at, person in enumerate(people):
        sums = _rest(point, person)
        own = taken(at, spread) if spread is not None else None
        measured = measures(sums, own, draws, _rest_percent, State.NO_OVERLAP)
        found.append(AnnotatorAgreement(coded.annotators[person], round(float(sums["items"][0])), measured))
    return found


def _rest(units: Units, person: int) -> Sums:
    here = (units.person_a == person) | (units.person_b == person)
    share = 1.0 / (units.m[here] - 1)
    equal = (units.a[here] == units.b[here]) * share
    return {
        "items": units.blocks.sum(units.pair_at[here], share),
        "equal": units.blocks.sum(units.pair_at[here], equal),
    }


def _rest_percent(sums: Sums) -> Sums:
    return {"percent": co.ratio(sums["equal"], sums["items"])}
