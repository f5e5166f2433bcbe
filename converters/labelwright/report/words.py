"""The wording that all renderings share: numbers, names of measures, states, the verdict."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

from labelwright.agreement.result import ControlAgreement, Measure, Position
from labelwright.problems import NOWHERE, Problem
from labelwright.quality.gate import BELOW_GATE, OFF, REASONS
from labelwright.quality.lint import LintSummary
from labelwright.report.model import Report

MEASURES = {
    "percent": "percent agreement",
    "cohen_kappa": "Cohen's kappa",
    "cohen_kappa_linear": "Cohen's kappa, linear weights",
    "cohen_kappa_quadratic": "Cohen's kappa, quadratic weights",
    "scott_pi": "Scott's pi",
    "field_agreement": "field agreement",
    "fleiss_kappa": "Fleiss' kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "krippendorff_alpha_jaccard": "Krippendorff's alpha, Jaccard",
    "token_alpha": "Krippendorff's alpha, tokens",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "brennan_prediger": "Brennan and Prediger's kappa",
    "span_f1_exact": "F1, exact spans",
    "span_f1_partial": "F1, overlapping spans",
    "relation_f1": "F1, relations",
    "chrf": "chrF",
    "cer": "character error rate (0 is best)",
    "cer_similarity": "1 - character error rate",
    "exact": "exact match",
    "mean_absolute_difference": "mean absolute difference",
    "marked_percent": "agreement on marked time",
    "event_f1": "F1, events",
    "event_f1_onset": "F1, starts of events",
    "segment_iou": "mean IoU of matched segments",
    "der": "diarization error rate (0 is best)",
    "jer": "Jaccard error rate of speakers (0 is best)",
    "wer": "word error rate (0 is best)",
    "wer_concatenated": "word error rate of whole items (0 is best)",
    "character_percent": "agreement of characters",
    "within_tolerance": "agreement within the tolerance",
    "icc_1_1": "ICC(1,1), one annotator",
    "icc_1_k": "ICC(1,k), mean of all",
    "icc_2_1": "ICC(2,1), one annotator",
    "icc_2_k": "ICC(2,k), mean of all",
    "icc_3_1": "ICC(3,1), one annotator",
    "icc_3_k": "ICC(3,k), mean of all",
    "kendall_w": "Kendall's W",
    "kendall_tau_b": "Kendall's tau-b",
    "spearman_rho": "Spearman's rho",
    "krippendorff_alpha_u": "Krippendorff's alpha, unitizing",
    "gamma": "gamma",
    "shape_f1": "shape F1",
    "shape_f1_75": "shape F1 at IoU 0.75",
    "shape_f1_place": "shape F1 without labels",
    "track_f1": "track F1",
    "track_f1_75": "track F1 at IoU 0.75",
    "track_f1_place": "track F1 without labels",
    "mean_iou": "mean IoU",
    "dice": "mean Dice",
    "oks": "mean OKS",
    "pck": "PCK, joints within a tenth",
    "idf1": "IDF1",
    "hota": "HOTA",
    "deta": "HOTA, finding (DetA)",
    "assa": "HOTA, following (AssA)",
}
NOT_DEFINED = "not defined"


def clean(text: str, limit: int = 0) -> str:
    """The text on one line, what cannot be printed shown as an escape, cut to ``limit`` code points.

    Control characters, bidirectional overrides and lone surrogates could otherwise steer the
    terminal or browser that shows them.
    """
    if limit and len(text) > 4 * limit:
        text = text[: 4 * limit]
    shown = "".join(_shown(c) for c in " ".join(text.split()))
    return f"{shown[: limit - 1]}…" if limit and len(shown) > limit else shown


def _shown(char: str) -> str:
    if " " <= char <= "~":
        return char
    category = unicodedata.category(char)
    if category in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") or (category == "Cf" and char not in "\u200c\u200d"):
        return f"\\u{ord(char):04x}"
    return char


def title_among(control: ControlAgreement, name: str) -> str:
    """What a measure is called; without a name, all that apply to the control."""
    shown = sum(m.state != "not-applicable" for m in control.measures.values())
    return measure_title(name) if name else f"all {shown} measures"


def measure_title(name: str) -> str:
    """The name of a measure as a person writes it."""
    return MEASURES.get(name) or clean(name.replace("_", " "), 60)


def number(value: float, near: float | None = None) -> str:
    """Two decimals; more where two would hide that it is not 0, not 1, or not at ``near``."""
    for digits in range(2, 7):
        text = f"{value + 0.0:.{digits}f}"
        rounded = float(text)
        if value != rounded and rounded in (-1.0, 0.0, 1.0):
            continue
        if near is not None and (rounded < near) != (value < near):
            continue
        return text
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00")


def defined(measure: Measure | None) -> bool:
    """Whether a measure has a value."""
    return bool(
        measure and measure.state == "ok" and measure.value is not None and math.isfinite(measure.value)
    )


def value_words(measure: Measure | None, near: float | None = None) -> str:
    """The value, or ``not defined``."""
    if measure is None or measure.value is None or not defined(measure):
        return NOT_DEFINED
    return number(measure.value, near)


def interval_words(measure: Measure | None) -> str:
    """The 95 % interval as ``0.71 to 0.92``, or why there is none."""
    if not measure or not defined(measure):
        return "no interval"
    if measure.low is None or measure.high is None:
        return "no interval: too little to tell"
    return f"{number(measure.low)} to {number(measure.high)}"


def reason_words(measure: Measure | None) -> str:
    """Why a measure has no value."""
    if measure is None:
        return "it was not measured"
    state = str(measure.state)
    return REASONS.get(state, "no value could be computed" if state == "ok" else clean(state, 60))


def undefined_words(measure: Measure | None) -> str:
    """``not defined: REASON``."""
    return f"{NOT_DEFINED}: {reason_words(measure)}"


def standing(measure: Measure, minimum: float | None) -> str:
    """What the state means: measured, or (with a gate) where it stands against the gate."""
    if measure.value is None or not defined(measure):
        return undefined_words(measure)
    if minimum is None:
        return "measured"
    if measure.value < minimum - 1e-12:
        return f"below the gate of {number(minimum)}"
    return f"meets the gate of {number(minimum)}"


def duration(seconds: float | None) -> str:
    """A time for a person; ``not known`` where there is none."""
    if seconds is None or not math.isfinite(seconds):
        return "not known"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def count(number_of: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 item``, ``1,200 items``."""
    return f"{number_of:,} {one if number_of == 1 else many or one + 's'}"


def listed(names: Iterable[str], limit: int = 6) -> str:
    """Names in a sentence: ``a, b and c``, or ``a, b and 7 more``."""
    found = list(names)
    if len(found) > limit:
        return f"{', '.join(found[:limit])} and {len(found) - limit:,} more"
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} and {found[-1]}"


def verdict_title(report: Report) -> str:
    """The gate's state in two words."""
    return f"Gate {clean(report.gate.state, 40)}"


def verdict_reason(report: Report) -> str:
    """One sentence on why the gate says what it says."""
    gate = report.gate
    if gate.state == OFF:
        return "agreement did not decide, since the gate was switched off"
    least = number(gate.minimum)
    name = measure_title(gate.measure)
    below, unmeasured = _gate_problems(report)
    if not gate.controls:
        return "the template asks agreement of no control"
    missing = [c for c in gate.controls if c not in below and not _gated(report, c)]
    reached = [c for c in gate.controls if c not in below and c not in missing and c not in unmeasured]
    parts = []
    if below:
        parts.append(f"{name} is below {least} on {listed(_with_value(report, c) for c in below)}")
    if unmeasured:
        parts.append(listed((clean(m, 200) for m in unmeasured.values()), 3))
    elif missing:
        parts.append(f"{name} of {listed(clean(c, 40) for c in missing)} is not measured, which was allowed")
    if reached:
        where = listed(clean(c, 40) for c in reached)
        parts.append(f"{name} is at least {least} on {where}")
    return "; ".join(parts)


def _gate_problems(report: Report) -> tuple[list[str], dict[str, str]]:
    below = [p.place.control for p in report.gate.problems if p.code == BELOW_GATE.code]
    others = {p.place.control: p.message for p in report.gate.problems if p.code != BELOW_GATE.code}
    return below, others


def _gated(report: Report, control: str) -> bool:
    found = report.agreement.controls.get(control)
    return bool(found and defined(found.measures.get(report.gate.measure)))


def _with_value(report: Report, control: str) -> str:
    found = report.agreement.controls.get(control)
    measure = found.measures.get(report.gate.measure) if found else None
    return f"{clean(control, 40)} ({value_words(measure, report.gate.minimum)})"


def verdict(report: Report) -> str:
    """The gate's verdict on one line."""
    return f"{verdict_title(report)}: {verdict_reason(report)}."


def volume_words(report: Report) -> str:
    """Which tier of the template's volumes is reached and what is missing."""
    volume = report.volume
    if not report.consensus:
        return "not counted: agreement alone was measured, no examples were made."
    examples = count(volume.examples, "example")
    if not volume.tiers:
        return f"{examples}; the template names no volumes."
    missing = f"{volume.missing:,} more for {clean(volume.next, 40)} ({volume.tiers.get(volume.next, 0):,})"
    if not volume.reached:
        return f"{examples}: no volume reached yet, {missing}."
    reached = f"{examples}: {clean(volume.reached, 40)} ({volume.tiers.get(volume.reached, 0):,}) reached"
    return f"{reached}, {missing}." if volume.next else f"{reached}, the highest volume."


def safe_link(link: str, limit: int) -> str:
    """The address if a browser may follow it: http or https, printable, not longer than ``limit``."""
    if len(link) > limit or not link.lower().startswith(("http://", "https://")):
        return ""
    return link if clean(link) == link and " " not in link and '"' not in link else ""


def place_words(problem: Problem) -> str:
    """Where a problem is; said in words where it has no place."""
    return clean(str(problem.place), 200) if problem.place != NOWHERE else "no single place"


def position_words(position: Position) -> str:
    """Which side wins how often, and whether chance would have it so."""
    decided = position.left + position.right
    if position.share_left is None or position.low is None or position.high is None or position.p is None:
        return "every answer is a tie, so no side is preferred"
    chance = f"{position.p:.3f}" if position.p >= 0.001 else "less than 0.001"
    odd = position.p < 0.05
    meaning = "more uneven than chance makes it" if odd else "no more uneven than chance makes it"
    return (
        f"the left one was preferred in {number(position.share_left)} of {count(decided, 'answer')} that are "
        f"no tie (95 % interval {number(position.low)} to {number(position.high)}): {meaning}, p = {chance}"
    )


def lint_words(summary: LintSummary) -> str:
    """How many rules looked at how many rows, and what they found."""
    looked = f"{count(len(summary.rules), 'rule')} looked at {count(summary.rows, 'row')}"
    found = [count(n, what) for n, what in _by_severity(summary) if n]
    return f"{looked}: {listed(found) or 'nothing was found'}"


def _by_severity(summary: LintSummary) -> list[tuple[int, str]]:
    return [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")]
