"""Signals about annotators: ways of working that somebody should look at. None is a proof of anything.

Each has a value, that of the others beside it, and whether it is flagged, by a rule that its function
states. Fewer than ``FEWEST`` answers, or nobody to compare with, give no flag.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2, sqrt

from msgspec import Struct

from labelwright.agreement.result import Agreement
from labelwright.quality.habits import RUNS_OF, Habits

FEWEST = 20  # answers below which nothing is flagged
SPEED = 3.0  # how many times faster or slower than the others an outlier works
RUN_CHANCE = 0.001  # expected runs of that length or longer, by chance, below which a run is flagged
RUN_OTHERS = 2.0  # and it is this many times as long as the others' longest
VARIETY = 0.5  # share of the others' entropy
REPEATS = 5  # pairs of own answers below which self-agreement is not judged
SELF_AGREEMENT = 0.8
ACCEPTED = 0.95
ACCEPTED_APART = 0.1
SHIFT = 0.05  # Jensen-Shannon divergence in bits
SHIFT_Z = 3.0902  # the normal quantile of 1 - 0.001
DIGITS = 6

Histogram = Mapping[int, int]
Tally = Mapping[str, int]


class Signal(Struct):
    """One signal about one annotator.

    ``name`` is speed, longest-run, variety, self-agreement, accepted-predictions or label-shift;
    ``control`` is empty where it is about all of their work. ``value`` and ``group`` (the others
    together) are in the unit of the signal, None where not known; ``answers`` is what ``value`` rests
    on. ``reason`` says in words why it is flagged.
    """

    name: str
    control: str
    value: float | None
    group: float | None
    answers: int
    flagged: bool = False
    reason: str = ""


def find_signals(
    times: Mapping[str, Histogram],
    habits: Habits,
    agreement: Agreement,
    names: Mapping[str, str],
) -> dict[str, list[Signal]]:
    """The signals of every annotator, by name.

    ``times`` counts annotations by seconds and annotator's name, ``agreement`` holds names too;
    ``names`` gives those of the ids in ``habits``.
    """
    found: dict[str, list[Signal]] = {name: [] for name in times}
    speeds(times, found)
    longest_runs(habits, names, agreement, found)
    for control, measured in agreement.controls.items():
        if measured.kind in RUNS_OF:
            people = measured.annotator_distribution
            variety(control, people, found)
            label_shift(control, people, found)
    self_agreement(habits, names, found)
    accepted_predictions(habits, names, found)
    return {name: signals for name, signals in sorted(found.items()) if signals}


Found = dict[str, list[Signal]]


def speeds(times: Mapping[str, Histogram], found: Found) -> None:
    """Median seconds per annotation against the median of all others' annotations.

    Flagged where it is less than a third, or more than three times, as long.
    """
    everybody: dict[int, int] = {}
    for histogram in times.values():
        for second, count in histogram.items():
            everybody[second] = everybody.get(second, 0) + count
    for name, histogram in times.items():
        mine = median(histogram)
        if mine is None:
            continue
        others = {s: n - histogram.get(s, 0) for s, n in everybody.items()}
        rest, answers = median(others), sum(histogram.values())
        signal = Signal("speed", "", mine, rest, answers)
        if rest is not None and min(answers, sum(others.values())) >= FEWEST:
            if mine * SPEED < rest:
                signal.flagged = True
                signal.reason = f"half of the annotations took {mine:g} s or less; the others' {rest:g} s"
            elif mine > rest * SPEED and rest > 0:
                signal.flagged = True
                signal.reason = f"half of the annotations took {mine:g} s or more; the others' {rest:g} s"
        found.setdefault(name, []).append(signal)


def median(histogram: Histogram) -> float | None:
    """The median of whole seconds with their counts; None where there are none."""
    total = sum(histogram.values())
    if not total:
        return None
    low, high, seen = None, None, 0
    for second, count in sorted(histogram.items()):
        seen += count
        if low is None and seen > (total - 1) // 2:
            low = second
        if seen > total // 2:
            high = second
            break
    assert low is not None and high is not None
    return (low + high) / 2


def longest_runs(habits: Habits, names: Mapping[str, str], agreement: Agreement, found: Found) -> None:
    """The longest run of equal answers, in the input's order, against the others' longest.

    With n answers and p the others' share of that answer, chance makes about n(1 - p)p^L runs of L or
    more (Feller 1968, XIII.7). Flagged where that is below 0.001 and the run is also more than twice as
    long as any of the others', so that data that come sorted flag nobody.
    """
    for control, runs in habits.runs.items():
        tops = {names[who]: run.top for who, run in runs.items()}
        measured = agreement.controls.get(control)
        people = measured.annotator_distribution if measured is not None else {}
        everybody = _together(people)
        for name, (length, value) in tops.items():
            answers = sum(people.get(name, {}).values())
            others = max((t[0] for n, t in tops.items() if n != name), default=None)
            signal = Signal("longest-run", control, length, others, answers)
            rest = _others(everybody, people.get(name, {}))
            total = sum(rest.values())
            if others is not None and total and answers >= FEWEST:
                share = rest.get(_label(value), 0) / total
                expected = answers * (1.0 - share) * share**length if share < 1.0 else 1.0
                signal.flagged = expected < RUN_CHANCE and length > RUN_OTHERS * others
            if signal.flagged:
                signal.reason = f"{length} times the same answer in a row; the others' longest is {others}"
            found.setdefault(name, []).append(signal)


def _label(value: object) -> str:
    from labelwright.agreement.codes import label_of
    from labelwright.records import Kind

    if isinstance(value, tuple):
        kind = Kind.TAXONOMY if value and isinstance(value[0], tuple) else Kind.CHOICES
        return label_of(kind, value)
    return label_of(Kind.CHOICE, value)


def _together(people: Mapping[str, Tally]) -> dict[str, int]:
    found: dict[str, int] = {}
    for tally in people.values():
        for label, count in tally.items():
            found[label] = found.get(label, 0) + count
    return found


def _others(everybody: Tally, mine: Tally) -> dict[str, int]:
    return {label: count - mine.get(label, 0) for label, count in everybody.items()}


def variety(control: str, people: Mapping[str, Tally], found: Found) -> None:
    """Entropy in bits of the answers given, against that of the others' answers.

    Flagged below half of theirs.
    """
    everybody = _together(people)
    for name, tally in people.items():
        mine, answers = entropy(tally), sum(tally.values())
        others = _others(everybody, tally)
        rest = entropy(others) if sum(others.values()) else None
        signal = Signal("variety", control, round(mine, DIGITS), _rounded(rest), answers)
        if rest is not None and min(answers, sum(others.values())) >= FEWEST and mine < VARIETY * rest:
            signal.flagged = True
            signal.reason = f"the answers vary by {mine:.2f} bits; the others' by {rest:.2f}"
        found.setdefault(name, []).append(signal)


def entropy(tally: Tally) -> float:
    """Shannon's entropy in bits: 0 where all answers are equal, log2(k) where k are equally frequent."""
    total = sum(tally.values())
    return -sum(n / total * log2(n / total) for n in tally.values() if n) + 0.0 if total else 0.0


def label_shift(control: str, people: Mapping[str, Tally], found: Found) -> None:
    """How far the shares of labels are from the others': Jensen-Shannon divergence in bits, 0 to 1.

    Flagged at 0.05 or more where Pearson's chi-square of the two rows of counts is also beyond its
    99.9 % quantile (Wilson and Hilferty's approximation), which few answers do not reach by chance.
    """
    everybody = _together(people)
    for name, tally in people.items():
        others = _others(everybody, tally)
        answers, rest = sum(tally.values()), sum(others.values())
        if not answers:
            continue
        signal = Signal("label-shift", control, None, None, answers)
        if rest:
            apart = divergence(tally, others)
            signal.value, signal.group = round(apart, DIGITS), 0.0
            square, freedom = chi_square(tally, others)
            signal.flagged = min(answers, rest) >= FEWEST and apart >= SHIFT and square > limit(freedom)
        if signal.flagged:
            label = max(sorted({*tally, *others}), key=lambda k: abs(_of(tally, k) - _of(others, k)))
            signal.reason = (
                f"{label or 'the empty answer'} is {_of(tally, label):.0%} of the answers; "
                f"of the others' {_of(others, label):.0%}"
            )
        found.setdefault(name, []).append(signal)


def _of(tally: Tally, label: str) -> float:
    return tally.get(label, 0) / (sum(tally.values()) or 1)


def divergence(left: Tally, right: Tally) -> float:
    """The Jensen-Shannon divergence of two distributions in bits (Lin 1991), each weighing one half."""
    a, b = sum(left.values()), sum(right.values())
    total = 0.0
    for label in sorted({*left, *right}):
        p, q = left.get(label, 0) / a, right.get(label, 0) / b
        middle = (p + q) / 2
        total += sum(x * log2(x / middle) for x in (p, q) if x) / 2
    return max(total, 0.0)


def chi_square(left: Tally, right: Tally) -> tuple[float, int]:
    """Pearson's chi-square of two rows of counts, and its degrees of freedom."""
    a, b = sum(left.values()), sum(right.values())
    labels = [k for k in sorted({*left, *right}) if left.get(k, 0) + right.get(k, 0)]
    square = 0.0
    for label in labels:
        x, y = left.get(label, 0), right.get(label, 0)
        for count, row in ((x, a), (y, b)):
            expected = row * (x + y) / (a + b)
            square += (count - expected) ** 2 / expected
    return square, len(labels) - 1


def limit(freedom: int) -> float:
    """The 99.9 % quantile of chi-square (Wilson and Hilferty 1931), within 3 % of the exact one."""
    if freedom < 1:
        return float("inf")
    part = 2.0 / (9.0 * freedom)
    return float(freedom * (1.0 - part + SHIFT_Z * sqrt(part)) ** 3)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def self_agreement(habits: Habits, names: Mapping[str, str], found: Found) -> None:
    """The share of pairs of own answers to the same item, or to equal inputs, that are equal.

    Of the inputs a sample by hash is compared where there are more than 512. Flagged below 0.8 where
    there are at least five pairs.
    """
    pairs = habits.self_agreement()
    for who, (count, equal) in pairs.items():
        rest = [p for w, p in pairs.items() if w != who]
        others = sum(c for c, _ in rest)
        group = round(sum(e for _, e in rest) / others, DIGITS) if others else None
        signal = Signal("self-agreement", "", round(equal / count, DIGITS), group, count)
        if count >= REPEATS and equal / count < SELF_AGREEMENT:
            signal.flagged = True
            signal.reason = f"{equal} of {count} pairs of own answers to the same input are equal"
        found.setdefault(names[who], []).append(signal)


def accepted_predictions(habits: Habits, names: Mapping[str, str], found: Found) -> None:
    """The share of annotations made from a model's prediction that left it as it was.

    Flagged at 0.95 or more where that is at least 0.1 above the others' share, or where there are none.
    """
    for who, (count, same) in habits.accepted.items():
        rest = [p for w, p in habits.accepted.items() if w != who]
        others = sum(c for c, _ in rest)
        group = sum(s for _, s in rest) / others if others else None
        share = same / count
        signal = Signal("accepted-predictions", "", round(share, DIGITS), _rounded(group), count)
        apart = group is None or share >= group + ACCEPTED_APART - 1e-12
        if count >= FEWEST and share >= ACCEPTED and apart:
            signal.flagged = True
            theirs = "" if group is None else f"; of the others' {group:.0%}"
            signal.reason = f"{same} of {count} predictions were accepted unchanged{theirs}"
        found.setdefault(names[who], []).append(signal)
