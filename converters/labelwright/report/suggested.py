"""What suggestions did to the answers, in rows and words, for every rendering."""

from __future__ import annotations

from labelwright.agreement.result import Measure
from labelwright.quality.anchored import NO_RECORD, AnchoringReport, Edited
from labelwright.quality.bent import Apart
from labelwright.quality.proportions import Proportion
from labelwright.report import words
from labelwright.report.model import Report
from labelwright.report.tables import table, wrap
from labelwright.report.words import clean, count

SHOWN = 20
UNMEASURABLE = "not measurable"
EDIT_HEAD = ["control", "answers", "unchanged", "95 % interval", "what changed"]
APART_HEAD = [
    "control", "items with", "items without", "agree with", "agree without", "difference", "95 % interval",
]  # fmt: skip
NARROW_HEAD = ["control", "agree with (items)", "without", "difference"]
MARKS_HEAD = ["control", "suggested and there", "as suggested", "95 % interval", "drawn by hand"]
MODELS_HEAD = ["model", "answers", "made from it", "accepted", "95 % interval"]
PEOPLE_HEAD = ["annotator", "answers", "accepted", "95 % interval", "difference", "95 % interval"]


def line(found: AnchoringReport) -> str:
    """The whole in one sentence."""
    lot = (
        f", given out by lot (share {found.share:g} %, seed {found.seed})" if found.share is not None else ""
    )
    items = f"{count(found.items_with, 'item')} with a suggestion{lot}, {found.items_without:,} without"
    if found.items_mixed:
        items += f", {found.items_mixed:,} in part"
    if found.items_silent:
        items += f", {found.items_silent:,} for which nothing was suggested"
    if found.marks and not found.items_with:
        return f"{count(found.items_mixed, 'item')}; no predictions are kept, but regions that were suggested"
    if not found.answers:
        return items if NO_RECORD in found.limits else f"{items}; no answer was made with a suggestion"
    share, interval = _share(found.accepted)
    linked = f", {found.made_from:,} of them made from one as the tool says"
    return (
        f"{items}; of {count(found.answers, 'answer')} with a suggestion{linked}, {share} ({interval}) left "
        "it as it was"
    )


def edit_rows(found: AnchoringReport) -> list[list[str]]:
    """One row a control: what became of its suggestions."""
    return [
        [clean(name, 40), f"{one.answers:,}", *_share(one.unchanged), changes(one)]
        for name, one in found.controls.items()
    ]


def changes(one: Edited) -> str:
    """What was changed, in words."""
    if one.regions is not None:
        r = one.regions
        where = f" (mean overlap {words.number(r.overlap)})" if r.overlap is not None else ""
        return (
            f"{r.kept:,} kept, {r.relabelled:,} relabelled, {r.moved:,} moved{where}, {r.added:,} added, "
            f"{r.removed:,} removed"
        )
    if one.distance is not None:
        return f"mean edit distance {words.number(one.distance)}"
    return f"{one.answers - round((one.unchanged.value or 0.0) * one.answers):,} changed"


def apart_rows(found: AnchoringReport) -> list[list[str]]:
    """One row a control: agreement with and without a suggestion."""
    return [[clean(name, 40), *_apart(one)] for name, one in found.agreement.items()]


def _apart(one: Apart) -> list[str]:
    return [
        f"{one.items_with:,}",
        f"{one.items_without:,}",
        _value(one.with_suggestion),
        _value(one.without_suggestion),
        *_difference(one),
    ]


def _difference(one: Apart) -> list[str]:
    measure = one.difference
    if measure.value is None:
        return [UNMEASURABLE, ""]
    interval = words.interval_words(measure) if measure.low is not None else ""
    return [f"{measure.value:+.2f}".replace("-0.00", "+0.00"), interval]


def people_rows(found: AnchoringReport) -> list[list[str]]:
    """One row an annotator, those who accept the most first."""
    ordered = sorted(found.annotators.items(), key=lambda p: (-(p[1].accepted.value or 0.0), p[0]))
    return [
        [clean(name, 40), f"{one.answers:,}", *_share(one.accepted), *_difference(one.agreement)]
        for name, one in ordered
    ]


def mark_rows(found: AnchoringReport) -> list[list[str]]:
    """One row a control whose regions tell where they come from."""
    return [
        [clean(name, 40), f"{one.suggested:,}", *_share(one.accepted), f"{one.drawn:,}"]
        for name, one in found.marks.items()
    ]


def model_rows(found: AnchoringReport) -> list[list[str]]:
    """One row a model, where there are several: the newest version's suggestions may stand more often."""
    if len(found.models) < 2:
        return []
    return [
        [clean(name, 60) or "(no name)", f"{one.answers:,}", f"{one.made_from:,}", *_share(one.accepted)]
        for name, one in found.models.items()
    ]


def _share(share: Proportion) -> list[str]:
    measure = Measure(share.value, share.low, share.high)
    return [_value(measure), words.interval_words(measure) if share.value is not None else ""]


def _value(measure: Measure) -> str:
    return UNMEASURABLE if measure.value is None else words.value_words(measure)


def suggestions_block(report: Report, width: int) -> list[str]:
    """Suggestions for a terminal; nothing where there were none."""
    found = report.suggestions
    if found is None:
        return []
    lines = ["Suggestions", *wrap(line(found), width, "  ")]
    for told in found.conclusions[:SHOWN]:
        lines += wrap(f"> {clean(told, 1000)}", width, "  ")
    for name, answers, share, interval, changed in edit_rows(found)[:SHOWN]:
        between = f" ({interval})" if interval else ""
        lines += wrap(f"{name}: {share}{between} of {answers} unchanged; {changed}", width, "  ")
    for head, rows in (
        (MARKS_HEAD, mark_rows(found)),
        (MODELS_HEAD, model_rows(found)),
        (NARROW_HEAD, _narrow_apart(found)),
        (PEOPLE_HEAD[:3] + NARROW_HEAD[3:], _people(found)),
    ):
        lines += table(head, rows[:SHOWN], width, " rrr") if rows else []
        lines += [f"  and {len(rows) - SHOWN:,} more"] if len(rows) > SHOWN else []
    for limit in found.limits:
        lines += wrap(f"Note: {limit}", width, "  ")
    return lines


def _narrow_apart(found: AnchoringReport) -> list[list[str]]:
    return [
        [name, f"{one} ({n})", f"{other} ({m})", f"{apart} {between}".rstrip()]
        for name, n, m, one, other, apart, between in apart_rows(found)
    ]


def _people(found: AnchoringReport) -> list[list[str]]:
    return [
        [name, answers, share, f"{apart} {between}".rstrip()]
        for name, answers, share, _, apart, between in people_rows(found)
    ]
