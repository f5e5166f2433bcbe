"""The figures of an evaluation, made by the measures that people are scored by."""

from __future__ import annotations

from collections.abc import Mapping

from labelwright.agreement.result import Agreement, ControlAgreement, Measure
from labelwright.agreement.scores import metrics_of
from labelwright.contracts import Control
from labelwright.pipeline.settings import Settings
from labelwright.predicting.evaluating.calibration import calibration
from labelwright.predicting.evaluating.ceiling import ceiling
from labelwright.predicting.evaluating.model import Against, ControlEvaluation, LabelScore
from labelwright.predicting.evaluating.tally import PREDICTOR, Tally
from labelwright.quality.gold import ClassScore, GoldAccuracy, GoldReport, gold_report
from labelwright.quality.proportions import DIGITS, Proportion, proportion
from labelwright.records import Kind

ACCURACY = "accuracy"
_SCORES = {Kind.TEXT: "chrf", Kind.SPANS: "span_f1_exact", Kind.RELATIONS: "relation_f1"}
_SCORES |= {Kind.SHAPES: "shape_f1", Kind.TRACKS: "track_f1", Kind.RANKING: "kendall_tau_b"}


def figures(
    tally: Tally, among: Agreement, names: Mapping[str, str], settings: Settings, trusted: float
) -> dict[str, ControlEvaluation]:
    """Everything about each control; ``names`` has names in place of annotators' ids.

    ``among`` is the agreement of people, ``trusted`` the accuracy from which on suggestions are trusted.
    """
    own = gold_report(tally.against, tally.template, _Names(names))
    known = gold_report(tally.known, tally.template, _Names(names))
    seed, resamples = settings.seed, settings.resamples
    versus = tally.versus.result(seed, resamples, 0).controls
    joint = tally.joint.result(seed, resamples, 0).controls
    found = {}
    for name, control in tally.template.controls.items():
        one, kept = _own(own, name), tally.controls[name]
        measured, together = versus[name], joint[name]
        found[name] = ControlEvaluation(
            kind=control.kind.value,
            score=_score_name(control, tally, name),
            items=one.accuracy.n,
            silent=kept.silent,
            accuracy=one.accuracy,
            ceiling=ceiling(kept.left, kept.each, names, seed, resamples),
            calibration=calibration(kept.scored, kept.referred, trusted),
            labels={label: _label(score) for label, score in own.classes.get(name, {}).items()},
            confusion=one.confusion,
            measures=_defined(measured),
            label_measures=measured.labels or measured.fields,
            among=_defined(among.controls[name]) if name in among.controls else {},
            annotators=_against(together, names),
            known=_known(known, name),
            note=together.note,
            unseen=proportion(kept.unseen[0], round(kept.unseen[1])),
        )
    return found


def _own(report: GoldReport, name: str) -> GoldAccuracy:
    one = report.annotators.get(PREDICTOR)
    found = one.controls.get(name) if one is not None else None
    return found if found is not None else GoldAccuracy(Proportion(0))


def _score_name(control: Control, tally: Tally, name: str) -> str:
    if tally.comparer(name).coded:
        return ACCURACY
    return _SCORES.get(control.kind) or metrics_of(control)[0][0]


def _label(score: ClassScore) -> LabelScore:
    below = score.gold + score.given
    f1 = round(2 * score.right / below, DIGITS) if below else None
    return LabelScore(score.gold, score.given, score.right, score.precision, score.recall, f1)


def _defined(control: ControlAgreement) -> dict[str, Measure]:
    """The measures that apply to the kind of answer."""
    return {n: m for n, m in control.measures.items() if m.state != "not-applicable"}


def _against(together: ControlAgreement, names: Mapping[str, str]) -> list[Against]:
    found = []
    for pair in together.pairs:
        if PREDICTOR in (pair.a, pair.b):
            other = pair.b if pair.a == PREDICTOR else pair.a
            found.append(Against(names[other], pair.items, pair.measures))
    return sorted(found, key=lambda one: one.annotator)


def _known(report: GoldReport, name: str) -> dict[str, Proportion]:
    return {
        who: one.controls[name].accuracy for who, one in report.annotators.items() if name in one.controls
    }


class _Names(dict[str, str]):
    """Names of annotators, and the predictor's own."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, annotator: str) -> str:
        return annotator if annotator == PREDICTOR else self._names[annotator]
