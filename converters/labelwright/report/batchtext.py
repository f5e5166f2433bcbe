"""Trend, lint and sides of preferences in rows and words, for the renderings in text."""

from __future__ import annotations

from typing import NamedTuple

from labelwright.agreement.result import Measure
from labelwright.report import view, words
from labelwright.report.batches import Batch
from labelwright.report.model import Report
from labelwright.report.words import clean, count

BATCHES = 12


class TrendRow(NamedTuple):
    """One batch: the lowest agreement among the gated controls, gold, lint and the gate."""

    batch: str
    items: str
    agreement: str
    gold: str
    lint: str
    gate: str


def trend_rows(report: Report) -> list[TrendRow]:
    """The latest batches, in the order in which they came."""
    return [_row(report, batch) for batch in report.trend[-BATCHES:]]


TREND_HEAD = ["Batch", "Items", "Lowest agreement", "Right on gold", "Lint", "Gate"]


def _row(report: Report, batch: Batch) -> TrendRow:
    asked = [c for c in report.gate.controls if c in batch.controls] or list(batch.controls)
    found = [batch.controls[c].measures.get(report.gate.measure) for c in asked]
    held = [m for m in found if m is not None and m.value is not None and words.defined(m)]
    lowest = min(held, key=lambda m: m.value or 0.0, default=None)
    gold = batch.gold
    lint = batch.lint
    return TrendRow(
        clean(batch.name, 40),
        f"{batch.items:,}",
        _value(lowest),
        _value(None if gold is None else Measure(gold.value, gold.low, gold.high)),
        "not run" if lint is None else f"{count(lint.errors, 'error')}, {count(lint.warnings, 'warning')}",
        clean(batch.gate, 40),
    )


def _value(measure: Measure | None) -> str:
    if measure is None or not words.defined(measure):
        return words.NOT_DEFINED
    known = measure.low is not None and measure.high is not None
    return words.value_words(measure) + (f" ({words.interval_words(measure)})" if known else "")


def lint_groups(report: Report) -> list[view.ProblemGroup]:
    """What lint found, by code; empty where it did not run."""
    if report.lint is None:
        return []
    kept = report.lint.problems
    return view.groups(report.lint.summary.counts, kept, {p.code: p.title for p in kept})


def sides(report: Report) -> list[str]:
    """A sentence for each preference: which side wins how often."""
    return [
        f"{clean(name, 60)}: {words.position_words(control.position)}"
        for name, control in view.shown_controls(report)
        if control.position is not None
        and control.position.left + control.position.tie + control.position.right
    ]
