"""Hand-built reports: one with every section filled, an empty one, a hostile one, a very large one."""

from __future__ import annotations

from tests.report import batch_samples, drawn_samples

from labelwright.agreement.result import (
    Agreement,
    AnnotatorAgreement,
    Confusion,
    Contested,
    ControlAgreement,
    Measure,
    PairAgreement,
    State,
)
from labelwright.contracts import AnnotatorModel, FittedModel
from labelwright.problems import Ledger, Place, Problem, Severity
from labelwright.quality.gate import BELOW_GATE, GateResult
from labelwright.quality.gold import AnnotatorGold, ClassScore, GoldAccuracy, GoldConfusion, GoldReport
from labelwright.quality.lint import LintSummary
from labelwright.quality.proportions import proportion
from labelwright.quality.signals import Signal
from labelwright.report.batches import Batch, BatchControl
from labelwright.report.model import (
    AnnotatorWork,
    Approximation,
    Counts,
    Linted,
    ModelRecord,
    ModelStrengths,
    Report,
    Volume,
    reached_volume,
)

NOT_FOR = Measure(state=State.NOT_APPLICABLE)
LABELS = ["SUPPORT_REQUEST", "SALES_INQUIRY", "GENERAL_FEEDBACK"]
PEOPLE = ["annotator-1f3a9c02", "annotator-7be4410d", "annotator-c09d55e8"]
UNKNOWN_LABEL = Problem(
    "label-studio.label-unknown",
    "control 'category' has no label 'REFUND'",
    Place(source="export.json", item="17", annotation="52", control="category"),
    "Pass the project's own configuration with --label-config, or correct the annotation.",
)
SPAN_LOST = Problem(
    "conll.span-overlap",
    "span [4, 9) overlaps another",
    Place(item="20"),
    "Choose a format that holds overlapping spans.",
    Severity.ERROR,
    True,
)
EMPTY_ANSWER = Problem(
    "label-studio.result-empty", "annotation 9 holds no answer", Place(item="3"), "", Severity.NOTE
)


def _category() -> ControlAgreement:
    return ControlAgreement(
        kind="choice",
        level="nominal",
        items=118,
        answers=347,
        measures={
            "percent": Measure(0.7961, 0.7412, 0.8498),
            "cohen_kappa": NOT_FOR,
            "fleiss_kappa": Measure(0.688, 0.601, 0.765),
            "krippendorff_alpha": Measure(0.6903, 0.6047, 0.7711),
            "gwet_ac1": Measure(0.702, 0.622, 0.781),
        },
        labels={
            "SUPPORT_REQUEST": {
                "percent": Measure(0.91, 0.87, 0.95),
                "krippendorff_alpha": Measure(0.81, 0.73, 0.88),
            },
            "SALES_INQUIRY": {
                "percent": Measure(0.86, 0.81, 0.9),
                "krippendorff_alpha": Measure(0.66, 0.55, 0.76),
            },
            "GENERAL_FEEDBACK": {
                "percent": Measure(0.83, 0.78, 0.88),
                "krippendorff_alpha": Measure(-0.08, -0.21, 0.04),
            },
            "OTHER": {
                "percent": Measure(1.0, 1.0, 1.0),
                "krippendorff_alpha": Measure(state=State.NO_VARIATION),
            },
        },
        pairs=[
            PairAgreement(PEOPLE[0], PEOPLE[1], 112, {"percent": Measure(0.84, 0.77, 0.9)}),
            PairAgreement(PEOPLE[0], PEOPLE[2], 110, {"percent": Measure(0.76, 0.68, 0.83)}),
            PairAgreement(PEOPLE[1], PEOPLE[2], 2, {"percent": Measure(1.0)}),
        ],
        annotators=[
            AnnotatorAgreement(PEOPLE[0], 118, {"percent": Measure(0.82, 0.76, 0.88)}),
            AnnotatorAgreement(PEOPLE[1], 113, {"percent": Measure(0.84, 0.78, 0.9)}),
            AnnotatorAgreement(PEOPLE[2], 111, {"percent": Measure(0.74, 0.66, 0.81)}),
        ],
        confusion=Confusion(LABELS, [[310, 18, 22], [18, 142, 31], [22, 31, 86]]),
        distribution={"SUPPORT_REQUEST": 168, "SALES_INQUIRY": 96, "GENERAL_FEEDBACK": 83, "OTHER": 0},
        annotator_distribution={
            PEOPLE[0]: {"SUPPORT_REQUEST": 60, "SALES_INQUIRY": 30, "GENERAL_FEEDBACK": 28},
            PEOPLE[1]: {"SUPPORT_REQUEST": 58, "SALES_INQUIRY": 33, "GENERAL_FEEDBACK": 22},
            PEOPLE[2]: {"SUPPORT_REQUEST": 50, "SALES_INQUIRY": 33, "GENERAL_FEEDBACK": 33},
        },
    )


def _urgency() -> ControlAgreement:
    return ControlAgreement(
        kind="rating",
        level="ordinal",
        items=118,
        answers=347,
        measures={
            "percent": Measure(0.8571, 0.8, 0.91),
            "krippendorff_alpha": Measure(-0.12, -0.31, 0.07, note="few items have the rating 5"),
            "gwet_ac2": Measure(0.99996, None, None),
            "fleiss_kappa": Measure(state=State.NO_VARIATION),
        },
        distribution={"1": 200, "2": 100, "3": 47},
    )


def _fields() -> ControlAgreement:
    return ControlAgreement(
        kind="json",
        level="nominal",
        items=40,
        answers=80,
        measures={"percent": Measure(0.9, 0.82, 0.97)},
        fields={
            "order.number": {"percent": Measure(0.95, 0.9, 1.0)},
            "order.total": {"percent": Measure(0.72, 0.6, 0.84)},
        },
    )


def _gold() -> GoldReport:
    confusion = GoldConfusion(LABELS, ["", *LABELS], [[1, 30, 2, 1], [0, 3, 19, 2], [0, 1, 2, 13]])
    return GoldReport(
        items=74,
        by_file=64,
        by_flag=10,
        flags_ignored=False,
        trained=False,
        target=0.8,
        least_answers=10,
        annotators={
            PEOPLE[0]: AnnotatorGold(
                74,
                proportion(62, 74),
                "reached",
                {"category": GoldAccuracy(proportion(62, 74), confusion)},
            ),
            PEOPLE[1]: AnnotatorGold(20, proportion(11, 20), "below"),
            PEOPLE[2]: AnnotatorGold(0, proportion(0, 0), "gold author"),
        },
        classes={
            "category": {
                LABELS[0]: ClassScore(34, 34, 30, proportion(30, 34), proportion(30, 34), proportion(66, 74)),
                LABELS[1]: ClassScore(0, 2, 0, proportion(0, 0), proportion(0, 2), proportion(72, 74)),
            }
        },
    )


SIGNALS = {
    PEOPLE[0]: [Signal("speed", "", 8, 41.5, 118, True, "half of the annotations took 8 s or less")],
    PEOPLE[1]: [
        Signal("speed", "", 74, 9, 115),
        Signal("label-shift", "category", 0.21, 0.0, 115, True, "OTHER is 40% of the answers"),
    ],
}


def full_report() -> Report:
    """Every section filled, one gated control below the gate."""
    controls = {
        "category": _category(),
        "urgency": _urgency(),
        "details": _fields(),
        "better": batch_samples.preference(),
    }
    agreement = Agreement(
        items=120,
        annotators=3,
        controls=controls,
        contested=[
            Contested(
                "17",
                "http://localhost:8080/projects/1/data?task=17",
                "category",
                0.0,
                dict(zip(PEOPLE, LABELS, strict=True)),
            ),
            Contested(
                "東京-4",
                "",
                "category",
                1 / 3,
                {PEOPLE[0]: "返金のお願い", PEOPLE[1]: "", PEOPLE[2]: "OTHER"},
            ),
        ],
        seed=0,
        resamples=1000,
    )
    below = BELOW_GATE.at(
        Place(control="category"), measure="percent", control="category", value=0.7961, minimum=0.8
    )
    gate = GateResult("failed", 0.8, "percent", ["category", "urgency"], [below])
    return Report(
        version="0.1.0",
        template="email-classification",
        title="Email classification",
        tool="label-studio",
        source="export.json",
        target="openai",
        consensus="majority",
        counts=Counts(
            items=125,
            annotated=120,
            annotations=349,
            skipped=6,
            drafts=1,
            predictions=125,
            references=10,
            repeated=2,
            examples=112,
            tied=5,
            unrendered=1,
            refused=2,
            gold=7,
            untrusted=12,
            untrusted_items=1,
        ),
        agreement=agreement,
        gate=gate,
        problems=[EMPTY_ANSWER, SPAN_LOST, UNKNOWN_LABEL],
        problem_counts={
            "label-studio.label-unknown": 3,
            "conll.span-overlap": 1,
            "label-studio.result-empty": 1200,
        },
        problem_titles={
            "label-studio.label-unknown": "An answer uses a label that the configuration does not have",
            "conll.span-overlap": "Spans overlap, which the format cannot hold",
            "label-studio.result-empty": "An annotation holds no answer",
        },
        splits={"train": 100, "valid": 12},
        volume=reached_volume(112, {"minimum": 50, "recommended": 200, "production": 500}),
        annotators={
            PEOPLE[0]: AnnotatorWork(118, 0, 8.25),
            PEOPLE[1]: AnnotatorWork(115, 2, 74.0),
            PEOPLE[2]: AnnotatorWork(116, 4, None),
        },
        gold=_gold(),
        signals=SIGNALS,
        lint=batch_samples.lint(),
        batch="week 4",
        reviews={"accepted": 9, "corrected": 3},
        trend=batch_samples.trend([0.71, 0.84, None, 0.7961]),
        models={"category": batch_samples.model(PEOPLE, LABELS)},
        suggestions=batch_samples.suggestions(PEOPLE),
        objects={
            "read": Ledger(1210, 1204, {"cvat.mask-runs": 6}),
            "write": Ledger(1100, 1088, {"coco.points-lost": 12}),
        },
        approximations={
            "coco.ellipse-as-polygon": Approximation(7, "0.25 px", "An ellipse is written as a polygon")
        },
        strengths={
            "better": ModelStrengths(
                comparisons=9,
                models={"small": ModelRecord(-0.35, 3, 1, 5), "large": ModelRecord(0.35, 5, 1, 3)},
                groups=[["large", "small"]],
            )
        },
    )


def empty_report() -> Report:
    """Nothing came in, nothing was asked."""
    return Report(
        version="0.1.0",
        template="email-classification",
        title="",
        tool="",
        source="",
        target="",
        consensus="",
        counts=Counts(),
        agreement=Agreement(0, 0, {}, [], 0, 1000),
        gate=GateResult("passed", 0.8, "percent", []),
        problems=[],
        problem_counts={},
        problem_titles={},
        splits={},
        volume=Volume(0, {}),
        annotators={},
    )


HOSTILE = (
    "</style></title><script>alert(1)</script>",
    '" onmouseover="alert(2)" x="',
    "{{ 7 * 7 }} {% raw %}",
    "a|b`c`*d*_e_[f](javascript:alert(3))<img src=x onerror=alert(4)>\n# heading",
    "\x1b[2J\x1b]0;title\x07\x00\u202egnirts\u2028\ud800\x9b31m",
)


def _hostile_batch(text: str) -> Batch:
    half = {HOSTILE[0]: Measure(0.5, 0.4, 0.6)}
    controls = {h: BatchControl(2, half, proportion(1, 2)) for h in HOSTILE}
    return Batch(text, text, text, 2, 4, 5, text, text, 0.8, controls, proportion(1, 2), 1, None)


def hostile_report() -> Report:
    """Every string is an attempt to break out of some rendering."""
    script, attribute, template, markdown, control = HOSTILE
    measures = {"percent": Measure(0.5, 0.4, 0.6, note=script), markdown: Measure(float("nan"))}
    one = ControlAgreement(
        kind=script,
        level=attribute,
        items=2,
        answers=4,
        measures=measures,
        labels={h: {"percent": Measure(0.5)} for h in HOSTILE},
        fields={h: {"percent": Measure(0.5)} for h in HOSTILE},
        pairs=[PairAgreement(script, markdown, 2, {"percent": Measure(0.5)})],
        annotators=[AnnotatorAgreement(h, 2, {"percent": Measure(0.5)}) for h in HOSTILE],
        confusion=Confusion(list(HOSTILE), [[1, 2, 3, 4, 5]] * 5),
        distribution={h: 3 for h in HOSTILE},
        annotator_distribution={h: {g: 1 for g in HOSTILE} for h in HOSTILE},
    )
    contested = [
        Contested(h, link, h, 0.0, {g: g for g in HOSTILE}, drawn_samples.hostile(HOSTILE))
        for h, link in zip(
            HOSTILE,
            ["javascript:alert(5)", "data:text/html,x", 'http://h/"><script>', "//evil", "https://h/\x1b[2J"],
            strict=True,
        )
    ]
    problems = [Problem(h, h, Place(source=h, item=h, control=h, path=h), h) for h in HOSTILE]
    label = ClassScore(2, 2, 1, proportion(1, 2), proportion(1, 2), proportion(1, 2))
    gold = GoldReport(2, 2, 0, True, False, None, 10, {}, {h: {g: label for g in HOSTILE} for h in HOSTILE})
    gold.annotators = {h: AnnotatorGold(2, proportion(1, 2), h) for h in HOSTILE}
    return Report(
        version=script,
        template=attribute,
        title=script,
        tool=template,
        source=markdown,
        target=control,
        consensus=attribute,
        counts=Counts(items=2, annotated=2, annotations=4, examples=1),
        agreement=Agreement(2, 5, {h: one for h in HOSTILE}, contested, 0, 10),
        gate=GateResult("failed", 0.8, script, list(HOSTILE), problems),
        problems=problems,
        problem_counts={h: 1 for h in HOSTILE},
        problem_titles={h: h for h in HOSTILE},
        splits={h: 1 for h in HOSTILE},
        volume=Volume(1, {h: 5 for h in HOSTILE}, reached=script, next=markdown, missing=4),
        annotators={h: AnnotatorWork(1, 0, 2.0) for h in HOSTILE},
        gold=gold,
        signals={h: [Signal(h, h, 1.0, None, 2, True, h)] for h in HOSTILE},
        lint=Linted(
            LintSummary(
                2, {h: 1 for h in HOSTILE}, list(HOSTILE), {h: h for h in HOSTILE}, {h: 1 for h in HOSTILE}, 5
            ),
            problems,
        ),
        batch=script,
        reviews={h: 1 for h in HOSTILE},
        trend=[_hostile_batch(h) for h in HOSTILE],
        objects={h: Ledger(3, 1, {g: 2 for g in HOSTILE}) for h in HOSTILE},
        approximations={h: Approximation(1, h, h) for h in HOSTILE},
        strengths={
            h: ModelStrengths(
                State.NOT_CONNECTED, 1, {g: ModelRecord(None, 1, 0, 0) for g in HOSTILE}, [list(HOSTILE)]
            )
            for h in HOSTILE
        },
        models={
            h: FittedModel(
                h,
                2,
                list(HOSTILE),
                [0.2] * 5,
                {g: AnnotatorModel(1, 0.5, None, [[0.2] * 5] * 5) for g in HOSTILE},
            )
            for h in HOSTILE
        },
    )


def large_report(labels: int = 500, people: int = 300, controls: int = 30) -> Report:
    """More of everything than a page can show, with long strings full of characters to escape."""
    names = [f"{'<&' * 100}label-{i}" for i in range(labels)]
    who = [f"annotator-{i:08x}" for i in range(people)]
    half = {"percent": Measure(0.5, 0.4, 0.6), "krippendorff_alpha": Measure(-0.5, -0.6, -0.4)}
    one = ControlAgreement(
        kind="choice",
        level="nominal",
        items=9,
        answers=9,
        measures=half,
        labels={n: half for n in names},
        fields={n: half for n in names},
        pairs=[PairAgreement(who[0], w, 5, half) for w in who[1:]],
        annotators=[AnnotatorAgreement(w, 5, half) for w in who],
        confusion=Confusion(names, [[3] * labels] * labels),
        distribution={n: 5 for n in names},
        annotator_distribution={w: {n: 1 for n in names} for w in who},
    )
    long = "<\u6771&" * 5000
    problems = [
        Problem(f"area.code-{i}", long, Place(source=long, item=long), long)
        for i in range(200)
        for _ in range(50)
    ]
    base = full_report()
    base.agreement = Agreement(
        items=9,
        annotators=people,
        controls={f"control-{i}": one for i in range(controls)},
        contested=[
            Contested(
                long, "https://h/" + long, "control-0", 0.1, {w: long for w in who}, drawn_samples.huge(long)
            )
        ]
        * 400,
        seed=0,
        resamples=1000,
    )
    base.gate = GateResult("failed", 0.8, "percent", [f"control-{i}" for i in range(controls)], problems[:50])
    base.problems = problems
    base.problem_counts = {f"area.code-{i}": 70 for i in range(200)}
    base.problem_titles = {f"area.code-{i}": long for i in range(200)}
    base.splits = {f"split-{i}": 3 for i in range(100)}
    base.annotators = {w: AnnotatorWork(5, 1, 4.0 + n) for n, w in enumerate(who)}
    several = GoldConfusion(names[:60], names[:60], [[2] * 60] * 60)
    score = ClassScore(9, 9, 5, *[proportion(5, 9)] * 3)
    accuracy = GoldAccuracy(proportion(5, 9), several)
    gated = [f"control-{i}" for i in range(controls)]
    base.gold = GoldReport(
        9, 9, 0, False, False, 0.8, 10,
        {w: AnnotatorGold(9, proportion(5, 9), "below", dict.fromkeys(gated, accuracy)) for w in who},
        {c: dict.fromkeys(names, score) for c in gated},
    )  # fmt: skip
    base.signals = {w: [Signal("speed", long, 1, 2, 9, True, long)] * 3 for w in who}
    counts = {f"area.code-{i}": 70 for i in range(200)}
    base.lint = Linted(
        LintSummary(9, {long: 9}, [long] * 90, {f"{i}{long}": long for i in range(90)}, counts), problems
    )
    batches = batch_samples.trend([0.5] * 200, "control-0")
    for batch in batches:
        batch.name = f"{batch.name} {long}"
    base.trend = batches
    model = FittedModel(long, 9, names, [0.1] * labels, {w: AnnotatorModel(9, 0.5, 1.0) for w in who})
    base.models = dict.fromkeys(gated, model)
    return base


def drawn_report() -> Report:
    """A batch of boxes: labels confused, things missing, contested items drawn."""
    report = full_report()
    percent = Measure(0.62, 0.55, 0.7)
    objects = ControlAgreement(
        kind="shapes",
        level="nominal",
        items=120,
        answers=240,
        measures={
            "percent": percent,
            "shape_f1": Measure(0.64, 0.58, 0.71),
            "mean_iou": Measure(0.81, 0.78, 0.84),
        },
        labels={"cat": {"percent": Measure(0.7, 0.6, 0.8)}, "dog": {"percent": Measure(0.5, 0.4, 0.6)}},
        confusion=Confusion(["", "cat", "dog"], [[0, 31, 12], [31, 240, 18], [12, 18, 80]], missing=True),
    )
    contested = [
        drawn_samples.contested(drawn_samples.small()),
        drawn_samples.contested(drawn_samples.varied(), "32"),
        *report.agreement.contested[:1],
    ]
    report.agreement = Agreement(120, 3, {"objects": objects}, contested, 0, 1000)
    below = BELOW_GATE.at(
        Place(control="objects"), measure="percent", control="objects", value=0.62, minimum=0.8
    )
    report.gate = GateResult("failed", 0.8, "percent", ["objects"], [below])
    report.template, report.title = "object-detection", "Object detection"
    return report


SAMPLES = {"full": full_report, "empty": empty_report, "hostile": hostile_report, "drawn": drawn_report}
