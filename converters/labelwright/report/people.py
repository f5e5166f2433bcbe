"""Gold and signals in rows and words, for the renderings in text."""

from __future__ import annotations

from typing import NamedTuple

from labelwright.quality.gold import GoldReport
from labelwright.quality.proportions import Proportion
from labelwright.quality.signals import Signal
from labelwright.report.model import Report
from labelwright.report.words import NOT_DEFINED, clean, count, number

SIGNALS = {
    "speed": "seconds per annotation",
    "longest-run": "longest run of one answer",
    "variety": "variety of answers",
    "self-agreement": "agreement with own answers",
    "accepted-predictions": "predictions accepted unchanged",
    "label-shift": "distance of labels",
}


class GoldRow(NamedTuple):
    """One annotator on gold: name, gold items, accuracy, interval, and standing against the target."""

    name: str
    items: int
    accuracy: str
    interval: str
    state: str


class ClassRow(NamedTuple):
    """All annotators on one label of a control."""

    label: str
    control: str
    gold: int
    recall: str
    precision: str


class SignalRow(NamedTuple):
    """One flagged signal about an annotator."""

    name: str
    signal: str
    control: str
    reason: str


def gold_line(gold: GoldReport) -> str:
    """What gold there is, in one sentence."""
    said = f"{count(gold.items, 'gold item')}: {gold.by_file:,} of the gold file, {gold.by_flag:,} marked"
    if gold.flags_ignored:
        said += "; the marks were not used, since most items have one"
    if gold.target is not None:
        said += f"; target {number(gold.target)} over at least {count(gold.least_answers, 'gold item')}"
    if gold.own:
        taken = f"{count(gold.own, 'answer')} that the gold was taken from"
        said += f"; {taken} {'was' if gold.own == 1 else 'were'} not scored"
    return said


def gold_rows(gold: GoldReport) -> list[GoldRow]:
    """Annotators on gold, the least accurate first; those without a score last."""
    found = sorted(
        gold.annotators.items(),
        key=lambda a: (a[1].accuracy.value is None, a[1].accuracy.value or 0.0, a[0]),
    )
    return [
        GoldRow(clean(n, 60), a.items, share(a.accuracy), interval(a.accuracy), clean(a.state, 40))
        for n, a in found
    ]


def class_rows(gold: GoldReport) -> list[ClassRow]:
    """Labels on gold, the one that is found least often first."""
    found = [(control, label, s) for control, rows in gold.classes.items() for label, s in rows.items()]
    found.sort(key=lambda f: (f[2].recall.value is None, f[2].recall.value or 0.0, f[0], f[1]))
    return [
        ClassRow(clean(label, 60), clean(control, 40), s.gold, share(s.recall), share(s.precision))
        for control, label, s in found
    ]


def share(of: Proportion) -> str:
    """A share in words."""
    return NOT_DEFINED if of.value is None else number(of.value)


def interval(of: Proportion) -> str:
    """The interval of a share in words; empty where there is none."""
    return "" if of.low is None or of.high is None else f"{number(of.low)} to {number(of.high)}"


def signal_rows(report: Report) -> list[SignalRow]:
    """The flagged signals, by annotator."""
    return [_row(n, s) for n, signals in report.signals.items() for s in signals if s.flagged]


def _row(name: str, signal: Signal) -> SignalRow:
    title = SIGNALS.get(signal.name) or clean(signal.name, 40)
    return SignalRow(clean(name, 60), title, clean(signal.control, 40), clean(signal.reason, 300))
