"""Pieces of the HTML page. Everything that is put into one is escaped here, in one way."""

from __future__ import annotations

from typing import Any

_ESCAPES = {ord(c): f"&{name};" for c, name in zip("&<>\"'", ("amp", "lt", "gt", "#34", "#39"), strict=True)}


def safe(value: object) -> str:
    """A value as text that is safe in HTML, in and outside of attributes."""
    return str(value).translate(_ESCAPES)


def comma(number: float) -> str:
    """A number with commas between the thousands."""
    return f"{number:,}"


def when(condition: object, text: str) -> str:
    """A text, if something holds."""
    return text if condition else ""


def head(*columns: str) -> str:
    """The head of a table; a column that begins with # holds numbers."""
    cells = [
        f'<th scope="col" class="n">{safe(c[1:])}</th>' if c[:1] == "#" else f'<th scope="col">{safe(c)}</th>'
        for c in columns
    ]
    return f"<thead><tr>{''.join(cells)}</tr></thead>\n"


def numbers(text: object, label: str) -> str:
    """A cell of a number, with the column's name for narrow screens."""
    return f'<td class="n" data-label="{label}">{safe(text)}</td>'


def measured(row: Any, label: str, why: str) -> str:
    """The cells of a measure's value and interval, or ``why`` there is none."""
    if not row["defined"]:
        return why
    value = f'<td class="n strong" data-label="{label}">{safe(row["value"])}</td>'
    return f'{value}<td data-label="95 % interval">{safe(row["interval"])}</td>'


def more(number: int, what: str) -> str:
    """How many things are beyond the bounds of a list."""
    return f'<p class="small">and {comma(number)} more {safe(what)}</p>' if number > 0 else ""


def track(share: float, full: bool = False) -> str:
    """A bar: ``share`` percent of it is filled."""
    inside = f'<span class="fill{when(full, " full")}" style="width:{safe(share)}%"></span>'
    return f'<span class="track" aria-hidden="true">{inside}</span>'


def scrolled(label: str) -> str:
    """The start of a box that scrolls by itself."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{safe(label)}">\n'


def picture(p: Any, alt: str) -> str:
    """A value with its whiskers and the gate on an axis; ``alt`` says the same in words."""
    parts = [f'<line class="axis" x1="{p.start}" x2="{p.one}" y1="11" y2="11"/>']
    if p.zero != p.start:
        parts.append(f'<line class="zero" x1="{p.zero}" x2="{p.zero}" y1="5" y2="17"/>')
    if p.gate is not None:
        parts.append(f'<line class="gate" x1="{p.gate}" x2="{p.gate}" y1="1" y2="21"/>')
    if p.low is not None:
        parts.append(f'<line class="whisker" x1="{p.low}" x2="{p.high}" y1="11" y2="11"/>')
    parts.append(f'<circle class="dot" cx="{p.dot}" cy="11" r="5"/>')
    return f'<svg viewBox="0 0 240 22" role="img" aria-label="{safe(alt)}">{"".join(parts)}</svg>'


def labels_table(t: Any, heading: str, control: str) -> str:
    """Agreement by label (or by field), the lowest first."""
    lower = heading.lower()
    found = ""
    if t["rows"]:
        percent = when(heading == "Label", "; percent of a label is how often another answer agrees with it")
        alpha = ["#Alpha"] if t["alpha"] else []
        found = (
            f"<h4>Agreement by {lower}</h4>\n"
            f'<table class="stack"><caption>{safe(t["measure"])} by {lower}, '
            f"the lowest first{percent}</caption>\n"
            f"{head(heading, '#Value', '95 % interval', 'From ' + t['start'] + ' to 1', *alpha)}<tbody>"
            f"{''.join([_label(r, t, control) for r in t['rows']])}</tbody></table>\n"
            f"{more(t['more'], lower + 's')}\n"
        )
    if t["undefined"]:
        beyond = when(t["undefined_more"], f" and {comma(t['undefined_more'])} more")
        found += f'<p class="small">Not defined for {safe(", ".join(t["undefined"]))}{beyond}.</p>'
    return found


def _label(r: Any, t: Any, control: str) -> str:
    said = f"{r['label']} of {control}: {r['value']}, {r['interval']}"
    drawn = picture(r["picture"], said) if r["picture"] else ""
    alpha = when(t["alpha"], numbers(r["alpha"], "Alpha"))
    cells = measured({**r, "defined": True}, "Value", "")
    return f'<tr><th scope="row">{safe(r["label"])}</th>{cells}<td class="picture">{drawn}</td>{alpha}</tr>\n'
