"""The report for a terminal: the verdict first, plain aligned text, nothing that a pipe would break."""

from __future__ import annotations

from collections.abc import Iterable

from labelwright.agreement.result import ControlAgreement
from labelwright.report import batchtext, confused, fitted, matches, people, view, words
from labelwright.report.model import Report
from labelwright.report.objects import objects_block
from labelwright.report.states import states
from labelwright.report.strengths import strengths_block
from labelwright.report.suggested import suggestions_block
from labelwright.report.tables import display_width, fit, pad, table, wrap
from labelwright.report.words import clean, count

LABELS = 8
PEOPLE = 12
CONTESTED = 5
ANSWERS = 8
CODES = 12
LINK = 2000  # code points; a longer address is none that a browser opens

RESET = "\x1b[0m"
BOLD = "\x1b[1m"
VERDICTS = {"passed": "\x1b[1;32m", "failed": "\x1b[1;31m"}
UNDECIDED = "\x1b[1;33m"


def render_terminal(report: Report, width: int = 80, colour: bool = False) -> str:
    """The report as text of at most ``width`` columns where words and links allow.

    Escape codes appear only with ``colour``; control characters of the data never do.
    """
    width = max(width, 40)
    blocks = [
        _verdict(report, width, colour),
        _notes(report, width),
        _controls(report, width),
        _annotators(report, width),
        gold_block(report, width),
        _models(report, width),
        strengths_block(report, width),
        _signals(report, width),
        suggestions_block(report, width),
        _labels(report, width),
        _trend(report, width),
        _contested(report, width),
        _lint(report, width),
        _problems(report, width),
        objects_block(report, width),
        _counts(report, width),
        wrap(f"Volume: {words.volume_words(report)}", width),
    ]
    titled = [[_title(block[0], colour), *block[1:]] for block in blocks[1:] if block]
    return "\n\n".join("\n".join(block) for block in [blocks[0], *titled]) + "\n"


def _title(line: str, colour: bool) -> str:
    return f"{BOLD}{line}{RESET}" if colour else line


def _more(total: int, shown: int, what: str) -> list[str]:
    return [f"  and {total - shown:,} more {what}"] if total > shown else []


def _verdict(report: Report, width: int, colour: bool) -> list[str]:
    # One line whatever its length: the first line is what people and logs look for.
    state = words.verdict_title(report).upper()
    if colour:
        state = f"{VERDICTS.get(report.gate.state, UNDECIDED)}{state}{RESET}"
    line = f"{state}: {words.verdict_reason(report)}."
    facts = [clean(report.title or report.template, 80), *view.subtitle(report)]
    return [line, *wrap(" · ".join(f for f in facts if f), width)]


def _controls(report: Report, width: int) -> list[str]:
    agreement = report.agreement
    controls = view.shown_controls(report)
    if not controls:
        return ["Agreement: no control was measured."]
    lines = [f"Agreement, with 95 % intervals of {agreement.resamples:,} resamples (seed {agreement.seed})"]
    for name, control in controls:
        asked = "" if name in report.gate.controls else ", not asked by the gate"
        about = f"{clean(name, 60)}: {control.kind}, {control.level}{asked}; "
        about += f"{count(control.items, 'item')} with several answers, {count(control.answers, 'answer')}"
        lines += wrap(about, width, "  ")
        lines += _measures(report, name, control, width)
        said = confused.line(control)
        lines += wrap(said, width, "    ") if said else []
    for side in batchtext.sides(report):
        lines += wrap(f"sides of {side}", width, "  ")
    return lines


def _measures(report: Report, name: str, control: ControlAgreement, width: int) -> list[str]:
    shown = view.shown_measures(control)
    titles = {n: words.title_among(control, n) for n in shown}
    widest = min(max((display_width(t) for t in titles.values()), default=0), 32)
    lines = []
    for key, measure in shown.items():
        least = view.gate_minimum(report, name, key)
        head = f"    {pad(fit(titles[key], widest), widest)}  "
        if words.defined(measure):
            value, interval = words.value_words(measure, least), words.interval_words(measure)
            said = f"{pad(value, 6, right=True)}  {pad(interval, 14)}  {words.standing(measure, least)}"
        else:
            said = words.undefined_words(measure)
        lines += _hanging(head, said, width)
        if measure.note:
            lines += wrap(clean(measure.note, 200), width, "      ")
    missing = [words.measure_title(n) for n, m in control.measures.items() if m.state == "not-applicable"]
    if missing:
        lines += wrap(f"not applicable to these data: {words.listed(missing, 12)}", width, "    ")
    if not control.measures:
        lines.append("    nothing was measured")
    return lines


def _hanging(head: str, said: str, width: int) -> list[str]:
    """``head`` with what is said beside it, or below it where the line is too narrow."""
    if display_width(head + said) <= width:
        return [(head + said).rstrip()]
    room = width - display_width(head)
    if room < 24:
        return [head.rstrip(), *wrap(said, width, "      ")]
    first, *rest = wrap(said, room)
    if said.startswith(" "):
        first = said[: len(said) - len(said.lstrip())] + first
    return [head + first, *(" " * display_width(head) + line for line in rest)]


def _annotators(report: Report, width: int) -> list[str]:
    rows = view.annotator_rows(report)
    if not rows:
        return []
    shown = [
        [
            clean(row.name, 60),
            f"{row.annotations:,}",
            f"{row.skipped:,}",
            words.duration(row.median_seconds),
            f"{words.value_words(row.measures[row.worst])} on {clean(row.worst, 40)}"
            if row.worst
            else words.NOT_DEFINED,
        ]
        for row in rows[:PEOPLE]
    ]
    head = ["annotator", "annotations", "skipped", "median time", "lowest with the others"]
    lines = [f"Annotators ({words.measure_title(report.gate.measure)} with the others)"]
    return [*lines, *table(head, shown, width, " rrr"), *_more(len(rows), PEOPLE, "annotators")]


def gold_block(report: Report, width: int) -> list[str]:
    """Annotators and labels on the gold items; nothing where there are none."""
    gold = report.gold
    if gold is None:
        return []
    lines = ["Gold", *wrap(people.gold_line(gold), width, "  ")]
    rows = people.gold_rows(gold)
    if rows:
        shown = [[r.name, f"{r.items:,}", r.accuracy, r.interval, r.state] for r in rows[:PEOPLE]]
        head = ["annotator", "gold items", "accuracy", "95 % interval", "target"]
        lines += [*table(head, shown, width, " rr"), *_more(len(rows), PEOPLE, "annotators")]
    labels = people.class_rows(gold)
    if labels:
        shown = [[r.label, r.control, f"{r.gold:,}", r.recall, r.precision] for r in labels[:LABELS]]
        head = ["gold label", "control", "answers", "found", "right where given"]
        lines += [*table(head, shown, width, "  rrr"), *_more(len(labels), LABELS, "labels")]
    return lines


def _models(report: Report, width: int) -> list[str]:
    lines = ["Models of consensus"] if report.models else []
    for control, model in report.models.items():
        rows = fitted.model_rows(model)
        shown = [[r.name, f"{r.answers:,}", r.accuracy, r.weight, r.confuses] for r in rows[:PEOPLE]]
        head = ["annotator", "answers", "accuracy", "weight", "often says"]
        lines += wrap(fitted.model_line(control, model), width, "  ")
        lines += [*table(head, shown, width, " rrr"), *_more(len(rows), PEOPLE, "annotators")]
    return lines


def _signals(report: Report, width: int) -> list[str]:
    rows = people.signal_rows(report)
    if not rows:
        return []
    lines = [f"Signals to look at ({count(len(rows), 'signal')})"]
    for row in rows[:PEOPLE]:
        about = f" ({row.control})" if row.control else ""
        lines += wrap(f"{row.name}: {row.signal}{about}: {row.reason}", width, "  ")
    return [*lines, *_more(len(rows), PEOPLE, "signals")]


def _labels(report: Report, width: int) -> list[str]:
    rows = view.worst_labels(report)
    if not rows:
        return []
    shown = [
        [
            clean(row.label, 60),
            clean(row.control, 40),
            words.measure_title(row.name),
            words.value_words(row.measure),
            words.interval_words(row.measure),
        ]
        for row in rows[:LABELS]
    ]
    head = ["label", "control", "measure", "value", "95 % interval"]
    lines = ["Labels with the least agreement"]
    return [*lines, *table(head, shown, width, "   r"), *_more(len(rows), LABELS, "labels")]


def _notes(report: Report, width: int) -> list[str]:
    found = [line for note in states(report) for line in wrap(f"- {note}", width, "  ")]
    return ["Read this first", *found] if found else []


def _trend(report: Report, width: int) -> list[str]:
    rows = batchtext.trend_rows(report)
    if not rows:
        return []
    head = [title.lower() for title in batchtext.TREND_HEAD]
    lines = ["Trend over batches", *table(head, rows, width, " r")]
    return [*lines, *_more(len(report.trend), batchtext.BATCHES, "earlier batches")]


def _lint(report: Report, width: int) -> list[str]:
    if report.lint is None:
        return []
    lines = [f"Lint: {words.lint_words(report.lint.summary)}"]
    groups = batchtext.lint_groups(report)
    for group in groups[:CODES]:
        lines += wrap(f"{group.number:,} x {group.title} [{group.code}, {group.severity}]", width, "  ")
    return [*lines, *_more(len(groups), CODES, "kinds of finding")]


def _contested(report: Report, width: int) -> list[str]:
    found = report.agreement.contested
    if not found:
        return []
    lines = [f"Most contested items ({len(found):,} in the report)"]
    for one in found[:CONTESTED]:
        head = f"item {clean(one.item, 80)}, {clean(one.control, 40)}: agreement {words.number(one.score)}"
        lines += wrap(head, width, "  ")
        if one.link:
            lines.append(f"    {clean(one.link, LINK)}")
        answers = list(one.answers.items())
        for who, answer in answers[:ANSWERS]:
            lines.append(fit(f"    {clean(who, 40)}: {clean(answer, 200) or 'an empty answer'}", width))
        if one.drawing is not None:
            lines += wrap(matches.summary(one.drawing), width, "    ")
        lines += [f"  {line}" for line in _more(len(answers), ANSWERS, "answers")]
    return [*lines, *_more(len(found), CONTESTED, "contested items")]


def _problems(report: Report, width: int) -> list[str]:
    groups = view.problem_groups(report)
    if not groups:
        return ["Problems: none."]
    lines = [f"Problems: {sum(g.number for g in groups):,} of {count(len(groups), 'kind')}"]
    for group in groups[:CODES]:
        loss = ", loss" if group.loss else ""
        lines += wrap(f"{group.number:,} x {group.title} [{group.code}, {group.severity}{loss}]", width, "  ")
        lines += wrap(f"first: {group.place}", width, "    ")
        lines += wrap(f"remedy: {group.remedy}", width, "    ")
    return [*lines, *_more(len(groups), CODES, "kinds of problem")]


def _counts(report: Report, width: int) -> list[str]:
    found = view.steps(report)
    widest = max(len(f"{s.number:,}") for s in found)
    lines = ["In and out"]
    for step in found:
        lead = "  " if step.kept else "  - "
        line = (
            f"{pad(lead, 4)}{f'{step.number:,}':>{widest}} {step.words}{'' if step.kept else ' (left out)'}"
        )
        lines.append(line)
    lines += _said("reviewed items: ", view.review_words(report), width)
    return [*lines, *_said("splits: ", view.split_words(report), width)]


def _said(head: str, said: str, width: int) -> Iterable[str]:
    return wrap(head + said, width, "  ") if said else []
