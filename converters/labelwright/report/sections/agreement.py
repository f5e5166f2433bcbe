"""Agreement by control, by label and between pairs of people."""

from __future__ import annotations

from typing import Any

from labelwright.agreement.result import ControlAgreement, Measure, Position
from labelwright.report import charts, confused, view, words
from labelwright.report.model import Report
from labelwright.report.sections._shared import SHORT, measured, more
from labelwright.report.words import clean

CONTROLS = 4
OVERVIEW = 40
LABELS = 15
MATRIX = 12
BARS = 20
PEOPLE_BARS = 12
PEOPLE_LABELS = 8
PAIRS = 15


def overview(report: Report) -> dict[str, Any]:
    """Every measure of the controls, those that the gate asks for first."""
    found = view.shown_controls(report)
    shown = [_control(report, name, control) for name, control in found[:OVERVIEW]]
    return {"shown": shown, "more": more(len(found), OVERVIEW)}


def _control(report: Report, name: str, control: ControlAgreement) -> dict[str, Any]:
    usable = view.shown_measures(control)
    drawn = [m for n, m in usable.items() if n not in charts.UNBOUNDED]
    start = charts.axis_start(drawn)
    rows = []
    for key, measure in list(usable.items())[:LABELS]:
        least = view.gate_minimum(report, name, key)
        rows.append(
            {
                **measured(measure, least),
                "title": words.title_among(control, key),
                "note": clean(measure.note, 200),
                "picture": None if key in charts.UNBOUNDED else charts.whisker(measure, start, least),
                "standing": words.standing(measure, least),
                "gate": "" if least is None or not words.defined(measure) else _gate(measure, least),
            }
        )
    others = [words.measure_title(n) for n, m in control.measures.items() if m.state == "not-applicable"]
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


def details(report: Report) -> list[dict[str, Any]]:
    """Labels, confusion, distribution and pairs of the first controls."""
    return [_detail(report, n, c) for n, c in view.shown_controls(report)[:CONTROLS]]


def _detail(report: Report, name: str, control: ControlAgreement) -> dict[str, Any]:
    names, cells = confused.shown(control, MATRIX)
    return {
        "name": clean(name, SHORT),
        "labels": _labels(name, control.labels, report.gate.measure),
        "fields": _labels(name, control.fields, report.gate.measure),
        "confusion": {
            "labels": names,
            "rows": list(zip(names, cells, strict=True)),
            "more": more(len(control.confusion.labels), MATRIX),
            "drawn": confused.is_drawn(control),
        },
        "bars": _bars(control.distribution),
        "people": _people_bars(control),
        "pairs": _pairs(control, report.gate.measure),
        "position": _position(control),
    }


def _labels(name: str, found: dict[str, dict[str, Measure]], wanted: str) -> dict[str, Any]:
    rows, undefined = view.label_rows(name, found, wanted)
    start = charts.axis_start([r.measure for r in rows])
    shown = [
        {
            **measured(row.measure),
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
        "more": more(len(rows), LABELS),
        "undefined": said,
        "undefined_more": more(len(undefined), LABELS),
    }


def _bars(distribution: dict[str, int]) -> dict[str, Any]:
    total = sum(distribution.values())
    ordered = sorted(distribution.items(), key=lambda e: (-e[1], e[0]))
    rows = [
        {"label": clean(label, SHORT) or "(none)", "count": n, "share": charts.share(n, total)}
        for label, n in ordered[:BARS]
    ]
    return {"rows": rows, "total": total, "more": more(len(ordered), BARS)}


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
        "more": more(len(given), PEOPLE_BARS),
        "more_labels": more(len(ordered), PEOPLE_LABELS),
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
            **measured(p.measures.get(wanted)),
        }
        for p in found[:PAIRS]
    ]
    return {"rows": rows, "more": more(len(found), PAIRS), "measure": words.measure_title(wanted)}


def _position(control: ControlAgreement) -> dict[str, Any] | None:
    if control.position is None or not _answers(control.position):
        return None
    people = sorted(control.annotator_position.items(), key=lambda p: (-_answers(p[1]), p[0]))
    return {
        "sides": _sides(control.position),
        "words": words.position_words(control.position),
        "people": [(clean(who, SHORT), _sides(one)) for who, one in people[:PEOPLE_BARS] if _answers(one)],
        "more": more(len(people), PEOPLE_BARS),
    }


def _answers(position: Position) -> int:
    return position.left + position.tie + position.right


def _sides(position: Position) -> list[tuple[str, int, float]]:
    total = _answers(position)
    sides = (("left", position.left), ("tie", position.tie), ("right", position.right))
    return [(name, number, charts.share(number, total)) for name, number in sides]
