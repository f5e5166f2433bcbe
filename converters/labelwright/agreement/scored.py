"""Measures of controls compared pair by pair: spans, relations, turns, text and json."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import DIGITS, Sums, measures, resample, whole
from labelwright.agreement.coefficients import Array
from labelwright.agreement.gamma import gamma_measure
from labelwright.agreement.people import INTERVAL_PAIRS, LISTED_PAIRS
from labelwright.agreement.result import (
    AnnotatorAgreement,
    ControlAgreement,
    Measure,
    PairAgreement,
    State,
)
from labelwright.agreement.scoretable import Table, Total, expand
from labelwright.agreement.text import expected_distance
from labelwright.agreement.timed import label_alpha
from labelwright.agreement.transcripts import expected_word_distance
from labelwright.agreement.wholes import confusion_of, pairs_note, whole_measures
from labelwright.contracts import Control
from labelwright.lazy import lazily
from labelwright.records import Kind

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

ALPHA = {Kind.SPANS: "token_alpha"} | dict.fromkeys(
    (Kind.TURNS, Kind.SEGMENTS, Kind.SHAPES, Kind.TRACKS), "krippendorff_alpha"
)
# Place of the similarity among the metrics, and what chance makes of 1 minus it.
NEARNESS = {Kind.TEXT: (1, expected_distance), Kind.TRANSCRIPT: (0, expected_word_distance)}
Runs = tuple[Total | None, Total | None, Array]
DRAWN = (Kind.SHAPES, Kind.TRACKS)
PARTS = {Kind.JSON: ("field_agreement",), Kind.SEGMENTS: ("percent", "event_f1")}


def measure_scored(
    control: Control,
    patterns: Mapping[Any, Mapping[tuple[Any, ...], int]],
    sample: Sequence[Any],
    seed: int,
    resamples: int,
) -> ControlAgreement:
    """All measures of a control of these kinds."""
    table = Table(control, patterns)
    undefined = State.ONE_ANNOTATOR if len(table.annotators) < 2 else State.NO_OVERLAP
    point, spread, draws = _blocks(table, seed, resamples)
    runs = (point, spread, draws)
    if len(table.at):
        undefined = State.NO_VARIATION
    found = _overall(table, runs, undefined)
    if control.kind in ALPHA:
        found[ALPHA[control.kind]] = _alpha(table, runs, undefined)
    if control.kind in NEARNESS:
        found["krippendorff_alpha"] = _text_alpha(control.kind, table, runs, undefined, sample)
    parts = _parts(table, runs, control.kind)
    together = whole_measures(control.kind, table.items, table.counts)
    if together is not None:
        together.put(_run(runs, together.sums, together.evaluate, undefined), found, parts)
    if control.kind is Kind.SPANS:
        paired = int(table.counts[table.size >= 2].sum())
        found["gamma"] = gamma_measure(sample, paired, seed, resamples, undefined)
    return ControlAgreement(
        kind=control.kind.value,
        level=control.measured_level.value,
        items=int(table.counts[table.size >= 2].sum()),
        answers=int((table.counts * table.size).sum()),
        measures=found,
        labels={} if control.kind is Kind.JSON else parts,
        fields=parts if control.kind is Kind.JSON else {},
        pairs=_pairs(table, runs),
        annotators=_rest(table, runs),
        confusion=confusion_of(table, control.kind in DRAWN),
        note=pairs_note(len(np.unique(table.a * len(table.annotators) + table.b)), table.partly),
    )


def _blocks(table: Table, seed: int, resamples: int) -> Runs:
    if not len(table.counts):
        return None, None, np.zeros((0, 0))
    point = expand(whole(table.counts), len(table.counts))
    if not resamples or table.counts.sum() < 2:
        return point, None, np.zeros((0, 0))
    blocks, draws = resample(table.counts, seed, resamples)
    return point, expand(blocks, len(table.counts)), draws


def _run(
    runs: Runs, sums: Callable[[Total], Sums], evaluate: Callable[[Sums], Sums], state: State
) -> dict[str, Measure]:
    point, spread, draws = runs
    if point is None:
        names = evaluate(sums(lambda at, value: np.zeros(1)))
        return {n: Measure(state=state) for n in names}
    return measures(sums(point), None if spread is None else sums(spread), draws, evaluate, state)


def _quotients(names: Sequence[str]) -> Callable[[Sums], Sums]:
    def evaluate(sums: Sums) -> Sums:
        return {n: co.ratio(sums[f"{n}/top"], sums[f"{n}/below"]) for n in names}

    return evaluate


def _overall(table: Table, runs: Runs, state: State) -> dict[str, Measure]:
    """Each metric over all pairs; where every item counts once, by the mean of its pairs."""
    return _run(runs, lambda total: table.sums(total, once=True), table.evaluate, state)


def _subset(table: Table, runs: Runs, here: Array) -> dict[str, Measure]:
    """Each metric over some of the pairs."""
    return _run(runs, lambda total: table.sums(total, here), table.evaluate, State.NO_VARIATION)


def _pairs(table: Table, runs: Runs) -> list[PairAgreement]:
    names, people = table.annotators, len(table.annotators)
    key = table.a * people + table.b
    keys = np.unique(key)
    if len(keys) > LISTED_PAIRS:
        return []
    if len(keys) > INTERVAL_PAIRS:
        return _many_pairs(table, key, keys)
    found = []
    for a, b in (divmod(k, people) for k in keys.tolist()):
        here = (table.a == a) & (table.b == b)
        items = int(table.counts[table.at[here]].sum())
        found.append(PairAgreement(names[a], names[b], items, _subset(table, runs, here)))
    return found


def _many_pairs(table: Table, key: Array, keys: Array) -> list[PairAgreement]:
    """All pairs in one pass, without intervals: they would cost more than all else."""
    slot, count = np.searchsorted(keys, key), table.counts[table.at].astype(float)

    def total(at: Array, value: Array) -> Array:
        return np.bincount(slot, count * value, minlength=len(keys))

    items = np.bincount(slot, count, minlength=len(keys))
    values = table.evaluate(table.sums(total))
    found = []
    for at, one in enumerate(keys.tolist()):
        a, b = divmod(one, len(table.annotators))
        own = {n: _without_interval(float(v[at])) for n, v in values.items()}
        found.append(PairAgreement(table.annotators[a], table.annotators[b], int(items[at]), own))
    return found


def _without_interval(value: float) -> Measure:
    return Measure(state=State.NO_VARIATION) if value != value else Measure(round(value, DIGITS))


def _rest(table: Table, runs: Runs) -> list[AnnotatorAgreement]:
    found = []
    if len(table.annotators) > INTERVAL_PAIRS:
        runs = (runs[0], None, runs[2])
    for person, name in enumerate(table.annotators):
        here = (table.a == person) | (table.b == person)
        items = int(table.counts[np.unique(table.at[here])].sum())
        found.append(AnnotatorAgreement(name, items, _subset(table, runs, here)))
    return found


def _alpha(table: Table, runs: Runs, state: State) -> Measure:
    """Nominal alpha over the units inside items; resampled by item, since units of one hang together."""
    at, a, b, weight = table.cell_at, table.cell_a, table.cell_b, table.cell_n.astype(float)
    if len(at):
        weight /= table.size[at] - 1

    def sums(total: Total) -> Sums:
        n = [total(at, weight * ((a == c) * 1.0 + (b == c))) for c in range(len(table.categories))]
        differ = total(at, weight * 2.0 * (a != b))
        return {"n": np.stack(n, axis=-1) if n else np.zeros((len(differ), 0)), "differ": differ}

    def evaluate(sums: Sums) -> Sums:
        n = sums["n"].sum(axis=-1)
        return {"alpha": co.alpha(sums["differ"], n**2 - (sums["n"] ** 2).sum(axis=-1), n)}

    return _run(runs, sums, evaluate, state)["alpha"]


def _text_alpha(kind: Kind, table: Table, runs: Runs, state: State, sample: Sequence[str]) -> Measure:
    """Alpha with distance 1 minus a similarity; what chance would give is measured on a bounded sample."""
    place, by_chance = NEARNESS[kind]
    expected = by_chance(list(sample))
    if not expected:
        return Measure(state=state)

    def sums(total: Total) -> Sums:
        near = np.nan_to_num(co.ratio(table.scores[:, 2 * place], table.scores[:, 2 * place + 1]), nan=1.0)
        apart = (1.0 - near) * table.once * table.size[table.at]
        paired = np.flatnonzero(table.size >= 2)
        return {"apart": total(table.at, apart), "n": total(paired, table.size[paired].astype(float))}

    def evaluate(sums: Sums) -> Sums:
        return {"alpha": 1.0 - co.ratio(sums["apart"], sums["n"]) / expected}

    return _run(runs, sums, evaluate, state)["alpha"]


def _parts(table: Table, runs: Runs, kind: Kind) -> dict[str, dict[str, Measure]]:
    """Agreement per label, or per field of a JSON value."""
    names = PARTS.get(kind, ("percent",))
    held = list(chain.from_iterable(s.parts for s in table.items))
    rows = np.array(list(chain.from_iterable(s.parts.values() for s in table.items)), float)
    rows_at = np.repeat(np.arange(len(table.items)), [len(s.parts) for s in table.items])
    order = sorted(set(held))
    code = {part: at for at, part in enumerate(order)}
    part_of = np.array([code[part] for part in held], np.int64)
    found: dict[str, dict[str, Measure]] = {}
    for at, part in enumerate(order):
        items, both = rows_at[part_of == at], rows[part_of == at]

        def sums(total: Total, items: Array = items, both: Array = both) -> Sums:
            out: Sums = {}
            for i, name in enumerate(names):
                out[f"{name}/top"] = total(items, both[:, 2 * i])
                out[f"{name}/below"] = total(items, both[:, 2 * i + 1])
            return out

        found[part] = _run(runs, sums, _quotients(names), State.NO_VARIATION)
        if kind is Kind.SEGMENTS:
            alone = label_alpha(table.size, table.at, table.scores[:, 1], items, both)
            found[part].update(_run(runs, *alone, State.NO_VARIATION))
    return found
