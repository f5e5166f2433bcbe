"""What gold items say: labels, confusion, and each annotator against the target."""

from __future__ import annotations

from typing import Any

from labelwright.quality.gold import GoldReport
from labelwright.quality.proportions import Proportion, proportion
from labelwright.report import charts, people
from labelwright.report.model import Report
from labelwright.report.sections._shared import SHORT, as_measure, label, more, shared
from labelwright.report.words import clean

PEOPLE = 40
LABELS = 12
CONTROLS = 4
MATRIX = 12
NOT_GIVEN = "(no answer)"


def section(report: Report) -> dict[str, Any] | None:
    """Gold as a whole; None where a run has nothing to do with gold."""
    gold = report.gold
    if gold is None:
        return None
    controls = list(
        dict.fromkeys([*gold.classes, *(c for a in gold.annotators.values() for c in a.controls)])
    )
    return {
        "line": people.gold_line(gold),
        "people": _people(gold),
        "controls": [_control(gold, name) for name in controls[:CONTROLS]],
        "more": more(len(controls), CONTROLS),
    }


def overall(report: Report) -> Proportion | None:
    """How much of all answers to gold items is right, over the controls that the gate asks for."""
    if report.gold is None:
        return None
    found = [a.accuracy for a in report.gold.annotators.values()]
    answers = sum(p.n for p in found)
    return proportion(sum(p.n * (p.value or 0.0) for p in found), answers) if answers else None


def _start(shares: list[Proportion]) -> float:
    return charts.axis_start([as_measure(s) for s in shares])


def _people(gold: GoldReport) -> dict[str, Any]:
    found = sorted(
        gold.annotators.items(),
        key=lambda a: (a[1].accuracy.value is None, a[1].accuracy.value or 0.0, a[0]),
    )
    rows = [
        {
            "name": clean(name, SHORT),
            "items": one.items,
            "state": clean(one.state, 40),
            **shared(one.accuracy, 0.0, gold.target),
        }
        for name, one in found[:PEOPLE]
    ]
    return {"rows": rows, "more": more(len(found), PEOPLE)}


def _control(gold: GoldReport, name: str) -> dict[str, Any]:
    scores = gold.classes.get(name, {})
    ordered = sorted(
        scores.items(), key=lambda s: (s[1].recall.value is None, s[1].recall.value or 0.0, s[0])
    )
    rows = [
        {
            "label": label(text),
            "gold": score.gold,
            "given": score.given,
            "recall": shared(score.recall, 0.0),
            "precision": shared(score.precision, 0.0),
        }
        for text, score in ordered[:LABELS]
    ]
    return {
        "name": clean(name, SHORT),
        "rows": rows,
        "more": more(len(ordered), LABELS),
        "confusion": _confusion(gold, name),
    }


def _confusion(gold: GoldReport, name: str) -> dict[str, Any]:
    """All annotators' answers on gold together: rows are gold, columns what was given."""
    counts: dict[tuple[str, str], int] = {}
    for annotator in gold.annotators.values():
        found = annotator.controls.get(name)
        confusion = found.confusion if found is not None else None
        for i, known in enumerate(confusion.gold if confusion is not None else ()):
            for j, said in enumerate(confusion.given if confusion is not None else ()):
                if confusion is not None and confusion.counts[i][j]:
                    counts[known, said] = counts.get((known, said), 0) + confusion.counts[i][j]
    names = sorted({n for pair in counts for n in pair}, key=lambda n: (n == "", n))
    wrong = {n: sum(c for (k, g), c in counts.items() if n in (k, g) and k != g) for n in names}
    chosen = sorted(sorted(names, key=lambda n: (-wrong[n], n))[:MATRIX], key=lambda n: (n == "", n))
    most = max((counts.get((k, g), 0) for k in chosen for g in chosen), default=0)
    rows = [
        (
            label(known) if known else NOT_GIVEN,
            [charts.cell(counts.get((known, said), 0), most, known == said) for said in chosen],
        )
        for known in chosen
        if any(counts.get((known, said), 0) for said in chosen)
    ]
    heads = [label(n) if n else NOT_GIVEN for n in chosen]
    return {"labels": heads, "rows": rows, "more": more(len(names), MATRIX)}
