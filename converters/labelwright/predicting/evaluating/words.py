"""An evaluation in words and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labelwright.agreement.result import Measure
from labelwright.predicting.blocks import Block, Table, shortened
from labelwright.predicting.evaluating.model import (
    ABOVE,
    BELOW,
    WITHIN,
    Calibration,
    Ceiling,
    ControlEvaluation,
    Evaluation,
)
from labelwright.quality.proportions import Proportion
from labelwright.report.words import (
    count,
    defined,
    interval_words,
    listed,
    measure_title,
    number,
    value_words,
)

LABELS, PEOPLE, CODES, MATRIX = 20, 20, 12, 12
NOT_MEASURABLE = "not measurable"
NOTHING = "(no answer)"
BASIS = {
    "known": "known answers",
    "flagged": "marked as ground truth",
    "consensus": "consensus of several people",
    "single": "one person's answer",
    "tied": "people tied: no reference",
    "rejected": "found unusable by a reviewer",
    "unanswered": "answered by nobody",
}


def blocks(found: Evaluation) -> list[Block]:
    """Everything that a reader is told, the verdict first."""
    return [
        _head(found),
        *(block for name, one in found.controls.items() for block in _control(name, one)),
        *_failures(found),
    ]


def share(one: Proportion) -> str:
    """A share with its interval: ``0.84 (0.79 to 0.88)``."""
    if one.value is None or one.low is None or one.high is None:
        return NOT_MEASURABLE
    return f"{number(one.value)} ({number(one.low)} to {number(one.high)})"


def _head(found: Evaluation) -> Block:
    counts = found.counts
    lines = [verdict(name, one) for name, one in found.controls.items()]
    lines.append(
        f"{count(counts.items, 'item')} of {found.source} ({found.template}): {counts.answered:,} answered, "
        f"{counts.failed:,} failed. It saw no answer of anybody."
    )
    basis = [f"{BASIS[name]} {n:,}" for name in BASIS if (n := counts.basis.get(name, 0))]
    if basis:
        lines.append(f"Held against: {listed(basis, 9)}; people's consensus by the rule {found.consensus}.")
    if found.lessons is not None:
        lines.append(f"It learns: {found.lessons.how} ({count(found.lessons.items, 'item')}).")
    lines += [f"{p.severity.value}: {p.message}" for p in found.problems]
    return Block(f"{found.title} ({found.model})", lines, level=1)


def verdict(name: str, one: ControlEvaluation) -> str:
    """One control in a sentence."""
    what = measure_title(one.score)
    if one.accuracy.value is None:
        return f"{name}: {NOT_MEASURABLE}: no answered item has a reference"
    silent = f", {one.silent:,} of them without an answer" if one.silent else ""
    said = f"{name}: {what} {share(one.accuracy)} on {count(one.items, 'item')}{silent}"
    if one.unseen.n < one.items:
        said += f"; on {one.unseen.n:,} answered without a suggestion {share(one.unseen)}"
    return f"{said}; {ceiling_words(one.ceiling)}"


def ceiling_words(one: Ceiling) -> str:
    """Where it stands beside people."""
    if one.verdict not in (WITHIN, BELOW, ABOVE):
        return f"beside people {NOT_MEASURABLE}: {one.reason}"
    gap = f"{value_words(one.difference)}, {interval_words(one.difference)}"
    figures = (
        f"{share(one.predictor)} where people, one left out, reach {share(one.people)}; difference {gap}"
    )
    told = {
        WITHIN: "it cannot be told apart from a person's",
        BELOW: "it is below people's own agreement",
        ABOVE: "it is above people's own agreement",
    }
    return f"{told[one.verdict]} ({figures})"


def _control(name: str, one: ControlEvaluation) -> Iterator[Block]:
    tables = [t for t in (_measures(one), _annotators(one)) if t is not None]
    yield Block(f"{name} ({one.kind})", [one.note] if one.note else [], tables)
    if one.known:
        rows, more = shortened([[who, str(p.n), share(p)] for who, p in one.known.items()], PEOPLE)
        yield Block(
            f"{name}: on known answers", [], [Table(["who", "answers", "accuracy"], rows, " r", more)]
        )
    if one.ceiling.each:
        people = [[who, str(p.n), share(p)] for who, p in one.ceiling.each.items()]
        rows, more = shortened(people, PEOPLE)
        rows = [
            ["the predictor in their place", str(one.ceiling.predictor.n), share(one.ceiling.predictor)],
            *rows,
        ]
        heads = ["left out", "answers", "like the others"]
        yield Block(f"{name}: against what the others say", [], [Table(heads, rows, " r", more)])
    if one.labels:
        yield Block(f"{name}: by label", [], [_labels(one), *_confusion(one)])
    elif one.label_measures:
        yield Block(f"{name}: by label", [], [_label_measures(one.label_measures)])
    yield _calibration(name, one.calibration)


def _measures(one: ControlEvaluation) -> Table | None:
    rows = [
        [measure_title(n), value_words(m), interval_words(m), value_words(one.among.get(n))]
        for n, m in one.measures.items()
        if defined(m) or defined(one.among.get(n))
    ]
    return (
        Table(["measure", "with the reference", "95 % interval", "among people"], rows, " r r")
        if rows
        else None
    )


def _annotators(one: ControlEvaluation) -> Table | None:
    names = [n for n in one.measures if any(defined(a.measures.get(n)) for a in one.annotators)][:3]
    if not names:
        return None
    made = [
        [a.annotator, str(a.items), *(_with_interval(a.measures.get(n)) for n in names)]
        for a in one.annotators
    ]
    rows, more = shortened(made, PEOPLE)
    return Table(["with the annotator", "items", *map(measure_title, names)], rows, " r", more)


def _with_interval(measure: Measure | None) -> str:
    if measure is None or measure.low is None:
        return value_words(measure)
    return f"{value_words(measure)} ({interval_words(measure)})"


def _labels(one: ControlEvaluation) -> Table:
    made = [
        [label, str(s.wanted), str(s.given), share(s.precision), share(s.recall),
         number(s.f1) if s.f1 is not None else NOT_MEASURABLE]
        for label, s in one.labels.items()
    ]  # fmt: skip
    rows, more = shortened(made, LABELS)
    return Table(["label", "wanted", "given", "precision", "recall", "F1"], rows, " rr  r", more)


def _confusion(one: ControlEvaluation) -> Iterator[Table]:
    found = one.confusion
    if not found.counts or len(found.gold) > MATRIX or len(found.given) > MATRIX:
        return
    head = ["wanted, given:", *(label or NOTHING for label in found.given)]
    rows = [[label, *map(str, counts)] for label, counts in zip(found.gold, found.counts, strict=True)]
    yield Table(head, rows, " " + "r" * len(found.given))


def _label_measures(found: Mapping[str, Mapping[str, Measure]]) -> Table:
    names = list(dict.fromkeys(n for own in found.values() for n, m in own.items() if defined(m)))[:3]
    made = [[label, *(_with_interval(own.get(n)) for n in names)] for label, own in sorted(found.items())]
    rows, more = shortened(made, LABELS)
    return Table(["label", *map(measure_title, names)], rows, "", more)


def _calibration(name: str, one: Calibration) -> Block:
    title = f"{name}: what its scores are worth"
    if one.error is None or one.score is None:
        return Block(title, [f"calibration {NOT_MEASURABLE}: {one.reason}"])
    lines = [
        f"expected calibration error {number(one.error)} over {count(one.answers, 'answer')} "
        f"with a mean score of {number(one.score)}",
        _trust(one),
    ]
    bins = [
        [f"{number(b.low)} to {number(b.high)}", str(b.accuracy.n), number(b.score), share(b.accuracy)]
        for b in one.bins
    ]
    kept = [[number(t.score), f"{t.coverage:.0%}", share(t.accuracy)] for t in one.thresholds]
    tables = [Table(["score", "answers", "mean score", "right"], bins, " rr")]
    return Block(title, lines, [*tables, Table(["score at least", "coverage", "right"], kept, "rr")])


def _trust(one: Calibration) -> str:
    least = number(one.wanted)
    if one.trusted is None:
        return f"no score reaches an accuracy of {least}"
    at = f"from a score of {number(one.trusted.score)} on"
    said = f"an accuracy of {least} is reached {at}, which covers {one.trusted.coverage:.0%} of the items"
    if one.sure is None:
        return f"{said}; with 95 % certainty by no score"
    return f"{said}; with 95 % certainty from {number(one.sure.score)} on ({one.sure.coverage:.0%})"


def _failures(found: Evaluation) -> Iterator[Block]:
    made = [[code, str(n), found.problem_titles.get(code, "")] for code, n in found.failures.items()]
    if made:
        rows, more = shortened(made, CODES)
        yield Block(
            "What was wrong with its answers", [], [Table(["code", "count", "what"], rows, " r", more)]
        )
