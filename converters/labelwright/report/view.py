"""What every rendering shows, chosen and ordered once: problem groups, rows of annotators, worst labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from labelwright.agreement.result import ControlAgreement, Measure
from labelwright.problems import Problem, Severity
from labelwright.report.model import Report
from labelwright.report.words import clean, count, defined, place_words

SEVERITIES = {Severity.ERROR: 0, Severity.WARNING: 2, Severity.NOTE: 3}
# Which measure ranks labels: the first that is there. Percent of a label is specific agreement: how
# often another annotator gives it too.
LABEL_MEASURES = ("percent", "field_agreement", "span_f1_exact", "krippendorff_alpha")


class ProblemGroup(NamedTuple):
    """All problems of one code; ``kept`` are those the report holds whole."""

    code: str
    title: str
    number: int
    severity: str
    loss: bool
    remedy: str
    place: str
    kept: list[Problem]


class LabelRow(NamedTuple):
    """The agreement on one label (or field) of one control."""

    control: str
    label: str
    name: str
    measure: Measure


class AnnotatorRow(NamedTuple):
    """One annotator's work, and where they agree least with the others by the gate's measure."""

    name: str
    annotations: int
    skipped: int
    median_seconds: float | None
    measures: dict[str, Measure]
    worst: str


class Step(NamedTuple):
    """One step from what came in to what went out. ``kept`` is False for what was left out."""

    number: int
    words: str
    kept: bool = True


def problem_groups(report: Report) -> list[ProblemGroup]:
    """Problems by code: errors, losses, warnings, notes; the most frequent first."""
    return groups(report.problem_counts, report.problems, report.problem_titles)


def groups(
    counts: Mapping[str, int], problems: Iterable[Problem], titles: Mapping[str, str]
) -> list[ProblemGroup]:
    """Problems by code: how many of each there were, and those that were kept."""
    kept: dict[str, list[Problem]] = {code: [] for code in counts}
    for problem in problems:
        kept.setdefault(problem.code, []).append(problem)
    made = [_group(code, found, counts, titles) for code, found in kept.items()]
    return sorted(made, key=lambda g: (_rank(g), -g.number, g.code))


def _group(
    code: str, found: list[Problem], counts: Mapping[str, int], titles: Mapping[str, str]
) -> ProblemGroup:
    first = found[0] if found else Problem(code, "")
    place = place_words(first)
    return ProblemGroup(
        clean(code, 120),
        clean(titles.get(code) or first.message or code, 200),
        counts.get(code, len(found)),
        first.severity.value,
        first.loss,
        clean(first.remedy, 400) or "no remedy is known",
        place,
        found,
    )


def _rank(group: ProblemGroup) -> int:
    return 1 if group.loss else SEVERITIES[Severity(group.severity)]


def label_measure(labels: dict[str, dict[str, Measure]], wanted: str = "") -> str:
    """The measure that ranks these labels; empty where they have none."""
    present = {name for measures in labels.values() for name in measures}
    usable = {name for measures in labels.values() for name, m in measures.items() if defined(m)}
    for pool in (usable, present):
        for name in (*LABEL_MEASURES, wanted, *sorted(pool)):
            if name in pool:
                return name
    return ""


def label_rows(
    control: str, labels: dict[str, dict[str, Measure]], wanted: str = ""
) -> tuple[list[LabelRow], list[str]]:
    """Labels by agreement, the worst first; and the labels on which it is not defined."""
    name = label_measure(labels, wanted)
    rows, undefined = [], []
    for label, measures in labels.items():
        measure = measures.get(name)
        if measure is not None and defined(measure):
            rows.append(LabelRow(control, label, name, measure))
        else:
            undefined.append(label)
    return sorted(rows, key=lambda r: (r.measure.value or 0.0, r.label)), sorted(undefined)


def worst_labels(report: Report) -> list[LabelRow]:
    """Labels of all controls, the worst agreement first."""
    rows = []
    for name, control in report.agreement.controls.items():
        rows += label_rows(name, control.labels, report.gate.measure)[0]
        rows += label_rows(name, control.fields, report.gate.measure)[0]
    return sorted(rows, key=lambda r: (r.measure.value or 0.0, r.control, r.label))


def shown_controls(report: Report) -> list[tuple[str, ControlAgreement]]:
    """Controls, those that the gate asks for first."""
    gated = [c for c in report.gate.controls if c in report.agreement.controls]
    others = [c for c in report.agreement.controls if c not in gated]
    return [(c, report.agreement.controls[c]) for c in (*gated, *others)]


def shown_measures(control: ControlAgreement) -> dict[str, Measure]:
    """The measures that apply; a single one, called ``""``, where all are undefined for one reason."""
    shown = {n: m for n, m in control.measures.items() if m.state != "not-applicable"}
    first = next(iter(shown.values()), None)
    if first is not None and len(shown) > 1 and first.value is None and set(shown.values()) == {first}:
        return {"": first}
    return shown


def gate_minimum(report: Report, control: str, measure: str) -> float | None:
    """What the gate asks of this measure of this control, if it asks anything."""
    gate = report.gate
    return gate.minimum if control in gate.controls and measure == gate.measure else None


def annotator_rows(report: Report) -> list[AnnotatorRow]:
    """Annotators, the busiest first."""
    against: dict[str, dict[str, Measure]] = {}
    for name, control in shown_controls(report):
        for one in control.annotators:
            measure = one.measures.get(report.gate.measure)
            if measure is not None:
                against.setdefault(one.annotator, {})[name] = measure
    rows = []
    for name in sorted({*report.annotators, *against}):
        work = report.annotators.get(name)
        measures = against.get(name, {})
        held = {c: m.value for c, m in measures.items() if m.value is not None and defined(m)}
        rows.append(
            AnnotatorRow(
                name,
                work.annotations if work else 0,
                work.skipped if work else 0,
                work.median_seconds if work else None,
                measures,
                min(held, key=lambda c: (held[c], c)) if held else "",
            )
        )
    return sorted(rows, key=lambda r: (-r.annotations, r.name))


def steps(report: Report) -> list[Step]:
    """What went in and what came out, in order, with what was left out and why (none of zero)."""
    c = report.counts
    left = [
        (
            c.items - c.annotated,
            "item without a submitted annotation",
            "items without a submitted annotation",
        ),
        (c.skipped, "annotation skipped by its annotator", "annotations skipped by their annotators"),
        (c.drafts, "draft never submitted", "drafts never submitted"),
        (c.predictions, "prediction of a model", "predictions of a model"),
        (c.repeated, "annotation replaced by a newer one", "annotations replaced by a newer one"),
        (c.gold, "gold item, which scores annotators", "gold items, which score annotators"),
        (c.gold_copies, "copy of a gold item", "copies of gold items"),
        (
            c.untrusted,
            "annotation of an annotator below the gold target",
            "annotations of annotators below the gold target",
        ),
        (c.untrusted_items, "item that only they answered", "items that only they answered"),
        (c.tied, "item tied, left for adjudication", "items tied, left for adjudication"),
        (c.rejected, "item that a reviewer found unusable", "items that a reviewer found unusable"),
        (c.unrendered, "item whose answers gave no example", "items whose answers gave no example"),
        (
            c.left_out,
            "pair that the policy for ties and margins leaves out",
            "pairs that the policy for ties and margins leaves out",
        ),
        (c.refused, "row refused by the rules of the dialect", "rows refused by the rules of the dialect"),
    ]
    out = [Step(n, one if n == 1 else many, False) for n, one, many in left if n > 0]
    first = [Step(c.items, "item" if c.items == 1 else "items")]
    first.append(Step(c.annotations, f"submitted {'annotation' if c.annotations == 1 else 'annotations'}"))
    if c.references:
        words = "item with a reference answer" if c.references == 1 else "items with a reference answer"
        first.append(Step(c.references, words))
    if not report.consensus:
        return [*first, *out]
    made = "example" if c.examples == 1 else "examples"
    fate = ("written" if report.written else "held back") if report.target else "for training"
    return [*first, *out, Step(c.examples, f"{made} {fate}")]


def split_words(report: Report) -> str:
    """How the examples are split, in words; empty where they are not."""
    return ", ".join(f"{clean(name, 40)} {size:,}" for name, size in report.splits.items())


def review_words(report: Report) -> str:
    """What reviewers made of the items they decided, in words; empty where nobody reviewed."""
    return ", ".join(
        f"{clean(state, 40)} {number:,}" for state, number in sorted(report.reviews.items()) if number
    )


def subtitle(report: Report) -> list[str]:
    """The facts of the run in a few words each."""
    a = report.agreement
    way = " to ".join(clean(w, 80) for w in (report.source or report.tool, report.target) if w)
    facts = [way, f"tool {clean(report.tool, 40)}" if report.tool else ""]
    facts.append(f"consensus {clean(report.consensus, 40)}" if report.consensus else "")
    facts.append(f"{count(a.items, 'item')}, {count(a.annotators, 'annotator')}")
    return [f for f in facts if f]
