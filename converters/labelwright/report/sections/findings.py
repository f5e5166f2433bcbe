"""What somebody should look at: contested items, lint, problems."""

from __future__ import annotations

from typing import Any

from labelwright.report import batchtext, charts, view, words
from labelwright.report.figures import slot
from labelwright.report.model import Report
from labelwright.report.sections._shared import SHORT, more
from labelwright.report.words import clean

CONTESTED = 20
ANSWERS = 8
CODES = 20
EXAMPLES = 3
LINK = 1000


def contested(report: Report) -> dict[str, Any]:
    """The items on which people agree least, with all answers side by side."""
    found = report.agreement.contested
    rows = []
    for number, one in enumerate(found[:CONTESTED]):
        answers = [(clean(w, SHORT), clean(a, 160)) for w, a in list(one.answers.items())[:ANSWERS]]
        rows.append(
            {
                "item": clean(one.item, 80),
                "link": words.safe_link(one.link, LINK),
                "control": clean(one.control, SHORT),
                "score": words.number(one.score),
                "answers": answers,
                "more": more(len(one.answers), ANSWERS),
                "drawing": slot(number) if one.drawing is not None else "",
            }
        )
    return {"rows": rows, "more": more(len(found), CONTESTED)}


def problems(report: Report) -> dict[str, Any]:
    """Everything found wrong, by code."""
    found = view.problem_groups(report)
    groups = []
    for group in found[:CODES]:
        kept = [(clean(words.place_words(p), 80), clean(p.message, 120)) for p in group.kept[:EXAMPLES]]
        groups.append({"group": group, "kept": kept, "more": more(group.number, len(kept))})
    return {"groups": groups, "more": more(len(found), CODES), "total": sum(g.number for g in found)}


def tiers(report: Report) -> list[dict[str, Any]]:
    """The template's volumes, and how far each is filled."""
    found = sorted(report.volume.tiers.items(), key=lambda t: (t[1], t[0]))[:12]
    most = max((needed for _, needed in found), default=0)
    return [
        {
            "name": clean(name, 40),
            "needed": needed,
            "reached": report.volume.examples >= needed,
            "share": charts.share(needed, most),
            "filled": min(100.0, charts.share(report.volume.examples, needed) if needed else 100.0),
        }
        for name, needed in found
    ]


def lint(report: Report) -> dict[str, Any] | None:
    """What the lint rules found, by code; None where they did not run."""
    if report.lint is None:
        return None
    summary = report.lint.summary
    groups = batchtext.lint_groups(report)
    shown = []
    for group in groups[:CODES]:
        examples = [(clean(words.place_words(p), 80), clean(p.message, 120)) for p in group.kept[:EXAMPLES]]
        shown.append({"group": group, "kept": examples, "more": more(group.number, len(examples))})
    skipped = [f"{clean(n, 40)} ({clean(why, 100)})" for n, why in sorted(summary.skipped.items())]
    return {
        "groups": shown,
        "more": more(len(groups), CODES),
        "line": words.lint_words(summary),
        "rules": words.listed((clean(n, 40) for n in summary.rules), 30),
        "skipped": words.listed(skipped, 12),
    }
