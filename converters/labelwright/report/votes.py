"""The answers to one item side by side, as a small HTML table that an annotation tool can show."""

from __future__ import annotations

from html import escape

from labelwright.agreement.items import render
from labelwright.contracts import Template
from labelwright.quality.review import Case, asked_of_items

CELL = "border:1px solid #999;padding:4px 8px;text-align:left;vertical-align:top"
MARK = "background:#fff3cd;color:#333"


def votes_table(case: Case, template: Template) -> str:
    """One row a control, one column an annotator; disputed rows are marked, and say so."""
    head = "".join(f'<th style="{CELL}">{escape(name)}</th>' for name in case.annotators)
    rows = []
    for name, control in asked_of_items(template).items():
        disputed = name in case.disputed
        style = f"{CELL};{MARK}" if disputed else CELL
        title = escape(control.title or name) + (" (decide)" if disputed else "")
        cells = "".join(f'<td style="{style}">{_words(given.get(name))}</td>' for given in case.answers)
        rows.append(f'<tr><th style="{style}">{title}</th>{cells}</tr>')
    why = escape(", ".join(case.reasons))
    body = f'<tr><th style="{CELL}"></th>{head}</tr>{"".join(rows)}'
    return (
        f'<div><p>Why it is reviewed: {why}</p><table style="border-collapse:collapse">{body}</table></div>'
    )


def _words(value: object) -> str:
    if value is None:
        return "<i>no answer</i>"
    return escape(render(value)) or "<i>empty</i>"
