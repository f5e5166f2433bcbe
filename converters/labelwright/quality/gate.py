"""The gate: agreement decides whether a training file appears."""

from __future__ import annotations

from msgspec import Struct

from labelwright.agreement.result import Agreement, ControlAgreement
from labelwright.contracts import Control, Template
from labelwright.problems import Place, Problem, ProblemType, UsageError
from labelwright.records import Kind

BELOW_GATE = ProblemType(
    "quality.agreement-below-gate",
    "Annotators agree less than the gate asks",
    "{measure} agreement on {control} is {value:.3f}, below {minimum:.2f}",
    "Mend the guidelines where the contested items show them unclear, before more is labelled.",
)
UNMEASURED = ProblemType(
    "quality.agreement-not-measurable",
    "Agreement cannot be measured",
    "agreement on {control} is not measurable: {reason}",
    "Have at least two people answer the same items, or pass --allow-unmeasured.",
)
NO_VARIATION = ProblemType(
    "quality.no-variation",
    "All answers are the same, so agreement beyond chance cannot be told",
    "agreement on {control} is not measurable: everybody always gave the same answer",
    "Check that the items are varied enough to call for other answers, or pass --allow-unmeasured.",
)

REASONS = {
    "no-variation": "everybody always gave the same answer",
    "no-overlap": "nothing was answered by two people",
    "one-annotator": "fewer than two people answered",
    "not-applicable": "the measure does not apply to this kind of answer",
    "not-connected": "the comparisons leave groups that nothing compares",
    "too-large": "the items are too large for it",
}


_UNMEASURED = (UNMEASURED.code, NO_VARIATION.code)


ERRORS = frozenset({"cer", "wer", "wer_concatenated", "der", "jer", "mean_absolute_difference"})
OFF = "off"


class GateResult(Struct):
    """What the gate says, and about which controls.

    ``state`` is ``passed``, ``failed``, ``not measurable``, or ``off`` where it was not asked.
    """

    state: str
    minimum: float
    measure: str
    controls: list[str]
    problems: list[Problem] = []


def gated_controls(template: Template) -> list[str]:
    """The controls whose agreement the gate asks for (see ``Quality.gate``).

    Free text is left out of percent agreement, which asks for equal texts. Transcripts and segments are
    not: theirs is the share of words, and of time, on which annotators agree.
    """
    if template.quality.gate:
        return [n for n in template.quality.gate if n in template.controls]
    asked = [n for n, c in template.controls.items() if not c.on]
    if template.quality.measure != "percent":
        return asked
    return [n for n in asked if template.controls[n].kind is not Kind.TEXT] or asked


def judge(
    agreement: Agreement,
    template: Template,
    minimum: float | None = None,
    measure: str = "",
    allow_unmeasured: bool = False,
) -> GateResult:
    """Hold the agreement against the gate of the template, or against ``minimum``.

    Raises ``UsageError`` for a measure of which less is better: no minimum can be asked of it.
    """
    least = template.quality.min_agreement if minimum is None else minimum
    name = measure or template.quality.measure
    if name in ERRORS:
        raise UsageError(f"the gate cannot ask for {name!r}: it counts errors, so that less is better")
    controls = gated_controls(template)
    result = GateResult("passed", least, name, controls)
    for control in controls:
        asked = _measure_of(template.controls[control], name)
        problem = _judge_one(agreement.controls.get(control), control, asked, least)
        if problem is None or (allow_unmeasured and problem.code in _UNMEASURED):
            continue
        result.problems.append(problem)
    codes = {p.code for p in result.problems}
    if BELOW_GATE.code in codes:
        result.state = "failed"
    elif codes:
        result.state = "not measurable"
    return result


def _measure_of(control: Control, name: str) -> str:
    """The measure asked of one control: numbers that are close enough agree, where that is stated."""
    return "within_tolerance" if name == "percent" and control.tolerance > 0 else name


def _judge_one(found: ControlAgreement | None, control: str, name: str, least: float) -> Problem | None:
    place = Place(control=control)
    measured = found.measures.get(name) if found else None
    if measured is None:
        return UNMEASURED.at(place, control=control, reason=f"it has no measure {name!r}")
    if measured.state == "no-variation":
        return NO_VARIATION.at(place, control=control)
    if measured.value is None or measured.state != "ok":
        return UNMEASURED.at(place, control=control, reason=REASONS.get(measured.state, measured.state))
    if measured.value < least - 1e-12:
        return BELOW_GATE.at(place, measure=name, control=control, value=measured.value, minimum=least)
    alpha = found.measures.get("krippendorff_alpha") if found else None
    if name == "percent" and alpha is not None and alpha.state == "no-variation":
        return NO_VARIATION.at(place, control=control)
    return None
