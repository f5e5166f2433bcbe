"""What is kept of one item of a control whose answers are compared pair by pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations

import msgspec

from labelwright.agreement.items import MISSING
from labelwright.agreement.unitizing import Unitized
from labelwright.contracts import Control
from labelwright.records import Kind, Value

# Measures by kind: name, and whether every item counts once (else numerators and denominators of all
# pairs are summed before they are divided).
METRICS: dict[Kind, tuple[tuple[str, bool], ...]] = {
    Kind.SPANS: (("percent", True), ("span_f1_exact", False), ("span_f1_partial", False)),
    Kind.RELATIONS: (("percent", True), ("relation_f1", False)),
    Kind.TURNS: (("percent", False),),
    Kind.TEXT: (("percent", True), ("chrf", True), ("cer", True), ("cer_similarity", True)),
    Kind.RANKING: (("percent", True), ("kendall_tau_b", True), ("spearman_rho", True)),
    Kind.SEGMENTS: (
        ("percent", False),
        ("marked_percent", False),
        ("event_f1", False),
        ("event_f1_onset", False),
        ("segment_iou", False),
    ),
    Kind.SHAPES: (
        ("percent", True),
        ("shape_f1", False),
        ("shape_f1_75", False),
        ("shape_f1_place", False),
    ),
    Kind.TRACKS: (
        ("percent", True),
        ("track_f1", False),
        ("track_f1_75", False),
        ("track_f1_place", False),
        ("mean_iou", False),
        ("idf1", False),
    ),
    Kind.TRANSCRIPT: (
        ("percent", False),
        ("wer", False),
        ("cer", False),
        ("character_percent", False),
        ("exact", True),
    ),
    Kind.JSON: (("percent", True), ("field_agreement", True), ("exact", True)),
}

OUTLINES = (("mean_iou", False), ("dice", False))  # of shapes other than skeletons
FIGURES = (("oks", False), ("pck", False))  # of skeletons
SKELETON = "skeleton"
FOLLOWING = ("hota", "deta", "assa")  # of tracks too, and no plain quotients
DIARIZATION = (("der", False), ("jer", False))  # measured of segments whose labels are speakers


def metrics_of(control: Control) -> tuple[tuple[str, bool], ...]:
    """The measures of a control that each pair of annotators is scored by."""
    found = METRICS[control.kind]
    if control.kind is Kind.SEGMENTS and control.diarization:
        return found + DIARIZATION
    if control.kind is Kind.SHAPES:
        figures, others = _drawn(control)
        return found + (OUTLINES if others else ()) + (FIGURES if figures else ())
    return found


def _drawn(control: Control) -> tuple[bool, bool]:
    """Whether skeletons may be drawn, and whether anything else may."""
    kinds = set(control.shapes)
    return bool(control.skeletons) or SKELETON in kinds, not kinds or bool(kinds - {SKELETON})


_encode = msgspec.msgpack.Encoder().encode
MOST = 64  # annotators of an item up to which all their pairs are compared


class Scores(msgspec.Struct, array_like=True, gc=False):
    """Scores of one item: per pair numerator and denominator of each metric, in order.

    ``parts`` holds numerators and denominators by label or field path, summed over pairs; ``cells``
    counts pairs of categories given to one unit (token, code point, turn) by two annotators; ``whole``
    is what is measured of all answers of the item together, ``units`` how spans cut its texts.
    """

    who: tuple[str, ...]
    pairs: list[tuple[int, int, list[float]]] = []
    parts: dict[str, list[float]] = {}
    cells: list[tuple[str, str, int]] = []
    whole: list[float] = []
    units: Unitized | None = None


class Paired(msgspec.Struct, array_like=True, gc=False):
    """The first fields of ``Scores``: all that is needed to tell how alike each two answers are."""

    who: tuple[str, ...]
    pairs: list[tuple[int, int, list[float]]] = []


Compare = Callable[[Value, Value], list[float]]


def given(
    who: Sequence[str], values: Sequence[Value], null: bool = False
) -> tuple[tuple[str, ...], list[Value]]:
    """The annotators that answered, and their answers; ``null``: None is an answer."""
    for value in values:
        if value is MISSING or (value is None and not null):
            break
    else:  # nearly always
        return tuple(who), list(values)
    pairs = zip(who, values, strict=True)
    kept = [(a, v) for a, v in pairs if v is not MISSING and (null or v is not None)]
    return tuple(a for a, _ in kept), [v for _, v in kept]


def compare_pairs(who: tuple[str, ...], values: Sequence[Value], compare: Compare) -> Scores:
    """The scores of every pair, or of ``compared`` pairs."""
    return Scores(who, [(i, j, compare(values[i], values[j])) for i, j in compared(len(who))])


def compared(people: int) -> Iterable[tuple[int, int]]:
    """The pairs of an item's annotators that are compared: all, or of more than ``MOST`` people a part.

    Then each is compared with those who follow in a ring, so that everybody takes part alike and the
    work grows with the people, not with their square.
    """
    if people <= MOST:
        return combinations(range(people), 2)
    reach = range(1, max(1, MOST * (MOST - 1) // 2 // people) + 1)
    ring = ((i, (i + step) % people) for i in range(people) for step in reach)
    return sorted((min(pair), max(pair)) for pair in ring)


def pack(scores: Scores) -> tuple[float, bytes]:
    """The item's mean of the first metric, and the scores as bytes (the same for equal scores)."""
    known = [p[2][0] / p[2][1] for p in scores.pairs if p[2][1]]
    mean = sum(known) / len(known) if known else 1.0
    if scores.parts:
        scores.parts = dict(sorted(scores.parts.items()))
    scores.cells.sort()
    return mean, _encode(scores)


def pack_known(scores: Scores) -> bytes:
    """Scores as bytes, whose labels and cells are in order already."""
    return _encode(scores)


def f1(matches: float, left: int, right: int) -> float:
    """The F1 of two sets of which ``matches`` elements match; two empty sets agree fully."""
    return 2.0 * matches / (left + right) if left + right else 1.0


def cells(categories: Iterable[Sequence[str]], counts: Iterable[int]) -> list[tuple[str, str, int]]:
    """Count pairs of categories over units; each unit has one category per annotator."""
    found: dict[tuple[str, str], int] = {}
    for unit, times in zip(categories, counts, strict=True):
        given = sorted(Counter(unit).items())
        for at, (a, n) in enumerate(given):
            for b, m in given[at:]:
                pairs = n * (n - 1) // 2 if a == b else n * m
                if pairs:
                    found[a, b] = found.get((a, b), 0) + times * pairs
    return [(a, b, n) for (a, b), n in found.items()]


def per_label(values: Sequence[Iterable[tuple[str, Hashable]]]) -> dict[str, list[float]]:
    """Twice the shared and all elements of every pair by label: specific agreement's parts."""
    if len(values) < 2:
        return {}
    found: dict[str, list[float]] = {}
    for (label, _), people in Counter(element for v in values for element in set(v)).items():
        part = found.setdefault(label, [0.0, 0.0])
        part[0] += float(people * (people - 1))
        part[1] += float(people * (len(values) - 1))
    return found
