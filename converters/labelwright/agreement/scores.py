"""What is kept of one item of a control whose answers are compared pair by pair."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations

import msgspec

from labelwright.agreement.items import MISSING
from labelwright.contracts import Control
from labelwright.records import Kind, Value

# Measures by kind: name, and whether every item counts once (else numerators and denominators of all
# pairs are summed before they are divided).
METRICS: dict[Kind, tuple[tuple[str, bool], ...]] = {
    Kind.SPANS: (("percent", True), ("span_f1_exact", False), ("span_f1_partial", False)),
    Kind.RELATIONS: (("percent", True), ("relation_f1", False)),
    Kind.TURNS: (("percent", False),),
    Kind.TEXT: (("percent", True), ("chrf", True), ("cer", True), ("cer_similarity", True)),
    Kind.RANKING: (("percent", True),),
    Kind.SEGMENTS: (
        ("percent", False),
        ("marked_percent", False),
        ("event_f1", False),
        ("event_f1_onset", False),
        ("segment_iou", False),
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

DIARIZATION = (("der", False), ("jer", False))  # measured of segments whose labels are speakers


def metrics_of(control: Control) -> tuple[tuple[str, bool], ...]:
    """The measures of a control that each pair of annotators is scored by."""
    speakers = control.kind is Kind.SEGMENTS and control.diarization
    return METRICS[control.kind] + (DIARIZATION if speakers else ())


class Scores(msgspec.Struct, array_like=True):
    """Scores of one item: per pair numerator and denominator of each metric, in order.

    ``parts`` holds numerators and denominators by label or field path, summed over pairs; ``cells``
    counts pairs of categories given to one unit (token, code point, turn) by two annotators.
    """

    who: tuple[str, ...]
    pairs: list[tuple[int, int, list[float]]] = []
    parts: dict[str, list[float]] = {}
    cells: list[tuple[str, str, int]] = []


Compare = Callable[[Value, Value], list[float]]


def given(
    who: Sequence[str], values: Sequence[Value], null: bool = False
) -> tuple[tuple[str, ...], list[Value]]:
    """The annotators that answered, and their answers; ``null``: None is an answer."""
    pairs = zip(who, values, strict=True)
    kept = [(a, v) for a, v in pairs if v is not MISSING and (null or v is not None)]
    return tuple(a for a, _ in kept), [v for _, v in kept]


def compare_pairs(who: tuple[str, ...], values: Sequence[Value], compare: Compare) -> Scores:
    """The scores of every pair."""
    pairs = [(i, j, compare(values[i], values[j])) for i, j in combinations(range(len(who)), 2)]
    return Scores(who, pairs)


def pack(scores: Scores) -> tuple[float, bytes]:
    """The item's mean of the first metric, and the scores as bytes (the same for equal scores)."""
    known = [p[2][0] / p[2][1] for p in scores.pairs if p[2][1]]
    mean = sum(known) / len(known) if known else 1.0
    scores.parts = dict(sorted(scores.parts.items()))
    scores.cells.sort()
    return mean, msgspec.msgpack.encode(scores)


def f1(matches: float, left: int, right: int) -> float:
    """The F1 of two sets of which ``matches`` elements match; two empty sets agree fully."""
    return 2.0 * matches / (left + right) if left + right else 1.0


def cells(categories: Iterable[Sequence[str]], counts: Iterable[int]) -> list[tuple[str, str, int]]:
    """Count pairs of categories over units; each unit has one category per annotator."""
    found: dict[tuple[str, str], int] = {}
    for unit, count in zip(categories, counts, strict=True):
        for a, b in combinations(sorted(unit), 2):
            found[a, b] = found.get((a, b), 0) + count
    return [(a, b, n) for (a, b), n in found.items()]


def per_label(values: Sequence[Iterable[tuple[str, Hashable]]]) -> dict[str, list[float]]:
    """Twice the shared and all elements of every pair by label: specific agreement's parts."""
    found: dict[str, list[float]] = {}
    for left, right in combinations([set(v) for v in values], 2):
        for label, _ in left & right:
            found.setdefault(label, [0.0, 0.0])[0] += 2.0
        for part in (left, right):
            for label, _ in part:
                found.setdefault(label, [0.0, 0.0])[1] += 1.0
    return found
