"""The HTML page, section by section, of what ``report.html`` chose to show.

Written out here and not in a template: compiling one would cost each run more than all else of a report.
"""

from __future__ import annotations

from typing import Any

from labelwright.report._controls import agreement, answers
from labelwright.report._parts import comma, head, measured, more, numbers, safe, track, when

_SECTIONS = {
    "agreement": "Agreement",
    "answers": "Labels and confusion",
    "annotators": "Annotators",
    "contested": "Contested items",
    "problems": "Problems",
    "flow": "In and out",
    "volume": "Volume",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(found: dict[str, Any], css: str) -> str:
    """The whole page of what was found; ``css`` is taken as it is."""
    bodies = {
        "agreement": agreement(found["controls"], found["resamples"], found["seed"]),
        "answers": answers(found["details"], found["controls"]),
        "annotators": _annotators(found["people"]),
        "contested": _contested(found["contested"]),
        "problems": _problems(found["problems"]),
        "flow": _flow(found["steps"], found["splits"]),
        "volume": _volume(found["volume"], found["tiers"]),
    }
    sections = "\n".join([_section(name, _SECTIONS[name], body) for name, body in bodies.items()])
    return f"{_start(found, css)}<main>\n{sections}</main>\n{_end(found['version'])}"


def _section(name: str, title: str, body: str) -> str:
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}">{title}</h2>\n{body}</section>\n'


def _start(found: dict[str, Any], css: str) -> str:
    title, verdict, reason = safe(found["title"]), safe(found["verdict"]), found["reason"]
    links = "".join([f'<li><a href="#{name}">{text}</a></li>\n' for name, text in _SECTIONS.items()])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{verdict}: {title}</title>\n"
        f'<link rel="icon" href="data:,">\n<style>{css}</style>\n</head>\n'
        f"<body>\n<header>\n<h1>{title}</h1>\n"
        f'<p class="facts">{safe(" · ".join(found["facts"]))}</p>\n'
        f'<section class="verdict {found["state"]}" aria-labelledby="verdict">\n'
        f'<h2 id="verdict">{verdict}</h2>\n'
        f"<p>{safe(reason[:1].upper())}{safe(reason[1:])}.</p>\n</section>\n"
        f'<nav aria-label="Sections"><ul>\n{links}</ul></nav>\n</header>\n'
    )


def _end(version: str) -> str:
    return (
        f"<footer>Made by labelwright {safe(version)}. Long texts and lists are cut here and marked; "
        "the JSON report holds them whole.</footer>\n</body>\n</html>"
    )


def _annotators(people: Any) -> str:
    if not people["rows"]:
        return "<p>Nobody annotated anything.</p>"
    columns = ("Annotator", "#Annotations", "#Skipped", "#Median time", "#Lowest", "95 % interval", "Control")
    rows = "".join([_annotator(p) for p in people["rows"]])
    caption = f"Work done, and where each agrees least with the others ({safe(people['measure'])})"
    return (
        f'<table class="stack"><caption>{caption}</caption>\n{head(*columns)}<tbody>{rows}</tbody></table>\n'
        f"{more(people['more'], 'annotators')}\n"
    )


def _annotator(p: Any) -> str:
    work = (
        numbers(comma(p["annotations"]), "Annotations")
        + numbers(comma(p["skipped"]), "Skipped")
        + numbers(p["time"], "Median time")
    )
    worst = measured(p, "Lowest", '<td colspan="3" data-label="Agreement">not defined</td>')
    worst += when(p["defined"], f'<td data-label="Control">{safe(p["worst"])}</td>')
    return f'<tr><th scope="row">{safe(p["name"])}</th>{work}\n{worst}</tr>\n'


def _contested(contested: Any) -> str:
    if not contested["rows"]:
        return "<p>There is no item on which annotators differ.</p>"
    cases = "".join([_case(c) for c in contested["rows"]])
    return (
        "<p>Items on which people agree least: where the guidelines are unclear, they show it first.</p>\n"
        f"{cases}{more(contested['more'], 'contested items')}\n"
    )


def _case(c: Any) -> str:
    item = f"Item {safe(c['item'])}"
    if c["link"]:
        item = f'<a href="{safe(c["link"])}" rel="noreferrer noopener">{item}</a>'
    place = f"{safe(c['control'])}, agreement {safe(c['score'])}{when(not c['link'], ', no link')}"
    given = "".join(
        [
            f"<div><dt>{safe(who)}</dt><dd>{safe(answer) or '<em>an empty answer</em>'}</dd></div>\n"
            for who, answer in c["answers"]
        ]
    )
    return (
        f'<article class="case">\n<h3>{item} <span>{place}</span></h3>\n'
        f'<dl class="answers">\n{given}</dl>\n{more(c["more"], "answers")}\n</article>\n'
    )


def _problems(problems: Any) -> str:
    if not problems["groups"]:
        return "<p>None.</p>"
    groups = "".join([_problem(p) for p in problems["groups"]])
    return (
        f"<p>{comma(problems['total'])} in all. Errors come first.</p>\n"
        f"{groups}{more(problems['more'], 'kinds of problem')}\n"
    )


def _problem(p: Any) -> str:
    group = p["group"]
    tag = "loss" if group.loss else safe(group.severity)
    examples = ""
    if p["kept"]:
        kept = "".join(
            [
                f'<li>{safe(said)} <span class="small">({safe(place)})</span></li>\n'
                for place, said in p["kept"]
            ]
        )
        examples = (
            '<details><summary>Examples</summary>\n<ul class="examples">'
            f"{kept}</ul>{more(p['more'], 'of this kind')}</details>\n"
        )
    return (
        f'<article class="case">\n<h3>{safe(group.title)} <span><span class="tag {tag}">{tag}</span> '
        f"{comma(group.number)} \u00d7 <code>{safe(group.code)}</code></span></h3>\n"
        f"<p>Remedy: {safe(group.remedy)}</p>\n{examples}</article>\n"
    )


def _flow(steps: Any, splits: str) -> str:
    lines = []
    for s in steps:
        kind, sign, end = ("kept", "", "") if s.kept else ("left", _MINUS, ", left out")
        lines.append(
            f'<li class="{kind}"><b>{sign}{comma(s.number)}</b><span>{safe(s.words)}{end}</span></li>\n'
        )
    return f'<ol class="flow">\n{"".join(lines)}</ol>\n{when(splits, f"<p>Splits: {safe(splits)}.</p>")}'


_MINUS = '<span aria-hidden="true">\u2212 </span>'


def _volume(volume: str, tiers: Any) -> str:
    lines = []
    for t in tiers:
        reached = "reached" if t["reached"] else "not yet"
        lines.append(
            f"<li><span>{safe(t['name'])}</span>{track(t['filled'], t['reached'])}"
            f'<span class="n">{comma(t["needed"])} {reached}</span></li>\n'
        )
    return f"<p>{safe(volume)}</p>\n" + when(lines, f'<ul class="bars">\n{"".join(lines)}</ul>\n')
