"""The annotators: their work, speed against reliability, and signals."""

from __future__ import annotations

from typing import Any

from labelwright.agreement.result import Measure
from labelwright.quality.gold import BELOW
from labelwright.report import people, plots, view, words
from labelwright.report.model import Report
from labelwright.report.sections._shared import SHORT, as_measure, measured, more
from labelwright.report.words import clean

PEOPLE = 40
DOTS = 60
SIGNALS = 40


def table(report: Report) -> dict[str, Any]:
    """Everybody's work, and where each agrees least with the others."""
    found = view.annotator_rows(report)
    look = flagged(report)
    rows = [
        {
            "name": clean(row.name, SHORT),
            "annotations": row.annotations,
            "skipped": row.skipped,
            "time": words.duration(row.median_seconds),
            "worst": clean(row.worst, SHORT),
            "look": row.name in look,
            **measured(row.measures.get(row.worst)),
        }
        for row in found[:PEOPLE]
    ]
    measure = words.measure_title(report.gate.measure)
    return {"rows": rows, "more": more(len(found), PEOPLE), "measure": measure}


def flagged(report: Report) -> set[str]:
    """Annotators whom somebody should talk to: with a signal, or below the gold target."""
    found = {name for name, signals in report.signals.items() if any(s.flagged for s in signals)}
    if report.gold is not None:
        found |= {name for name, one in report.gold.annotators.items() if one.state == BELOW}
    return found


def signals(report: Report) -> dict[str, Any]:
    """The flagged signals with their reasons."""
    rows = people.signal_rows(report)
    return {"rows": rows[:SIGNALS], "more": more(len(rows), SIGNALS), "known": bool(report.signals)}


def speed(report: Report) -> dict[str, Any] | None:
    """Speed against reliability: accuracy on gold where most have one, else agreement with the others."""
    rows = [r for r in view.annotator_rows(report) if r.median_seconds is not None]
    gold = report.gold.annotators if report.gold is not None else {}
    scored = {n: as_measure(a.accuracy) for n, a in gold.items() if a.accuracy.value is not None}
    by_gold = bool(scored) and 2 * sum(r.name in scored for r in rows) >= len(rows)
    found = scored if by_gold else with_others(report)
    look = flagged(report)
    dots = []
    for row in sorted(rows, key=lambda r: (r.name not in look, -r.annotations, r.name)):
        measure = found.get(row.name)
        if measure is None or measure.value is None or not words.defined(measure):
            continue
        dots.append(
            plots.Dot(
                clean(row.name, SHORT), row.median_seconds or 0.0, measure.value, measure.low, measure.high,
                row.name in look,
            )
        )  # fmt: skip
    target = report.gold.target if by_gold and report.gold is not None else None
    plot = plots.scatter(dots[:DOTS], target)
    if plot is None:
        return None
    what = "accuracy on gold" if by_gold else f"{words.measure_title(report.gate.measure)} with the others"
    said = [
        f"{d.name}: {words.duration(d.x)}, {words.number(d.y)}{', flagged' if d.flagged else ''}"
        for d in dots
    ]
    return {
        "plot": plot,
        "what": what,
        "flagged": any(d.flagged for d in dots),
        "intervals": any(d.low is not None for d in dots),
        "more": more(len(dots), DOTS),
        "words": words.listed(said, plots.NAMED),
    }


def with_others(report: Report) -> dict[str, Measure]:
    """Each annotator's agreement with the others: the mean over the gated controls, by items.

    The interval is kept where there is one control only.
    """
    sums: dict[str, list[tuple[int, Measure]]] = {}
    asked = set(report.gate.controls) or set(report.agreement.controls)
    for name, control in report.agreement.controls.items():
        for one in control.annotators if name in asked else ():
            measure = one.measures.get(report.gate.measure)
            if measure is not None and words.defined(measure):
                sums.setdefault(one.annotator, []).append((max(one.items, 1), measure))
    found = {}
    for who, parts in sums.items():
        total = sum(n for n, _ in parts)
        mean = sum(n * (m.value or 0.0) for n, m in parts) / total
        found[who] = parts[0][1] if len(parts) == 1 else Measure(mean)
    return found
