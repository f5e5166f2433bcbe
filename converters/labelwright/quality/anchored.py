"""What suggestions did to the answers, as a report shows it: accepted, edited, agreed with and without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from labelwright.agreement.result import Measure, State
from labelwright.contracts import Template
from labelwright.quality import bent
from labelwright.quality.anchoring import Anchoring, Counted
from labelwright.quality.bent import Apart, conclusions
from labelwright.quality.edits import MILLION, REGIONS, WORDS, Edits
from labelwright.quality.lots import Lot
from labelwright.quality.proportions import Proportion, proportion
from labelwright.records import Kind

DIGITS = 6
NO_LINK = "of answers that the tool does not link to a suggestion, the newest that was there counts as shown"
UNDATED = "the tool does not say when suggestions were made: one that is there counts as shown"
NO_BLIND = "every item had a suggestion: what people answer without is not known"
NO_SHOWN = "no item had a suggestion by the lot"
UNSHOWN = (
    "{n:,} of {items:,} items whose lot has a suggestion have an answer made without (nothing was suggested, "
    "or it was begun before): they count with their lot, so that the difference is smaller for it"
)
TAKEN_AWAY = "of regions that were suggested, those that people took away are not known"
NO_RECORD = "the input holds no predictions: who was shown a suggestion is told by the lot alone"
SEEN = (
    "{n:,} of {items:,} items of the blind share have a suggestion that people could see: the difference is "
    "smaller for it, and means nothing if share and seed are not those of prelabel"
)
SILENT = (
    "items for which nothing was suggested are not compared ({n:,}): if they are a blind share, pass --share "
    "and --lot-seed"
)
MIXED = "items of which some answers were begun before the suggestion was there are not compared"
UNKNOWN_LOT = (
    "items of which the export does not tell how their lot was drawn are not compared (pull the project)"
)
NOT_BY_LOT = (
    "items without a suggestion were not drawn by lot, as far as is known: they may be others in kind "
    "(pass --share and --lot-seed as they were given to prelabel)"
)


class Regions(Struct, frozen=True):
    """What became of suggested regions: ``overlap`` is the mean IoU of those that were moved."""

    kept: int = 0
    relabelled: int = 0
    moved: int = 0
    added: int = 0
    removed: int = 0
    overlap: float | None = None


class Edited(Struct):
    """What became of the suggestions for one control.

    ``unchanged`` is the share of ``answers`` that say what was suggested; ``distance`` (of texts) the mean
    normalised Levenshtein distance from suggestion to answer, 0 to 1; ``regions`` None: it has none.
    """

    kind: Kind
    answers: int
    unchanged: Proportion
    regions: Regions | None = None
    distance: float | None = None


class ModelAnchored(Struct, frozen=True):
    """What became of the suggestions of one model, by its version."""

    answers: int
    made_from: int
    accepted: Proportion


class MarkedAnchored(Struct, frozen=True):
    """Regions of one control by where the tool says they come from.

    ``accepted`` is the share of ``suggested`` ones that are still there which nobody changed; ``drawn``
    counts those drawn by hand.
    """

    suggested: int
    accepted: Proportion
    drawn: int


class AnnotatorAnchored(Struct):
    """One annotator. ``made_from`` of the ``answers`` were made from a suggestion, as the tool says."""

    answers: int
    made_from: int
    accepted: Proportion
    agreement: Apart
    controls: dict[str, Edited] = field(default_factory=dict)


class AnchoringReport(Struct):
    """Everything that is known of suggestions and answers.

    ``accepted`` is the share of ``answers`` that left everything as suggested. ``share`` and ``seed`` are of
    the lot by which suggestions were given, None where they are not known. ``limits``: what a reader must
    know of the figures. ``conclusions``: what follows from them, and what to do. Of ``items_silent``
    nothing was suggested; by lot, ``items_unshown`` have an answer made without the suggestion that their
    lot has (0 where the input holds no predictions), and ``items_seen`` a suggestion that it has
    not. ``models`` is by version. ``marks`` is by control, where the tool keeps no predictions but tells of
    each region where it comes from.
    """

    items_with: int
    items_without: int
    items_mixed: int
    answers: int
    made_from: int
    accepted: Proportion
    controls: dict[str, Edited]
    agreement: dict[str, Apart]
    annotators: dict[str, AnnotatorAnchored]
    share: float | None = None
    seed: int | None = None
    limits: list[str] = field(default_factory=list)
    conclusions: list[str] = field(default_factory=list)
    items_silent: int = 0
    items_unshown: int = 0
    items_seen: int = 0
    models: dict[str, ModelAnchored] = field(default_factory=dict)
    marks: dict[str, MarkedAnchored] = field(default_factory=dict)


def anchoring_report(
    state: Anchoring,
    template: Template,
    names: Mapping[str, str],
    seed: int,
    resamples: int,
    lot: Lot | None = None,
) -> AnchoringReport | None:
    """The report of a state, with ``names`` in place of annotators' ids; None if nothing was suggested."""
    marks = _marks(state, template)
    if not state.predictions and lot is None:
        return _unknown(state, marks) if marks else None
    totals = [sum(column) for column in zip(*state.accepted.values(), strict=True)] or [0, 0, 0]
    answers, made_from, accepted = totals
    people = {who: state.people.get(who, {}) for who in {*state.people, *state.accepted}}
    shown, blind, mixed = state.items
    agreement = {n: apart(state.agreed[n], seed, resamples) for n in template.controls if n in state.agreed}
    return AnchoringReport(
        shown,
        blind,
        mixed,
        answers,
        made_from,
        proportion(accepted, answers),
        {name: _edited(template, name, found.values()) for name, found in _ordered(template, state)},
        agreement,
        {
            names[who]: _annotator(state, template, who, scores, seed, resamples)
            for who, scores in sorted(people.items(), key=lambda p: (names[p[0]], p[0]))
        },
        None if lot is None else lot.share,
        None if lot is None else lot.seed,
        _limits(state, made_from, answers, lot),
        conclusions(agreement, (shown, blind), state.seen, lot is not None),
        state.silent,
        state.unshown if state.predictions else 0,
        state.seen,
        {
            name: ModelAnchored(total, linked, proportion(kept, total))
            for name, (total, linked, kept) in sorted(state.models.items())
        },
        marks,
    )


def _marks(state: Anchoring, template: Template) -> dict[str, MarkedAnchored]:
    """By control what is known of regions' origins; nothing where none was suggested."""
    found = {}
    for name in template.controls:
        kept, changed, drawn = state.marks.get(name, (0, 0, 0))
        if kept or changed:
            found[name] = MarkedAnchored(kept + changed, proportion(kept, kept + changed), drawn)
    return found


def _unknown(state: Anchoring, marks: dict[str, MarkedAnchored]) -> AnchoringReport:
    """The report where regions say that they were suggested, and nothing says which items had suggestions."""
    items, none = sum(state.items), proportion(0, 0)
    return AnchoringReport(
        0, 0, items, 0, 0, none, {}, {}, {}, limits=[TAKEN_AWAY], conclusions=[bent.KEEP_BLIND], marks=marks
    )


def _ordered(template: Template, state: Anchoring) -> list[tuple[str, dict[str, Edits]]]:
    return [(name, state.edits[name]) for name in template.controls if name in state.edits]


def _annotator(
    state: Anchoring, template: Template, who: str, scores: Counted, seed: int, resamples: int
) -> AnnotatorAnchored:
    answers, made_from, accepted = state.accepted.get(who, [0, 0, 0])
    found = AnnotatorAnchored(
        answers, made_from, proportion(accepted, answers), apart(scores, seed, resamples)
    )
    for name, people in _ordered(template, state):
        if who in people:
            found.controls[name] = _edited(template, name, [people[who]])
    return found


def _edited(template: Template, name: str, found: Iterable[Edits]) -> Edited:
    kind, total = template.controls[name].kind, Edits()
    for one in found:
        total.add(one)
    edited = Edited(kind, total.answers, proportion(total.unchanged, total.answers))
    if kind in REGIONS:
        overlap = round(total.overlap / MILLION / total.moved, DIGITS) if total.moved else None
        edited.regions = Regions(
            total.kept, total.relabelled, total.moved, total.added, total.removed, overlap
        )
    if kind in WORDS and total.answers:
        edited.distance = round(total.distance / MILLION / total.answers, DIGITS)
    return edited


def _limits(state: Anchoring, made_from: int, answers: int, lot: Lot | None) -> list[str]:
    found = []
    if made_from < answers:
        found.append(NO_LINK)
    if state.undated:
        found.append(UNDATED)
    if not state.items[1]:
        found.append(NO_BLIND)
    elif not state.items[0]:
        found.append(NO_SHOWN)
    elif lot is None:
        found.append(NOT_BY_LOT)
    if not state.predictions:
        found.append(NO_RECORD)
        if any(kept or changed for kept, changed, _ in state.marks.values()):
            found.append(TAKEN_AWAY)
    elif state.unshown:
        found.append(UNSHOWN.format(n=state.unshown, items=state.items[0]))
    if state.seen:
        found.append(SEEN.format(n=state.seen, items=state.items[1]))
    if state.silent:
        found.append(SILENT.format(n=state.silent))
    if state.items[2]:
        found.append(MIXED if lot is None else UNKNOWN_LOT)
    return found


def apart(scores: Counted, seed: int, resamples: int) -> Apart:
    """The two means and their difference, with intervals from resampling the items of both together."""
    shown, blind = (sum(n for (group, _), n in scores.items() if group is side) for side in (True, False))
    none = Measure(state=State.NO_OVERLAP)
    if not shown and not blind:
        return Apart(0, 0, none, none, none)
    from labelwright.quality.resampling import difference

    found = difference(scores, seed, resamples)
    return Apart(shown, blind, found["with"], found["without"], found["difference"])
