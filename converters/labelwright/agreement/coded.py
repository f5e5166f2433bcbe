"""Measures of coded controls: choice, choices, taxonomy, rating, number and date."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Blocks, Sums, resample, vectors, whole
from labelwright.agreement.codes import SETS, Coded, Patterns, members
from labelwright.agreement.coefficients import Array
from labelwright.agreement.distances import Distance, Fixed, Squared, Unequal, jaccard, masi
from labelwright.agreement.labels import Labels, label_plan
from labelwright.agreement.numeric import mean_absolute_difference, numeric_measures, within_tolerance
from labelwright.agreement.people import CATEGORIES, COHEN, People, cohen_means
from labelwright.agreement.position import position
from labelwright.agreement.result import Confusion, ControlAgreement, Measure, State
from labelwright.agreement.sums import Sample, Units
from labelwright.contracts import Control
from labelwright.lazy import lazily
from labelwright.records import Kind, Level

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

MATRIX = 32  # categories up to which the ordinal distance follows each resample's own ranks
SLACK = 1e-9  # decimal numbers that differ by just the tolerance may differ by a little more in binary
SHOWN = 60  # categories up to which a confusion is shown
RANKED = (Level.ORDINAL, Level.INTERVAL, Level.RATIO)


def measure_coded(control: Control, patterns: Patterns, seed: int, resamples: int) -> ControlAgreement:
    """All measures of a coded control. Chance is measured over declared and observed categories.

    Above ``CATEGORIES`` distinct values there are no intervals (but of intraclass correlations), AC2,
    weighted kappas or distribution.
    """
    coded = Coded(control, patterns)
    level = _level(control, coded)
    point = Sample(coded, whole(coded.counts))
    people = People(coded, point, level is not Level.NOMINAL and len(coded.values) <= CATEGORIES)
    labels = label_plan(control, coded)
    sums, kappas, found = _measured(control, coded, point, people, labels, seed, resamples)
    overall = _overall(found, len(coded.answered), people)
    if control.kind in (Kind.RATING, Kind.NUMBER):
        overall.update(numeric_measures(coded, seed, resamples, _undefined(coded)))
    everyone = _distribution(coded, None)
    each = {coded.annotators[p]: _distribution(coded, p) for p in coded.answered}
    compared = control.kind is Kind.PREFERENCE
    return ControlAgreement(
        kind=control.kind.value,
        level=level.value,
        items=int(sums["paired"].sum()),
        answers=int((coded.size * coded.counts).sum()),
        measures=overall,
        labels=labels.listed(found),
        pairs=people.listed(kappas["items"], found["pair/percent"], found["pair/cohen_kappa"]),
        annotators=people.against(sums["rest/items"], found["rest/percent"]),
        confusion=_confusion(control, coded, point),
        distribution=everyone,
        annotator_distribution=each,
        note=people.note,
        position=position(everyone) if compared else None,
        annotator_position={name: position(own) for name, own in each.items()} if compared else {},
    )


def _measured(
    control: Control, coded: Coded, point: Sample, people: People, labels: Labels, seed: int, resamples: int
) -> tuple[Sums, Sums, dict[str, list[Measure]]]:
    """The sums of the data, the kappas of pairs, and all measures by name."""
    plan = _plan(control, coded, _level(control, coded))
    blocks, draws = _draws(coded, seed, resamples)

    def extend(units: Units) -> Sums:
        pairs = people.sums(units) if people.few else {}
        return {**plan.extend(units), **labels.extend(units), **people.rest_sums(units), **pairs}

    whole_sums = point.sums(extend)
    kappas = people.kappas(whole_sums) if people.few else people.point(point)

    def evaluate(sums: Sums) -> Sums:
        found = {**plan.evaluate(sums), **labels.evaluate(sums)}
        found["rest/percent"] = co.ratio(sums["rest/equal"], sums["rest/items"])
        if sums is whole_sums:
            own = kappas
        elif people.few:
            own = people.kappas(sums)
        else:
            return found  # too many pairs for intervals
        found.update({f"pair/{name}": own[name] for name in ("percent", "cohen_kappa")})
        return {**found, **cohen_means(own)} if control.kind not in SETS else found

    states = {"pair": State.NO_VARIATION, "rest": State.NO_OVERLAP}
    undefined = _undefined(coded)
    sampled = Sample(coded, blocks).sums(extend) if blocks is not None else None
    found = vectors(whole_sums, sampled, draws, evaluate, lambda n: states.get(n.split("/")[0], undefined))
    return whole_sums, kappas, found


def _overall(found: dict[str, list[Measure]], annotators: int, people: People) -> dict[str, Measure]:
    """The measures of the control itself."""
    overall = {name: one[0] for name, one in found.items() if "/" not in name}
    if people.skipped:
        note = "too many pairs of annotators and categories"
        overall.update({n: Measure(state=State.NOT_APPLICABLE, note=note) for n in COHEN if n in overall})
    if "scott_pi" in overall and annotators > 2:
        overall["scott_pi"] = Measure(state=State.NOT_APPLICABLE, note="for two annotators only")
    return overall


def _undefined(coded: Coded) -> State:
    return undefined_state(len(coded.answered), int(coded.size.max(initial=0)))


def undefined_state(annotators: int, largest: int) -> State:
    """Why a measure without a value has none."""
    if annotators < 2:
        return State.ONE_ANNOTATOR
    return State.NO_OVERLAP if largest < 2 else State.NO_VARIATION


def _draws(coded: Coded, seed: int, resamples: int) -> tuple[Blocks | None, Array]:
    wide = len(coded.values) > CATEGORIES
    if wide or not resamples or coded.counts.sum() < 2:
        return None, np.zeros((0, 0))
    return resample(coded.counts, seed, resamples)


def _level(control: Control, coded: Coded) -> Level:
    """The level that the values allow: without numbers there is no interval or ratio."""
    level = control.measured_level
    if control.kind in SETS:
        return Level.NOMINAL
    if level in (Level.INTERVAL, Level.RATIO) and coded.numbers is None:
        return Level.ORDINAL
    return level


class Plan(NamedTuple):
    """What to sum per block, and how to evaluate the sums."""

    extend: Callable[[Units], Sums]
    evaluate: Callable[[Sums], Sums]


def _plan(control: Control, coded: Coded, level: Level) -> Plan:
    """What to sum and how to evaluate it, by kind and level."""
    distances = _distances(control, coded, level, coded.pairable)
    follow = level is Level.ORDINAL and len(coded.values) <= MATRIX and control.kind not in SETS
    ranked = level in RANKED and len(coded.values) <= CATEGORIES
    weights = co.quadratic_weights(len(coded.values)) if ranked else None
    numbers = coded.numbers if control.kind in (Kind.RATING, Kind.NUMBER, Kind.DATE) else None

    def extend(units: Units) -> Sums:
        sums = units.sums()
        for name, distance in distances.items():
            sums[name] = units.disagreement(distance.between(units.a, units.b))
        if follow:
            sums["matrix"] = units.matrix()
        if weights is not None:
            sums["weighted"] = units.observed(weights[units.a, units.b])
        if numbers is not None:
            apart = np.abs(numbers[units.a] - numbers[units.b])
            sums["apart"] = units.observed(apart)
            if control.tolerance > 0:
                sums["within"] = units.observed(apart <= control.tolerance * (1.0 + SLACK))
        return sums

    def evaluate(sums: Sums) -> Sums:
        po = co.ratio(sums["equal"], sums["paired"])
        n = sums["n"]
        total = n.sum(axis=-1)
        found: Sums = {"percent": po}
        for name, distance in distances.items():
            found[name] = co.alpha(sums[name], distance.expected(n), total)
        if follow:
            d = co.ordinal_distance(n)
            expected = np.einsum("bc,bck,bk->b", n, d, n)
            observed = (sums["matrix"] * d).sum(axis=(1, 2))
            found["krippendorff_alpha"] = co.alpha(observed, expected, total)
        if control.kind not in SETS:
            found.update(_chance(sums, po, weights, coded))
        if numbers is not None:
            if control.tolerance > 0:
                found["within_tolerance"] = within_tolerance(sums["within"], sums["paired"])
            found["mean_absolute_difference"] = mean_absolute_difference(sums["apart"], sums["paired"])
        return found

    return Plan(extend, evaluate)


def _chance(sums: Sums, po: Array, weights: Array | None, coded: Coded) -> Sums:
    """The coefficients that correct for chance without a distance."""
    pi = co.ratio(sums["pi"], sums["units"][:, None])
    # Data of one category have no variation: a chance-corrected value would be an artefact.
    varied = np.where((sums["n"] > 0).sum(axis=-1) > 1, 1.0, np.nan)
    found = {
        "fleiss_kappa": co.fleiss_kappa(po, pi) * varied,
        "gwet_ac1": co.gwet_ac(po, pi) * varied,
        "brennan_prediger": co.brennan_prediger(po, len(coded.values)) * varied,
    }
    if weights is not None:
        weighted = co.ratio(sums["weighted"], sums["paired"])
        found["gwet_ac2"] = co.gwet_ac(weighted, pi, weights) * varied
    return found


def _distances(control: Control, coded: Coded, level: Level, n: Array) -> dict[str, Distance]:
    """Distances between the values, by the name of the measure."""
    if control.kind in SETS:
        sets = [members(control.kind, v) for v in coded.values]
        by_jaccard = Fixed(len(sets), lambda rows: jaccard([sets[i] for i in rows]))
        if control.kind is Kind.TAXONOMY:
            return {"krippendorff_alpha": by_jaccard}
        by_masi = Fixed(len(sets), lambda rows: masi([sets[i] for i in rows]))
        return {"krippendorff_alpha": by_masi, "krippendorff_alpha_jaccard": by_jaccard}
    numbers = coded.numbers
    if level is Level.ORDINAL:
        # Mid-ranks of the whole data; few enough categories are ranked anew in every resample.
        return {"krippendorff_alpha": Squared(np.cumsum(n) - n / 2.0)}
    if level is Level.NOMINAL or numbers is None:
        return {"krippendorff_alpha": Unequal()}
    if level is Level.INTERVAL:
        return {"krippendorff_alpha": Squared(numbers)}
    ratio = Fixed(len(numbers), lambda rows: co.ratio_distance(numbers[np.asarray(rows, np.int64)]))
    return {"krippendorff_alpha": ratio}


def _confusion(control: Control, coded: Coded, point: Sample) -> Confusion:
    q = len(coded.values)
    if control.kind in SETS or q > SHOWN:
        return Confusion()
    flat = point.sums(lambda units: {"all": units.pairs.sum_by(1.0, units.a * q + units.b, q * q)})["all"]
    square = flat.reshape(q, q)
    return Confusion(coded.labels, (square + square.T).astype(int).tolist())


def _distribution(coded: Coded, person: int | None) -> dict[str, int]:
    """How often each value was given, by everyone or one annotator."""
    if len(coded.values) > CATEGORIES:
        return {}
    kept = coded.codes >= 0
    if person is not None:
        kept = kept & (coded.people == person)
    at, _ = np.nonzero(kept)
    counts = np.bincount(coded.codes[kept], coded.counts[at].astype(float), minlength=len(coded.values))
    return {label: int(c) for label, c in zip(coded.labels, counts, strict=True)}
