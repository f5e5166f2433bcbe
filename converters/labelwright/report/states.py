"""What a reader must know before any number: too few people, no overlap, nothing in dispute."""

from __future__ import annotations

from labelwright.agreement.result import ControlAgreement
from labelwright.quality.answerfile import UNKNOWN_ITEM
from labelwright.report import view
from labelwright.report.model import Report
from labelwright.report.words import clean, listed

NAMED = 4


def states(report: Report) -> list[str]:
    """Sentences on why the numbers say less than they seem to; empty where nothing is odd."""
    agreement, counts = report.agreement, report.counts
    if not counts.items:
        return ["The export holds no item: there is nothing to measure."]
    if not agreement.annotators:
        return ["No item has a submitted annotation: there is nothing to measure."]
    said = []
    if agreement.annotators == 1:
        said.append("Only one annotator answered, so nobody can agree or disagree with them.")
    else:
        said += _controls(report)
    said += _single(report)
    unknown = report.problem_counts.get(UNKNOWN_ITEM.code, 0)
    if unknown:
        entries = "entry names" if unknown == 1 else "entries name"
        said.append(f"In the files of known answers, {unknown:,} {entries} no item of this export.")
    return said


def _controls(report: Report) -> list[str]:
    found = view.shown_controls(report)
    apart = [n for n, c in found if _all(c, "no-overlap")]
    same = [n for n, c in found if any(m.state == "no-variation" for m in c.measures.values()) and c.items]
    alike = [n for n in same if len([k for k, v in dict(found)[n].distribution.items() if v]) <= 1]
    said = []
    if apart:
        said.append(f"No item was answered by two people on {_named(apart)}, so agreement cannot be told.")
    if alike:
        said.append(f"Everybody always gave the same answer on {_named(alike)}: the labels were not tried.")
    return said


def _all(control: ControlAgreement, state: str) -> bool:
    usable = [m for m in control.measures.values() if m.state != "not-applicable"]
    return bool(usable) and all(m.state == state for m in usable)


def _single(report: Report) -> list[str]:
    alone = [n for n, work in sorted(report.annotators.items()) if work.annotations == 1]
    if not alone:
        return []
    if len(alone) == 1:
        return [f"{_named(alone)} gave a single annotation; what is said of them rests on it."]
    who = f"{len(alone):,} annotators gave a single annotation each ({_named(alone)})"
    return [f"{who}; what is said of them rests on it."]


def _named(names: list[str]) -> str:
    return listed((clean(n, 40) for n in names), NAMED)
