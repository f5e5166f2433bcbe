"""The report as one self-contained HTML page: no network, no script, bounded in size."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from labelwright.agreement.result import ControlAgreement, Measure
from labelwright.report import charts, view, words
from labelwright.report.model import Report
from labelwright.report.words import clean

# Bounds of the lists: what is beyond them is counted on the page and found in the JSON report.
CONTROLS = 6
OVERVIEW = 40
LABELS = 15
MATRIX = 12
BARS = 20
PEOPLE = 40
PEOPLE_BARS = 12
PEOPLE_LABELS = 8
PAIRS = 15
CONTESTED = 20
ANSWERS = 8
CODES = 30
EXAMPLES = 3
SHORT = 60
LINK = 1000


def render_html(report: Report) -> str:
    """The page. Everything that comes from data is escaped; only http and https links become links."""
    page: str = _template().render(
        report=report,
        title=clean(report.title or report.template or "Labelling report", 120),
        facts=view.subtitle(report),
        state=report.gate.state if report.gate.state in ("passed", "failed") else "open",
        verdict=words.verdict_title(report),
        reason=words.verdict_reason(report),
        controls=_controls(report),
        details=[_detail(report, n, c) for n, c in view.shown_controls(report)[:CONTROLS]],
        people=_people(report),
        contested=_contested(report),
        problems=_problems(report),
        steps=view.steps(report),
        splits=clean(view.split_words(report), 600),
        volume=words.volume_words(report),
        tiers=_tiers(report),
        version=clean(report.version, 40),
    )
    return page


@cache
def _template() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    def load(name: str) -> str:
        return files("labelwright.report").joinpath("assets", name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["css"] = Markup(load("page.css"))
    environment.filters["comma"] = "{:,}".format
    return environment.get_template("page.html.j2")


def _more(total: int, shown: int) -> int:
    return max(0, total - shown)


def _controls(report: Report) -> dict[str, Any]:
    found = view.shown_controls(report)
    shown = [_control(report, name, control) for name, control in found[:OVERVIEW]]
    return {"shown": shown, "more": _more(len(found), OVERVIEW)}


def _control(report: Report, name: str, control: ControlAgreement) -> dict[str, Any]:
    usable = {n: m for n, m in control.measures.items() if m.state != "not-applicable"}
    drawn = [m for n, m in usable.items() if n not in charts.UNBOUNDED]
    start = charts.axis_start(drawn)
    rows = []
    for key, measure in list(usable.items())[:LABELS]:
        least = view.gate_minimum(report, name, key)
        rows.append(
            {
                **_measured(measure, least),
                "title": words.measure_title(key),
                "note": clean(measure.note, 200),
                "picture": None if key in charts.UNBOUNDED else charts.whisker(measure, start, least),
                "standing": words.standing(measure, least),
                "gate": "" if least is None or not words.defined(measure) else _gate(measure, least),
            }
        )
    others = [words.measure_title(n) for n in control.measures if n not in usable]
    return {
        "name": clean(name, SHORT),
        "kind": clean(control.kind, 40),
        "level": clean(control.level, 40),
        "items": control.items,
        "answers": control.answers,
        "gated": name in report.gate.controls,
        "rows": rows,
        "start": f"{start:.1f}" if start else "0",
        "others": words.listed(others, 12),
    }


def _gate(measure: Measure, least: float) -> str:
    return "below" if (measure.value or 0.0) < least - 1e-12 else "met"


def _measured(measure: Measure | None, near: float | None = None) -> dict[str, Any]:
    return {
        "defined": words.defined(measure),
        "value": words.value_words(measure, near),
        "interval": words.interval_words(measure),
        "why": words.undefined_words(measure),
    }


def _detail(report: Report, name: str, control: ControlAgreement) -> dict[str, Any]:
    labels, cells = charts.confusion_cells(control.confusion, MATRIX)
    names = [clean(label, SHORT) or "(none)" for label in labels]
    return {
        "name": clean(name, SHORT),
        "labels": _labels(name, control.labels, report.gate.measure),
        "fields": _labels(name, control.fields, report.gate.measure),
        "confusion": {
            "labels": names,
            "rows": list(zip(names, cells, strict=True)),
            "more": _more(len(control.confusion.labels), MATRIX),
        },
        "bars": _bars(control.distribution),
        "people": _people_bars(control),
        "pairs": _pairs(control, report.gate.measure),
    }


def _labels(name: str, found: dict[str, dict[str, Measure]], wanted: str) -> dict[str, Any]:
    rows, undefined = view.label_rows(name, found, wanted)
    start = charts.axis_start([r.measure for r in rows])
    shown = [
        {
            **_measured(row.measure),
            "label": clean(row.label, SHORT) or "(none)",
            "picture": charts.whisker(row.measure, start, None),
            "alpha": words.value_words(found[row.label].get("krippendorff_alpha")),
        }
        for row in rows[:LABELS]
    ]
    key = rows[0].name if rows else ""
    has_alpha = key != "krippendorff_alpha" and any("krippendorff_alpha" in m for m in found.values())
    said = [clean(label, SHORT) or "(none)" for label in undefined[:LABELS]]
    return {
        "rows": shown,
        "measure": words.measure_title(key),
        "start": f"{start:.1f}" if start else "0",
        "alpha": has_alpha,
        "more": _more(len(rows), LABELS),
        "undefined": said,
        "undefined_more": _more(len(undefined), LABELS),
    }


def _bars(distribution: dict[str, int]) -> dict[str, Any]:
    total = sum(distribution.values())
    ordered = sorted(distribution.items(), key=lambda e: (-e[1], e[0]))
    rows = [
        {"label": clean(label, SHORT) or "(none)", "count": n, "share": charts.share(n, total)}
        for label, n in ordered[:BARS]
    ]
    return {"rows": rows, "total": total, "more": _more(len(ordered), BARS)}


def _people_bars(control: ControlAgreement) -> dict[str, Any]:
    ordered = sorted(control.distribution.items(), key=lambda e: (-e[1], e[0]))
    labels = [label for label, _ in ordered[:PEOPLE_LABELS]]
    given = sorted(control.annotator_distribution.items(), key=lambda e: (-sum(e[1].values()), e[0]))
    rows = []
    for who, counts in given[:PEOPLE_BARS]:
        total = sum(counts.values())
        cells = [(counts.get(label, 0), charts.share(counts.get(label, 0), total)) for label in labels]
        rows.append({"name": clean(who, SHORT), "total": total, "cells": cells})
    return {
        "labels": [clean(label, SHORT) or "(none)" for label in labels],
        "rows": rows,
        "more": _more(len(given), PEOPLE_BARS),
        "more_labels": _more(len(ordered), PEOPLE_LABELS),
    }


def _pairs(control: ControlAgreement, wanted: str) -> dict[str, Any]:
    def rank(pair: Any) -> tuple[float, str, str]:
        measure = pair.measures.get(wanted)
        low = measure.value if measure is not None and words.defined(measure) else 2.0
        return (low, pair.a, pair.b)

    found = sorted(control.pairs, key=rank)
    rows = [
        {
            "a": clean(p.a, SHORT),
            "b": clean(p.b, SHORT),
            "items": p.items,
            **_measured(p.measures.get(wanted)),
        }
        for p in found[:PAIRS]
    ]
    return {"rows": rows, "more": _more(len(found), PAIRS), "measure": words.measure_title(wanted)}


def _people(report: Report) -> dict[str, Any]:
    found = view.annotator_rows(report)
    rows = [
        {
            "name": clean(row.name, SHORT),
            "annotations": row.annotations,
            "skipped": row.skipped,
            "time": words.duration(row.median_seconds),
            "worst": clean(row.worst, SHORT),
            **_measured(row.measures.get(row.worst)),
        }
        for row in found[:PEOPLE]
    ]
    measure = words.measure_title(report.gate.measure)
    return {"rows": rows, "more": _more(len(found), PEOPLE), "measure": measure}


def _contested(report: Report) -> dict[str, Any]:
    found = report.agreement.contested
    rows = []
    for one in found[:CONTESTED]:
        answers = [(clean(w, SHORT), clean(a, 240)) for w, a in list(one.answers.items())[:ANSWERS]]
        rows.append(
            {
                "item": clean(one.item, 80),
                "link": words.safe_link(one.link, LINK),
                "control": clean(one.control, SHORT),
                "score": words.number(one.score),
                "answers": answers,
                "more": _more(len(one.answers), ANSWERS),
            }
        )
    return {"rows": rows, "more": _more(len(found), CONTESTED)}


def _problems(report: Report) -> dict[str, Any]:
    found = view.problem_groups(report)
    groups = []
    for group in found[:CODES]:
        kept = [(words.place_words(p), clean(p.message, 200)) for p in group.kept[:EXAMPLES]]
        groups.append({"group": group, "kept": kept, "more": _more(group.number, len(kept))})
    return {"groups": groups, "more": _more(len(found), CODES), "total": sum(g.number for g in found)}


def _tiers(report: Report) -> list[dict[str, Any]]:
    tiers = sorted(report.volume.tiers.items(), key=lambda t: (t[1], t[0]))[:12]
    most = max((needed for _, needed in tiers), default=0)
    return [
        {
            "name": clean(name, 40),
            "needed": needed,
            "reached": report.volume.examples >= needed,
            "share": charts.share(needed, most),
            "filled": min(100.0, charts.share(report.volume.examples, needed) if needed else 100.0),
        }
        for name, needed in tiers
    ]
