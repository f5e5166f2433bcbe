"""What the batch report adds to the sample reports: lint, trend, sides of preferences, models."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright.agreement.result import Agreement, Confusion, ControlAgreement, Measure, Position, State
from labelwright.contracts import AnnotatorModel, FittedModel
from labelwright.problems import Place, Problem, Severity
from labelwright.quality import bent
from labelwright.quality.anchored import (
    MIXED,
    NO_LINK,
    AnchoringReport,
    AnnotatorAnchored,
    Edited,
    ModelAnchored,
    Regions,
)
from labelwright.quality.bent import Apart
from labelwright.quality.gate import GateResult
from labelwright.quality.lint import LintSummary
from labelwright.quality.proportions import proportion
from labelwright.records import Kind
from labelwright.report.batches import Batch, BatchControl, BatchLint
from labelwright.report.model import AnnotatorWork, Counts, Linted, Report, Volume


def lint() -> Linted:
    """Two rules found something."""
    problems = [
        Problem(
            "lint.contradictory-targets",
            "the same input as on line 4 has another target",
            Place("train", 17),
            "Decide which of them is right.",
            Severity.ERROR,
            title="Equal inputs have different targets",
        ),
        Problem(
            "lint.near-duplicates",
            "reads like line 3",
            Place("train", 9),
            "Keep one of them.",
            Severity.WARNING,
            title="Rows read alike",
        ),
    ]
    counts = {"lint.contradictory-targets": 2, "lint.near-duplicates": 1}
    skipped = {"split-leakage": "it needs several files"}
    rules = ["contradictory-targets", "near-duplicates", "yes-bias"]
    return Linted(LintSummary(112, {"train": 112}, rules, skipped, counts, 2, 1, 0), problems)


def trend(values: Sequence[float | None], control: str = "category") -> list[Batch]:
    """A batch for each value of percent agreement; None: not measured."""
    found = []
    for number, value in enumerate(values, 1):
        measure = Measure(state=State.NO_OVERLAP)
        if value is not None:
            measure = Measure(value, value - 0.06, min(1.0, value + 0.05))
        gold = proportion(80 + number, 100) if number > 1 else None
        controls = {control: BatchControl(110 + number, {"percent": measure}, gold)}
        gate = "passed" if value is not None and value >= 0.8 else "failed"
        lint_counts = BatchLint(number, 3, 4) if number % 2 else None
        found.append(
            Batch(
                f"week {number}", f"{number:064x}", "email-classification", 120 + number, 350, 3, gate,
                "percent", 0.8, controls, gold, 100 + number if number != 2 else None, lint_counts,
            )
        )  # fmt: skip
    return found


def preference() -> ControlAgreement:
    """A preference whose left side wins more often than chance has it."""
    return ControlAgreement(
        kind="preference",
        level="nominal",
        items=60,
        answers=150,
        measures={"percent": Measure(0.83, 0.74, 0.9)},
        confusion=Confusion(["left", "right", "tie"], [[60, 8, 3], [8, 30, 2], [3, 2, 10]]),
        distribution={"left": 90, "right": 45, "tie": 15},
        position=Position(90, 15, 45, 0.666667, 0.583, 0.741, 0.00013),
        annotator_position={
            "annotator-1f3a9c02": Position(60, 5, 15, 0.8, 0.696, 0.875, 0.0000001),
            "annotator-7be4410d": Position(30, 10, 30, 0.5, 0.377, 0.623, 1.0),
        },
    )


def model(people: Sequence[str], labels: Sequence[str]) -> FittedModel:
    """A Dawid-Skene model that converged."""
    confusion = [[0.9, 0.05, 0.05], [0.3, 0.65, 0.05], [0.1, 0.2, 0.7]]
    return FittedModel(
        "dawid-skene",
        118,
        list(labels),
        [0.5, 0.3, 0.2],
        {
            people[0]: AnnotatorModel(118, 0.93, None, confusion),
            people[1]: AnnotatorModel(113, 0.81, None, confusion),
        },
        14,
        -512.25,
        1e-6,
    )


def bare_report(
    controls: dict[str, ControlAgreement], people: dict[str, AnnotatorWork], items: int
) -> Report:
    """A report of nothing but agreement."""
    return Report(
        version="0.1.0",
        template="email-classification",
        title="Email classification",
        tool="Label Studio",
        source="export.json",
        target="",
        consensus="",
        counts=Counts(items=items, annotated=items, annotations=sum(p.annotations for p in people.values())),
        agreement=Agreement(items, len(people), controls, [], 0, 1000),
        gate=GateResult("not measurable", 0.8, "percent", list(controls)),
        problems=[],
        problem_counts={},
        problem_titles={},
        splits={},
        volume=Volume(0, {}),
        annotators=people,
    )


def _undefined(state: State, distribution: dict[str, int]) -> dict[str, ControlAgreement]:
    measures = {n: Measure(state=state) for n in ("percent", "krippendorff_alpha")}
    return {
        "category": ControlAgreement(
            "choice",
            "nominal",
            0 if state is State.ONE_ANNOTATOR else 9,
            9,
            measures,
            distribution=distribution,
        )
    }


def odd_reports() -> dict[str, Report]:
    """Data that say little, each with the sentence that the report must say of them."""
    two = {"annotator-a": AnnotatorWork(9), "annotator-b": AnnotatorWork(9)}
    unknown = bare_report(_undefined(State.NO_OVERLAP, {"A": 4, "B": 5}), two, 9)
    unknown.problem_counts = {"answers.item-unknown": 2}
    unknown.problems = [Problem("answers.item-unknown", "no item 4711", Place("gold.jsonl", 3), "Remove it.")]
    alone = _undefined(State.ONE_ANNOTATOR, {"A": 4})
    same = _undefined(State.NO_VARIATION, {"A": 18})
    same["category"].measures["percent"] = Measure(1.0, 1.0, 1.0)
    quiet = {**two, "annotator-c": AnnotatorWork(1)}
    return {
        "The export holds no item: there is nothing to measure.": bare_report({}, {}, 0),
        "No item has a submitted annotation: there is nothing to measure.": bare_report({}, {}, 3),
        "Only one annotator answered, so nobody can agree or disagree with them.": bare_report(
            alone, {"annotator-a": AnnotatorWork(9)}, 9
        ),
        "No item was answered by two people on category, so agreement cannot be told.": bare_report(
            _undefined(State.NO_OVERLAP, {"A": 4, "B": 5}), two, 9
        ),
        "Everybody always gave the same answer on category: the labels were not tried.": bare_report(
            same, two, 9
        ),
        "annotator-c gave a single annotation; what is said of them rests on it.": bare_report(
            _undefined(State.NO_OVERLAP, {"A": 4, "B": 5}), quiet, 9
        ),
        "In the files of known answers, 2 entries name no item of this export.": unknown,
    }


def suggestions(people: Sequence[str]) -> AnchoringReport:
    """Suggestions for four items in five: a control of labels, one of spans, one of words."""
    none = Measure(state=State.NO_OVERLAP)
    apart = Apart(96, 24, Measure(0.91, 0.86, 0.95), Measure(0.78, 0.6, 0.92), Measure(0.13, 0.02, 0.31))
    blank = Apart(96, 0, Measure(0.8, 0.7, 0.9), none, none)
    controls = {
        "category": Edited(Kind.CHOICE, 280, proportion(252, 280)),
        "entities": Edited(Kind.SPANS, 280, proportion(140, 280), Regions(400, 12, 30, 51, 22, 0.713)),
        "reason": Edited(Kind.TEXT, 90, proportion(9, 90), None, 0.42),
    }
    return AnchoringReport(
        96, 24, 3, 280, 170, proportion(126, 280), controls, {"category": apart, "entities": blank},
        {
            people[0]: AnnotatorAnchored(
                96, 90, proportion(93, 96), apart, {"category": controls["category"]}
            ),
            people[1]: AnnotatorAnchored(0, 0, proportion(0, 0), blank),
        },
        80.0, 7, [NO_LINK, MIXED], [bent.MORE.format(control="category", gap=0.13, low=0.02, high=0.31,
        so=bent.BY_LOT.format(without=0.78))], 0, 4, 0,
        {
            "m-2": ModelAnchored(200, 170, proportion(100, 200)),
            "m-1": ModelAnchored(80, 0, proportion(26, 80)),
        },
    )  # fmt: skip
