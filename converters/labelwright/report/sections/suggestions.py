"""Suggestions: how often they stand, what is changed of them, and whether they bend the answers."""

from __future__ import annotations

from typing import Any

from labelwright.report import suggested
from labelwright.report.model import Report
from labelwright.report.sections._shared import more

ROWS = 40


def section(report: Report) -> dict[str, Any] | None:
    """The section; None where nothing was suggested."""
    found = report.suggestions
    if found is None:
        return None
    tables = []
    for caption, head, rows in (
        ("What became of suggestions, by control", suggested.EDIT_HEAD, suggested.edit_rows(found)),
        (
            "Agreement between people on items with a suggestion and without, and the difference",
            suggested.APART_HEAD,
            suggested.apart_rows(found),
        ),
        ("Regions, by where they come from", suggested.MARKS_HEAD, suggested.mark_rows(found)),
        ("Models whose suggestions were there", suggested.MODELS_HEAD, suggested.model_rows(found)),
        ("Annotators, those who accept the most first", suggested.PEOPLE_HEAD, suggested.people_rows(found)),
    ):
        if rows:
            shown = [h.capitalize() for h in head]
            tables.append(
                {"caption": caption, "head": shown, "rows": rows[:ROWS], "more": more(len(rows), ROWS)}
            )
    return {
        "line": suggested.line(found),
        "conclusions": found.conclusions[:ROWS],
        "tables": tables,
        "limits": found.limits,
    }
