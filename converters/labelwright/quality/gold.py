"""What gold items say of annotators: accuracy with intervals, confusion, and who reaches the target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from labelwright.contracts import Control, Template, path_label
from labelwright.quality.comparing import Comparer
from labelwright.quality.gate import gated_controls
from labelwright.quality.goldstate import MILLION, NOT_GIVEN, GoldState
from labelwright.quality.proportions import Proportion, proportion
from labelwright.records import Kind, Value

FEWEST, MOST = 100, 500  # gold items between which scores are worth their cost
LEAST_ANSWERS = 10  # gold answers below which an annotator's accuracy is not held against a target
SHOWN_LABELS = 60  # labels of a confusion that is shown
NO_ANSWER = ""  # the given label where nothing was given

Pairs = list[tuple[Any, Any, int]]  # gold value, given value, how often
Table = Mapping[tuple[str, str], Pairs]  # by annotator and control

REACHED, BELOW, UNMEASURED, AUTHOR, NO_TARGET = "reached", "below", "not yet measured", "gold author", ""


class GoldConfusion(Struct, frozen=True):
    """How often a label was given where another is gold: ``counts[i][j]`` of ``gold[i]``, ``given[j]``.

    The label "" stands for no answer. Empty for kinds without labels, or with too many to show.
    """

    gold: list[str] = []
    given: list[str] = []
    counts: list[list[int]] = []


class GoldAccuracy(Struct):
    """One annotator on one control of the gold items."""

    accuracy: Proportion
    confusion: GoldConfusion = GoldConfusion()


class AnnotatorGold(Struct):
    """One annotator on the gold items. ``items`` counts those that were scored.

    ``accuracy`` is over all answers to the controls that the gate asks for. ``state`` is ``reached``,
    ``below``, ``not yet measured`` (too few gold answers) or ``gold author`` (too few, but they wrote
    gold answers themselves); empty where no target was asked.
    """

    items: int
    accuracy: Proportion
    state: str = NO_TARGET
    controls: dict[str, GoldAccuracy] = field(default_factory=dict)


class ClassScore(Struct):
    """All annotators on one label of a control.

    ``gold`` counts answers where the label is gold, ``given`` those that gave it, ``right`` both.
    ``recall`` is right / gold, ``precision`` right / given, ``accuracy`` the share of all answers in
    which the label is rightly given or rightly not given.
    """

    gold: int
    given: int
    right: int
    recall: Proportion
    precision: Proportion
    accuracy: Proportion


class GoldReport(Struct):
    """Everything that gold items tell.

    ``items`` are gold items (``by_file`` from the gold file, ``by_flag`` from ground-truth flags).
    ``flags_ignored``: the flags were found to be an import's doing and are no gold. ``trained``: gold
    items were asked to be written to the training file, out of which they are kept otherwise. ``own``
    counts the answers that gold was taken from, which were not scored.
    """

    items: int
    by_file: int
    by_flag: int
    flags_ignored: bool
    trained: bool
    target: float | None
    least_answers: int
    annotators: dict[str, AnnotatorGold]
    classes: dict[str, dict[str, ClassScore]]
    own: int = 0


def gold_report(
    state: GoldState,
    template: Template,
    names: Mapping[str, str],
    *,
    target: float | None = None,
    least_answers: int = LEAST_ANSWERS,
    flags_ignored: bool = False,
    trained: bool = False,
) -> GoldReport:
    """The scores of a state, with ``names`` in place of annotators' ids."""
    report = GoldReport(
        state.items, state.by_file, state.by_flag, flags_ignored, trained, target, least_answers, {}, {},
        sum(state.own.values()),
    )  # fmt: skip
    asked, pairs = gated_controls(template), state.pairs()
    people = {*state.answered, *state.own, *(state.authors if target is not None else ())}
    for person in sorted(people, key=lambda p: (names[p], p)):
        one = _annotator(state, template, person, asked, pairs)
        one.state = _standing(one, target, least_answers, person in state.authors)
        report.annotators[names[person]] = one
    for name, control in template.controls.items():
        everybody = [pair for (_, asked_of), found in pairs.items() if asked_of == name for pair in found]
        if everybody and control.kind in _LABELLED:
            report.classes[name] = _classes(control, everybody)
    return report


def untrusted(state: GoldState, template: Template, annotators: Iterable[str], target: float,
              least_answers: int) -> dict[str, str]:  # fmt: skip
    """The annotators (ids) whose work does not count, with their standing: below or not yet measured."""
    asked, pairs = gated_controls(template), state.pairs()
    found = {}
    for person in annotators:
        standing = _standing(
            _annotator(state, template, person, asked, pairs), target, least_answers, person in state.authors
        )
        if standing in (BELOW, UNMEASURED):
            found[person] = standing
    return found


def _standing(one: AnnotatorGold, target: float | None, least: int, author: bool) -> str:
    """Whether an annotator reaches the target: the accuracy itself counts, not a bound of its interval."""
    if target is None:
        return NO_TARGET
    if one.items < least or one.accuracy.value is None:
        return AUTHOR if author else UNMEASURED
    return REACHED if one.accuracy.value >= target - 1e-9 else BELOW


def _annotator(
    state: GoldState, template: Template, person: str, asked: list[str], pairs: Table
) -> AnnotatorGold:
    controls: dict[str, GoldAccuracy] = {}
    total, answers = 0.0, 0
    for name, control in template.controls.items():
        right, count, given = _answers(state, person, name, control, pairs)
        if not count:
            continue
        controls[name] = GoldAccuracy(proportion(right, count), _confusion(control, given))
        if name in asked:
            total, answers = total + right, answers + count
    return AnnotatorGold(state.answered.get(person, 0), proportion(total, answers), NO_TARGET, controls)


def _answers(
    state: GoldState, person: str, name: str, control: Control, table: Table
) -> tuple[float, int, Pairs]:
    """How much is right of how many answers; and for coded kinds what was given for what."""
    if control.on:
        return 0.0, 0, []
    comparer = Comparer(control)
    if not comparer.coded:
        count, total = state.scores.get((person, name), (0, 0))
        return total / MILLION, count, []
    pairs = table.get((person, name), [])
    right = sum(n for known, given, n in pairs if comparer.score(known, given))
    return float(right), sum(n for _, _, n in pairs), pairs


def label_of(kind: Kind, value: Value) -> str:
    """A value as a label."""
    from labelwright.agreement import codes  # late: it loads numpy

    return codes.label_of(kind, value)


def _label(control: Control, value: Value) -> str:
    return NO_ANSWER if value == NOT_GIVEN else label_of(control.kind, value)


def _confusion(control: Control, pairs: Pairs) -> GoldConfusion:
    counts: dict[tuple[str, str], int] = {}
    for known, given, n in pairs:
        key = (_label(control, known), _label(control, given))
        counts[key] = counts.get(key, 0) + n
    rows, columns = sorted({k for k, _ in counts}), sorted({g for _, g in counts})
    if not counts or max(len(rows), len(columns)) > SHOWN_LABELS:
        return GoldConfusion()
    return GoldConfusion(rows, columns, [[counts.get((r, c), 0) for c in columns] for r in rows])


_LABELLED = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.PREFERENCE, Kind.RATING})


def _members(control: Control, value: Value) -> set[str]:
    """The labels of an answer: each of a set, the one of any other; none of no answer."""
    if value == NOT_GIVEN:
        return set()
    if control.kind is Kind.CHOICES:
        return {str(v) for v in value}
    if control.kind is Kind.TAXONOMY:
        return {path_label(path) for path in value}
    return {label_of(control.kind, value)}


def _classes(control: Control, pairs: Pairs) -> dict[str, ClassScore]:
    total = sum(n for _, _, n in pairs)
    found: dict[str, list[int]] = {}
    for known, given, n in pairs:
        wanted, said = _members(control, known), _members(control, given)
        for label in wanted | said:
            sums = found.setdefault(label, [0, 0, 0])
            sums[0] += n * (label in wanted)
            sums[1] += n * (label in said)
            sums[2] += n * (label in wanted and label in said)
    return {
        label: ClassScore(
            gold,
            given,
            right,
            proportion(right, gold),
            proportion(right, given),
            proportion(total - gold - given + 2 * right, total),
        )
        for label, (gold, given, right) in sorted(found.items())
    }
