"""Measures of controls compared pair by pair: spans, relations, turns, text and json."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import DIGITS, Blocks, Sums, measures, resample, whole
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
from labelwright.agreement.scores import MOST, Scores, metrics_of
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
PARTS = {Kind.JSON: ("field_agreement",), Kind.SEGMENTS: ("percent", "event_f1")}


class Table:
    """The scores of all distinct items as flat arrays; ``at`` names the item of each pair."""

    def __init__(self, control: Control, patterns: Mapping[Any, Mapping[tuple[Any, ...], int]]) -> None:
        """Decode the packed scores, in a fixed order."""
        packed: dict[bytes, int] = {}
        for group in patterns.values():
            for (key,), count in group.items():
                packed[key] = packed.get(key, 0) + count
        decode = msgspec.msgpack.Decoder(Scores).decode
        self.items = [decode(key) for key in sorted(packed)]
        self.counts = np.array([packed[key] for key in sorted(packed)], np.int64)
        self.size = np.array([len(s.who) for s in self.items], np.int64)
        self.annotators = sorted({a for s in self.items for a in s.who})
        self.metrics = metrics_of(control)
        pairs = [len(s.pairs) for s in self.items]
        self.at = np.repeat(np.arange(len(pairs)), pairs)
        person = {a: i for i, a in enumerate(self.annotators)}
        self.a = np.array([person[s.who[i]] for s in self.items for i, _, _ in s.pairs], np.int64)
        self.b = np.array([person[s.who[j]] for s in self.items for _, j, _ in s.pairs], np.int64)
        scores = [value for s in self.items for _, _, value in s.pairs]
        self.scores = np.array(scores, float).reshape(len(scores), 2 * len(self.metrics))
        # Pairs of one item weigh as many as all its pairs would, also where only a part was compared.
        self.once = 1.0 / np.bincount(self.at, minlength=len(self.items))[self.at]
        self.partly = int(self.counts[self.size > MOST].sum())
        self.cells = [(at, c, k, n) for at, s in enumerate(self.items) for c, k, n in s.cells]
        self.categories = sorted({c for _, *pair, _ in self.cells for c in pair})


def expand(blocks: Blocks, counts: int) -> Callable[[Array, Array], Array]:
    """A function that sums values given per distinct item into blocks."""
    # How often each block holds each item; sparse would serve, but blocks are few.
    mixed = np.unique(blocks.block * counts + blocks.rows, return_inverse=True)
    weight = np.bincount(mixed[1].ravel(), blocks.weight)
    block, row = mixed[0] // counts, mixed[0] % counts

    def total(at: Array, value: Array) -> Array:
        per_item = np.bincount(at, value, minlength=counts)
        return np.bincount(block, weight * per_item[row], minlength=blocks.blocks)

    return total


Total = Callable[[Array, Array], Array]


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
        confusion=confusion_of(table.categories, table.cells, table.counts),
        note=pairs_note(len(np.unique(table.a * len(table.annotators) + table.b)), table.partly),
    )


Runs = tuple[Total | None, Total | None, Array]


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
    names = [name for name, _ in table.metrics]

    def sums(total: Total) -> Sums:
        out: Sums = {}
        for i, (name, mean) in enumerate(table.metrics):
            weight = table.once if mean else np.ones(len(table.at))
            out[f"{name}/top"] = total(table.at, weight * table.scores[:, 2 * i])
            out[f"{name}/below"] = total(table.at, weight * table.scores[:, 2 * i + 1])
        return out

    return _run(runs, sums, _quotients(names), state)


def _subset(table: Table, runs: Runs, here: Array) -> dict[str, Measure]:
    """Each metric over some of the pairs."""
    names = [name for name, _ in table.metrics]

    def sums(total: Total) -> Sums:
        out: Sums = {}
        for i, name in enumerate(names):
            out[f"{name}/top"] = total(table.at[here], table.scores[here, 2 * i])
            out[f"{name}/below"] = total(table.at[here], table.scores[here, 2 * i + 1])
        return out

    return _run(runs, sums, _quotients(names), State.NO_VARIATION)


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
    columns = [np.bincount(slot, count * c, minlength=len(keys)) for c in table.scores.T]
    items = np.bincount(slot, count, minlength=len(keys))
    values = {n: co.ratio(columns[2 * i], columns[2 * i + 1]) for i, (n, _) in enumerate(table.metrics)}
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
    code = {c: i for i, c in enumerate(table.categories)}
    at = np.array([c[0] for c in table.cells], np.int64)
    a = np.array([code[c[1]] for c in table.cells], np.int64)
    b = np.array([code[c[2]] for c in table.cells], np.int64)
    weight = np.array([c[3] for c in table.cells], float)
    if len(at):
        weight /= table.size[at] - 1

    def sums(total: Total) -> Sums:
        n = [total(at, weight * ((a == c) * 1.0 + (b == c))) for c in range(len(code))]
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
    rows = [(at, name, v) for at, s in enumerate(table.items) for name, v in s.parts.items()]
    names = PARTS.get(kind, ("percent",))
    by_part: dict[str, list[tuple[int, list[float]]]] = {}
    for at, part, values in rows:
        by_part.setdefault(part, []).append((at, values))
    found: dict[str, dict[str, Measure]] = {}
    for part, entries in sorted(by_part.items()):
        items = np.array([e[0] for e in entries], np.int64)
        both = np.array([e[1] for e in entries], float)

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
