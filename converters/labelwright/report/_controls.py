"""The sections of the HTML page about single controls: their agreement, labels, confusion and people."""

from __future__ import annotations

from typing import Any

from labelwright.report._parts import (
    comma,
    head,
    labels_table,
    measured,
    more,
    numbers,
    picture,
    safe,
    scrolled,
    track,
    when,
)


def agreement(controls: Any, resamples: int, seed: int) -> str:
    """How far people agree on each control."""
    if not controls["shown"]:
        return "<p>No control was measured.</p>"
    return (
        "<p>How far the answers of different people to the same item agree. Dots are values, "
        "whiskers 95 % bootstrap intervals\n"
        f"({comma(resamples)} resamples of the items, seed {seed}); "
        "a dashed line is what the gate asks.</p>\n"
        f"{''.join([_control(c) for c in controls['shown']])}{more(controls['more'], 'controls')}\n"
    )


def _control(c: Any) -> str:
    rows = "".join([_measure(r, c["name"]) for r in c["rows"]])
    others = when(c["others"], f'<p class="small">Not applicable to these data: {safe(c["others"])}.</p>')
    gate = when(not c["gated"], ", not asked by the gate")
    columns = head("Measure", "#Value", "95 % interval", f"From {c['start']} to 1", "State")
    return (
        f'<h3>{safe(c["name"])}</h3>\n<table class="stack">\n'
        f"<caption>{safe(c['kind'])}, {safe(c['level'])}{gate}: "
        f"{comma(c['items'])} items with several answers, "
        f"{comma(c['answers'])} answers</caption>\n"
        f"{columns}<tbody>\n{rows or _NOTHING}</tbody></table>\n{others}"
    )


_NOTHING = '<tr><td colspan="5">Nothing was measured.</td></tr>\n'


def _measure(r: Any, control: str) -> str:
    note = when(r["note"], f'<br><span class="small">{safe(r["note"])}</span>')
    start = f'<tr><th scope="row">{safe(r["title"])}{note}</th>\n'
    if not r["defined"]:
        return f'{start}<td colspan="4">{safe(r["why"])}</td>\n</tr>\n'
    drawn = "in units of the answers"
    if r["picture"]:
        drawn = picture(r["picture"], f"{r['title']} of {control}: {r['value']}, {r['interval']}")
    gate = when(r["gate"], f' class="{r["gate"]}"')
    return (
        f'{start}{measured(r, "Value", "")}\n<td class="picture">{drawn}</td>\n'
        f"<td{gate}>{safe(r['standing'])}</td>\n</tr>\n"
    )


def answers(details: Any, controls: Any) -> str:
    """What was answered to each control, and by whom."""
    shown = "".join([_detail(d) for d in details]) or "<p>No control was measured.</p>"
    return f"{shown}{more(len(controls['shown']) + controls['more'] - len(details), 'controls')}\n"


def _detail(d: Any) -> str:
    parts = [labels_table(d["labels"], "Label", d["name"]), labels_table(d["fields"], "Field", d["name"])]
    parts += [_confusion(d), _bars(d["bars"]), _people(d), _pairs(d["pairs"])]
    name = safe(d["name"])
    return f'<section aria-label="Labels of {name}">\n<h3>{name}</h3>\n{"".join(parts)}</section>\n'


def _confusion(d: Any) -> str:
    found = d["confusion"]
    if not found["rows"]:
        return ""
    columns = "".join([f'<th scope="col">{safe(label)}</th>' for label in found["labels"]])
    rows = []
    for label, cells in found["rows"]:
        shown = "".join(
            [f'<td class="s{x.shade}{when(x.same, " same")}">{comma(x.number)}</td>' for x in cells]
        )
        rows.append(f'<tr><th scope="row">{safe(label)}</th>{shown}</tr>\n')
    return (
        f"<h4>Confusion between annotators</h4>\n{scrolled('Confusion of ' + d['name'])}"
        '<table class="heat"><caption>How often one annotator gave the label of the row and another the '
        "label of the column. Outlined: both gave the same.</caption>\n"
        f'<thead><tr><th scope="col">Label</th>{columns}</tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody></table></div>\n"
        f"{more(found['more'], 'labels, less often confused')}\n"
    )


def _bars(bars: Any) -> str:
    if not bars["rows"]:
        return ""
    lines = [
        f"<li><span>{safe(b['label'])}</span>{track(b['share'])}"
        f'<span class="n">{comma(b["count"])} ({safe(b["share"])} %)</span></li>\n'
        for b in bars["rows"]
    ]
    listed = f'<ul class="bars">\n{"".join(lines)}</ul>\n'
    return f"<h4>Label distribution</h4>\n{listed}{more(bars['more'], 'labels')}\n"


def _people(d: Any) -> str:
    people = d["people"]
    if not people["rows"] or not people["labels"]:
        return ""
    columns = "".join([f'<th scope="col">{safe(label)}</th>' for label in people["labels"]])
    rows = []
    for p in people["rows"]:
        cells = "".join([f"<td>{safe(share)} %{track(share)}</td>" for _, share in p["cells"]])
        rows.append(
            f'<tr><th scope="row">{safe(p["name"])}</th><td class="n">{comma(p["total"])}</td>{cells}</tr>\n'
        )
    return (
        "<details><summary>Label distribution of each annotator</summary>\n"
        f"{scrolled('Label distribution by annotator, ' + d['name'])}"
        "<table><caption>Percent of each annotator's answers</caption>\n"
        f'<thead><tr><th scope="col">Annotator</th><th scope="col" class="n">Answers</th>'
        f"{columns}</tr></thead>\n"
        f"<tbody>{''.join(rows)}</tbody></table></div>\n"
        f"{more(people['more'], 'annotators')}{more(people['more_labels'], 'labels')}\n</details>\n"
    )


def _pairs(pairs: Any) -> str:
    if not pairs["rows"]:
        return ""
    rows = []
    for p in pairs["rows"]:
        value = measured(p, "Value", f'<td colspan="2">{safe(p["why"])}</td>')
        who = f"{safe(p['a'])} and {safe(p['b'])}"
        rows.append(f'<tr><th scope="row">{who}</th>{numbers(comma(p["items"]), "Items")}\n{value}</tr>\n')
    return (
        "<details><summary>Pairs of annotators, the lowest agreement first</summary>\n"
        f'<table class="stack"><caption>{safe(pairs["measure"])} '
        "over the items that both answered</caption>\n"
        f"{head('Pair', '#Items', '#Value', '95 % interval')}<tbody>{''.join(rows)}</tbody></table>\n"
        f"{more(pairs['more'], 'pairs')}\n</details>\n"
    )
