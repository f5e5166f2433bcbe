"""Confusion of labels in rows and words: for shapes and tracks with a row for what one did not draw."""

from __future__ import annotations

from labelwright.agreement.result import Confusion, ControlAgreement
from labelwright.report import charts
from labelwright.report.words import clean, count, listed

MISSING = "missing"
DRAWN = ("shapes", "tracks")
LABELS = 12
TOLD = 3


def is_drawn(control: ControlAgreement) -> bool:
    """Whether people draw the answers, so that one can have what the other lacks."""
    return control.kind in DRAWN or control.confusion.missing


def name(control: ControlAgreement, label: str) -> str:
    """A label of a confusion in words."""
    if not label:
        return MISSING if is_drawn(control) else "(none)"
    if label == MISSING and is_drawn(control):
        return f"{MISSING} (a label)"
    return clean(label, 60) or "(none)"


def shown(control: ControlAgreement, limit: int = LABELS) -> tuple[list[str], list[list[charts.Cell]]]:
    """The labels most often confused, in words, and their cells; what is missing comes last."""
    confusion = control.confusion
    if is_drawn(control) and "" in confusion.labels:
        confusion = _last(confusion, confusion.labels.index(""))
    labels, cells = charts.confusion_cells(confusion, limit, always="" if is_drawn(control) else None)
    return [name(control, label) for label in labels], cells


def _last(confusion: Confusion, at: int) -> Confusion:
    """The confusion with one label moved to the end."""
    order = [n for n in range(len(confusion.labels)) if n != at] + [at]
    if len(confusion.counts) < len(order) or any(len(row) < len(order) for row in confusion.counts):
        return confusion
    counts = [[confusion.counts[i][j] for j in order] for i in order]
    return Confusion([confusion.labels[n] for n in order], counts, confusion.missing)


def line(control: ControlAgreement) -> str:
    """The pairs of labels that are confused most often; empty where none are, or nothing is drawn."""
    if not is_drawn(control):
        return ""
    confusion = control.confusion
    size = min(len(confusion.labels), len(confusion.counts))
    found = [
        (-confusion.counts[i][j], name(control, confusion.labels[i]), name(control, confusion.labels[j]))
        for i in range(size)
        for j in range(i + 1, size)
        if j < len(confusion.counts[i]) and confusion.counts[i][j] > 0
    ]
    words = [_pair(a, b, -number) for number, a, b in sorted(found)]
    more = f"; {count(len(words) - TOLD, 'more pair')}" if len(words) > TOLD else ""
    return f"confused most often: {listed(words[:TOLD])}{more}" if words else ""


def _pair(a: str, b: str, number: int) -> str:
    if MISSING in (a, b):
        return f"{b if a == MISSING else a} {MISSING} {number:,}"
    return f"{a} and {b} {number:,}"
