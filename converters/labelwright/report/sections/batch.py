"""The batch as a whole: the first glance, the trend over batches, and the consensus models."""

from __future__ import annotations

from typing import Any

from labelwright.agreement.result import Measure
from labelwright.report import fitted, plots, states, view, words
from labelwright.report.batches import Batch
from labelwright.report.model import Report
from labelwright.report.sections import annotators, gold
from labelwright.report.sections._shared import SHORT, as_measure, more
from labelwright.report.strengths import strength_line, strength_rows
from labelwright.report.words import clean, count

BATCHES = 24
SERIES = 6
COLUMNS = 3
MODELS = 6
MODEL_PEOPLE = 15
GOOD, BAD, OPEN = "good", "bad", "open"


def glance(report: Report) -> list[dict[str, str]]:
    """The figures that decide whether to trust the batch, each with the section that explains it."""
    tiles = [_agreement(report), _gold(report), _people(report), _issues(report), _lint(report)]
    if report.consensus:
        tier = clean(report.volume.reached, 40)
        said = f"volume reached: {tier}" if tier else "no volume of the template reached yet"
        tone = GOOD if tier else OPEN
        tiles.append(_tile("#volume", "Examples", f"{report.volume.examples:,}", said, tone))
    return tiles


def _tile(link: str, title: str, value: str, said: str, tone: str = "") -> dict[str, str]:
    return {"link": link, "title": title, "value": value, "words": said, "tone": tone}


def _agreement(report: Report) -> dict[str, str]:
    title, gate = words.measure_title(report.gate.measure), report.gate
    title = title[:1].upper() + title[1:]
    found = [(n, c.measures.get(gate.measure)) for n, c in view.shown_controls(report) if n in gate.controls]
    found = found or [(n, c.measures.get(gate.measure)) for n, c in view.shown_controls(report)]
    held = [(m.value, n, m) for n, m in found if m is not None and m.value is not None and words.defined(m)]
    if not held:
        return _tile("#agreement", title, "not measured", "on no control", OPEN)
    value, name, measure = min(held, key=lambda h: (h[0], h[1]))
    lowest = "lowest on" if len(held) > 1 else "on"
    least = view.gate_minimum(report, name, gate.measure)
    met = "" if least is None else GOOD if value >= least - 1e-12 else BAD
    asked = f", gate {words.number(least)}" if least is not None else ""
    said = f"{lowest} {clean(name, 40)}, {words.interval_words(measure)}{asked}"
    return _tile("#agreement", title, words.value_words(measure, least), said, met)


def _gold(report: Report) -> dict[str, str]:
    share = gold.overall(report)
    if share is None or share.value is None:
        return _tile("#gold", "Right on gold", "not known", "no gold items: nobody's accuracy is known", OPEN)
    said = f"{words.interval_words(as_measure(share))}, {count(share.n, 'answer')}"
    return _tile("#gold", "Right on gold", words.number(share.value), said)


def _people(report: Report) -> dict[str, str]:
    look = len(annotators.flagged(report))
    said = f"{look:,} to look at" if look else "nobody is flagged"
    return _tile("#annotators", "Annotators", f"{report.agreement.annotators:,}", said, OPEN if look else "")


def _issues(report: Report) -> dict[str, str]:
    groups = view.problem_groups(report)
    errors = sum(g.number for g in groups if g.severity == "error")
    warnings = sum(g.number for g in groups if g.severity == "warning")
    said = f"{count(errors, 'error')}, {count(warnings, 'warning')}"
    tone = BAD if errors else OPEN if warnings else GOOD
    return _tile("#problems", "Known issues", f"{errors + warnings:,}", said, tone)


def _lint(report: Report) -> dict[str, str]:
    if report.lint is None:
        return _tile("#lint", "Lint", "not run", "no rule looked at the examples")
    summary = report.lint.summary
    found = summary.errors + summary.warnings
    said = f"{count(summary.errors, 'error')}, {count(summary.warnings, 'warning')}"
    tone = BAD if summary.errors else OPEN if found else GOOD
    return _tile("#lint", "Lint", f"{found:,}", said, tone)


def facts(report: Report) -> list[str]:
    """The facts of the run, and the batch's name."""
    named = [f"batch {clean(report.batch, SHORT)}"] if report.batch else []
    return [*named, *view.subtitle(report)]


def notes(report: Report) -> list[str]:
    """What to know before any number."""
    return states.states(report)


# --- Trend ---------------------------------------------------------------------------------------


def trend(report: Report) -> dict[str, Any] | None:
    """Agreement and gold over the batches; None without a history."""
    if not report.trend:
        return None
    batches = report.trend[-BATCHES:]
    controls = [n for n, _ in view.shown_controls(report)]
    gated = [n for n in controls if n in report.gate.controls] or controls
    measure, least = report.gate.measure, report.gate.minimum
    series = []
    for name in gated[:SERIES]:
        dots = [
            _dot(b, b.controls[name].measures.get(measure) if name in b.controls else None) for b in batches
        ]
        title = f"{words.measure_title(measure)} on {clean(name, SHORT)}"
        series.append(_series(title, dots, least if report.gate.controls else None))
    on_gold = [_dot(b, as_measure(b.gold) if b.gold is not None else None) for b in batches]
    series.append(_series("right on gold", on_gold, report.gold.target if report.gold else None))
    rows = [_row(n, b, gated[:COLUMNS], measure) for n, b in enumerate(batches, 1)]
    return {
        "series": [s for s in series if s["plot"] is not None],
        "controls": [clean(n, SHORT) for n in gated[:COLUMNS]],
        "measure": words.measure_title(measure),
        "rows": rows,
        "more": more(len(report.trend), BATCHES),
    }


def _dot(batch: Batch, measure: Measure | None) -> plots.Dot | None:
    if measure is None or measure.value is None or not words.defined(measure):
        return None
    return plots.Dot(clean(batch.name, SHORT), 0.0, measure.value, measure.low, measure.high)


def _series(title: str, dots: list[plots.Dot | None], least: float | None) -> dict[str, Any]:
    said = [f"{d.name} {words.number(d.y)}" for d in dots if d is not None]
    return {"title": title, "plot": plots.trend(dots, least), "words": words.listed(said, BATCHES)}


def _row(number: int, batch: Batch, controls: list[str], measure: str) -> dict[str, Any]:
    found = [batch.controls[c].measures.get(measure) if c in batch.controls else None for c in controls]
    lint = batch.lint
    return {
        "number": number,
        "name": clean(batch.name, SHORT),
        "items": batch.items,
        "examples": "" if batch.examples is None else f"{batch.examples:,}",
        "agreement": [_value(m) for m in found],
        "gold": _value(as_measure(batch.gold) if batch.gold is not None else None),
        "lint": "not run" if lint is None else f"{lint.errors:,} / {lint.warnings:,}",
        "gate": clean(batch.gate, 40),
    }


def _value(measure: Measure | None) -> tuple[str, str]:
    if measure is None or not words.defined(measure):
        return words.NOT_DEFINED, ""
    known = measure.low is not None and measure.high is not None
    return words.value_words(measure), words.interval_words(measure) if known else ""


# --- Consensus -----------------------------------------------------------------------------------


def models(report: Report) -> dict[str, Any]:
    """The fitted models of consensus."""
    shown = []
    for control, model in list(report.models.items())[:MODELS]:
        rows = fitted.model_rows(model)
        line = fitted.model_line(control, model)
        shown.append({
            "name": clean(control, SHORT),
            "line": line,
            "rows": rows[:MODEL_PEOPLE],
            "more": more(len(rows), MODEL_PEOPLE),
        })  # fmt: skip
    return {"shown": shown, "more": more(len(report.models), MODELS)}


def strengths(report: Report) -> dict[str, Any]:
    """The models whose answers were compared."""
    shown = []
    for control, found in list(report.strengths.items())[:MODELS]:
        rows = strength_rows(found)
        line = strength_line(control, found)
        shown.append({"line": line, "rows": rows[:MODEL_PEOPLE], "more": more(len(rows), MODEL_PEOPLE)})
    return {"shown": shown, "more": more(len(report.strengths), MODELS)}
