"""The report as GitHub Markdown: headings and tables, every cell escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labelwright.report import batchtext, confused, fitted, matches, people, suggested, view, words
from labelwright.report.model import Report
from labelwright.report.objects import LEG_HEAD, LOST_HEAD, NEARLY_HEAD, object_rows
from labelwright.report.states import states
from labelwright.report.strengths import HEAD, strength_line, strength_rows
from labelwright.report.words import clean

ROWS = 40
CONTESTED = 20
ANSWERS = 12
LINK = 1000
PAIRS = 15
CONTROLS = 4
ACTIVE = re.compile(r"([\\`*_{}\[\]()#+!|~<>&@$:])")


def escape(text: str, limit: int = 200) -> str:
    """The text on one line with everything that Markdown or HTML would read as markup escaped."""
    return (
        ACTIVE.sub(r"\\\1", clean(text, limit))
        .replace("\\<", "&lt;")
        .replace("\\>", "&gt;")
        .replace("\\&", "&amp;")
    )


def render_markdown(report: Report) -> str:
    """The report as Markdown with a last newline; lists are bounded and say what is beyond."""
    parts = [
        [f"# {escape(report.title or report.template or 'Labelling report')}"],
        [f"**{escape(words.verdict_title(report))}**: {escape(words.verdict_reason(report), 2000)}."],
        [" · ".join(escape(f) for f in view.subtitle(report))],
        [f"- {escape(note, 400)}" for note in states(report)],
        *_agreement(report),
        [f"- {escape(line, 400)}." for line in batchtext.sides(report)],
        *_labels(report),
        *_confusion(report),
        *_annotators(report),
        *_gold(report),
        *_models(report),
        *_strengths(report),
        *_signals(report),
        *_suggestions(report),
        *_trend(report),
        *_contested(report),
        *_drawn(report),
        *_lint(report),
        *_problems(report),
        *_objects(report),
        ["## In and out"],
        _table(["Count", "What", "Kept"], [_step(s) for s in view.steps(report)], "r"),
        [f"Reviewed items: {escape(view.review_words(report), 600)}."] if report.reviews else [],
        [f"Splits: {escape(view.split_words(report), 600)}."] if report.splits else [],
        ["## Volume"],
        [escape(words.volume_words(report), 400)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _objects(report: Report) -> list[list[str]]:
    found = object_rows(report)
    parts = [["## Objects"]] if found.any else []
    for head, rows, right in (
        (LEG_HEAD, found.legs, " rrr"),
        (LOST_HEAD, found.lost, "r"),
        (NEARLY_HEAD, found.nearly, "r"),
    ):
        if rows:
            parts.append(
                _table([h.capitalize() for h in head], [[escape(c) for c in row] for row in rows], right)
            )
    return [*parts, [f"and {found.more:,} more codes"]] if found.more else parts


def _step(step: view.Step) -> list[str]:
    return [f"{step.number:,}", step.words, "yes" if step.kept else "left out"]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> list[str]:
    """A table of cells already escaped, at most ``ROWS`` rows."""
    rule = ["---:" if right[i : i + 1] == "r" else "---" for i in range(len(head))]
    lines = [f"| {' | '.join(row)} |" for row in (head, rule, *rows[:ROWS])]
    return [*lines, "", f"and {len(rows) - ROWS:,} more"] if len(rows) > ROWS else lines


def _agreement(report: Report) -> list[list[str]]:
    rows = []
    for name, control in view.shown_controls(report):
        apart = {n: m for n, m in control.measures.items() if m.state == "not-applicable"}
        for key, measure in {**view.shown_measures(control), **apart}.items():
            least = view.gate_minimum(report, name, key)
            value, interval = words.value_words(measure, least), words.interval_words(measure)
            state = words.standing(measure, least)
            rows.append(
                [escape(name), escape(words.title_among(control, key)), value, interval, escape(state)]
            )
    if not rows:
        return [["## Agreement"], ["No control was measured."]]
    return [["## Agreement"], _table(["Control", "Measure", "Value", "95 % interval", "State"], rows, "  r")]


def _labels(report: Report) -> list[list[str]]:
    rows = [
        [
            escape(r.label),
            escape(r.control),
            escape(words.measure_title(r.name)),
            words.value_words(r.measure),
            words.interval_words(r.measure),
        ]
        for r in view.worst_labels(report)
    ]
    if not rows:
        return []
    head = ["Label", "Control", "Measure", "Value", "95 % interval"]
    return [["## Labels with the least agreement"], _table(head, rows, "   r")]


def _confusion(report: Report) -> list[list[str]]:
    parts = []
    for name, control in view.shown_controls(report)[:CONTROLS]:
        labels, cells = confused.shown(control) if confused.is_drawn(control) else ([], [])
        if not labels:
            continue
        head = [escape(label) for label in labels]
        rows = [[label, *(f"{c.number:,}" for c in row)] for label, row in zip(head, cells, strict=True)]
        beyond = len(control.confusion.labels) - len(labels)
        parts.append(
            [f"Of {escape(name)}: how often one drew the label of the row and another that of the column."]
        )
        parts.append(_table(["Label", *head], rows, " " + "r" * len(head)))
        parts += [[f"and {beyond:,} more labels"]] if beyond else []
    return [["## Confusion between annotators"], *parts] if parts else []


def _annotators(report: Report) -> list[list[str]]:
    rows = []
    for r in view.annotator_rows(report):
        worst = words.value_words(r.measures.get(r.worst))
        on = f"{worst} on {escape(r.worst)}" if r.worst else worst
        time = words.duration(r.median_seconds)
        rows.append([escape(r.name), f"{r.annotations:,}", f"{r.skipped:,}", time, on])
    if not rows:
        return []
    head = ["Annotator", "Annotations", "Skipped", "Median time", "Lowest with the others"]
    return [["## Annotators"], _table(head, rows, " rrr")]


def _gold(report: Report) -> list[list[str]]:
    gold = report.gold
    if gold is None:
        return []
    parts = [["## Gold"], [f"{escape(people.gold_line(gold), 400)}."]]
    rows = [
        [escape(r.name), f"{r.items:,}", r.accuracy, r.interval, escape(r.state)]
        for r in people.gold_rows(gold)
    ]
    if rows:
        parts.append(_table(["Annotator", "Gold items", "Accuracy", "95 % interval", "Target"], rows, " rr"))
    labels = [
        [escape(r.label), escape(r.control), f"{r.gold:,}", r.recall, r.precision]
        for r in people.class_rows(gold)
    ]
    if labels:
        head = ["Gold label", "Control", "Answers", "Found", "Right where given"]
        parts.append(_table(head, labels, "  rrr"))
    return parts


def _models(report: Report) -> list[list[str]]:
    parts: list[list[str]] = [["## Models of consensus"]] if report.models else []
    for control, model in report.models.items():
        parts.append([f"{escape(fitted.model_line(control, model), 2000)}."])
        rows = [
            [escape(r.name), f"{r.answers:,}", r.accuracy, r.weight, escape(r.confuses, 400)]
            for r in fitted.model_rows(model)
        ]
        head = ["Annotator", "Answers", "Accuracy", "Weight of a vote", "Often says"]
        parts.append(_table(head, rows, " rrr"))
    return parts


def _strengths(report: Report) -> list[list[str]]:
    parts: list[list[str]] = [["## Models that were compared"]] if report.strengths else []
    for control, found in report.strengths.items():
        parts.append([f"{escape(strength_line(control, found), 2000)}."])
        rows = [[escape(name), *rest] for name, *rest in strength_rows(found)]
        head = [h.capitalize() for h in HEAD]
        parts += [_table(head, rows, " rrrr")] if rows else []
    return parts


def _signals(report: Report) -> list[list[str]]:
    rows = [
        [escape(r.name), escape(r.signal), escape(r.control), escape(r.reason, 300)]
        for r in people.signal_rows(report)
    ]
    if not rows:
        return []
    return [["## Signals to look at"], _table(["Annotator", "Signal", "Control", "Why"], rows)]


def _suggestions(report: Report) -> list[list[str]]:
    found = report.suggestions
    if found is None:
        return []
    parts = [["## Suggestions"], [f"{escape(suggested.line(found), 2000)}."]]
    parts += [[f"**{escape(told, 1000)}**"] for told in found.conclusions[: suggested.SHOWN]]
    for head, rows in (
        (suggested.MARKS_HEAD, suggested.mark_rows(found)),
        (suggested.MODELS_HEAD, suggested.model_rows(found)),
        (suggested.EDIT_HEAD, suggested.edit_rows(found)),
        (suggested.APART_HEAD, suggested.apart_rows(found)),
        (suggested.PEOPLE_HEAD, suggested.people_rows(found)),
    ):
        cells = [[escape(cell, 400) for cell in row] for row in rows]
        parts += [_table([h.capitalize() for h in head], cells, " r")] if rows else []
    return [*parts, [f"- {escape(limit, 400)}" for limit in found.limits]]


def _trend(report: Report) -> list[list[str]]:
    if not report.trend:
        return []
    rows = [[escape(cell) for cell in row] for row in batchtext.trend_rows(report)]
    return [["## Trend over batches"], _table(batchtext.TREND_HEAD, rows, " r")]


def _lint(report: Report) -> list[list[str]]:
    if report.lint is None:
        return []
    parts = [["## Lint"], [f"{escape(words.lint_words(report.lint.summary))}."]]
    rows = [
        [f"{g.number:,}", escape(g.title), escape(g.code), g.severity, escape(g.place), escape(g.remedy, 400)]
        for g in batchtext.lint_groups(report)
    ]
    head = ["Count", "Finding", "Code", "Severity", "First", "Remedy"]
    return [*parts, _table(head, rows, "r")] if rows else parts


def _contested(report: Report) -> list[list[str]]:
    found = report.agreement.contested
    rows = []
    for one in found[:CONTESTED]:
        link = words.safe_link(one.link, LINK)
        link = link.replace("(", "%28").replace(")", "%29").replace("|", "%7C").replace("<", "%3C")
        item = f"[{escape(one.item)}]({link})" if link else escape(one.item)
        answers = list(one.answers.items())
        said = [f"{escape(w)}: {escape(a) or 'an empty answer'}" for w, a in answers[:ANSWERS]]
        if len(answers) > ANSWERS:
            said.append(f"and {len(answers) - ANSWERS:,} more")
        rows.append([item, escape(one.control), words.number(one.score), "<br>".join(said)])
    if not rows:
        return []
    table = _table(["Item", "Control", "Agreement", "Answers"], rows, "  r")
    more = [f"and {len(found) - CONTESTED:,} more"] if len(found) > CONTESTED else []
    return [["## Contested items"], table, more]


def _drawn(report: Report) -> list[list[str]]:
    """Which shapes of contested items are the same thing; the page draws them."""
    parts = []
    for one in report.agreement.contested[:CONTESTED]:
        if one.drawing is None:
            continue
        about = (
            f"Item {one.item}, {one.control}: {matches.summary(one.drawing)}. {matches.legend(one.drawing)}."
        )
        rows = [[escape(cell) for cell in row] for row in matches.rows(one.drawing)]
        parts.append([escape(about, 1000)])
        parts.append(_table(matches.MATCH_HEAD, rows[:PAIRS], "  r") if rows else [])
        parts += [[f"and {len(rows) - PAIRS:,} more pairs"]] if len(rows) > PAIRS else []
    return [["## Shapes of contested items"], *parts] if parts else []


def _problems(report: Report) -> list[list[str]]:
    rows = [
        [
            f"{g.number:,}",
            escape(g.title),
            escape(g.code),
            "loss" if g.loss else g.severity,
            escape(g.place),
            escape(g.remedy, 400),
        ]
        for g in view.problem_groups(report)
    ]
    if not rows:
        return [["## Problems"], ["None."]]
    head = ["Count", "Problem", "Code", "Severity", "First", "Remedy"]
    return [["## Problems"], _table(head, rows, "r")]
