"""Spans and relations: exact and partial F1 of each pair, and categories of tokens."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.scores import Scores, cells, compare_pairs, f1, given, pack, per_label
from labelwright.agreement.unitizing import unitize
from labelwright.records import Relation, Span, Value

TOKEN = re.compile(r"\w+|[^\w\s]")
OUTSIDE = ""  # the category of a token that is in no span


class SpanScorer:
    """Scores spans: the same span has the same unit, ends and label."""

    samples = True

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """Exact and partial F1 per pair, specific agreement per label, and pairs of categories.

        With the text, categories are of its tokens (runs of word characters, or single other
        characters). Without it, of the code points that at least one annotator marked: what everybody
        left out is then not known, so that alpha is cautious.
        """
        people, spans = given(who, values)
        scores = compare_pairs(people, spans, _compare)
        scores.parts = per_label([[(s.label, s.key) for s in one] for one in spans])
        if len(people) > 1:
            _add_tokens(scores, spans, text)
            scores.units = unitize(spans, dict(_texts(text)))
        return pack(scores)

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Keep the items whose hash is lowest for gamma, which no sums give."""
        people, spans = given(who, values)
        if len(people) < 2:
            return
        key = (blake2b(item.encode("utf-8", "surrogatepass"), digest_size=8).digest(), item)
        if by < 0:
            kept.remove(key)
        elif kept.wants(key):
            marks = (sorted((s.unit, s.start, s.end, s.label) for s in one) for one in spans)
            kept.put(key, list(marks))


def _compare(left: Sequence[Span], right: Sequence[Span]) -> list[float]:
    """F1 of spans with the same unit, ends and label, summed over all pairs of annotators.

    Formula: 2 x shared spans / (spans of one + spans of the other), sums over pairs and items first.

    Range: 0 to 1.

    At 1: every pair marked the same spans.

    At 0: no span was marked alike.

    Below 0: never.

    Source: Hripcsak and Rothschild 2005, Agreement, the F-measure, and reliability in information retrieval.
    """
    mine, theirs = {s.key for s in left}, {s.key for s in right}
    shared, total = len(mine & theirs), len(mine) + len(theirs)
    exact = f1(shared, len(mine), len(theirs))
    partial = float(total) if shared * 2 == total else 2.0 * partial_credit(mine, theirs)
    return [exact, 1.0, 2.0 * shared, float(total), partial, float(total)]


SpanKey = tuple[str, int, int, str]


def partial_credit(left: set[SpanKey], right: set[SpanKey]) -> float:
    """F1 of spans by overlap: credit 1 for the same ends, 0.5 for an overlap, whatever the label.

    These are the credits of nervaluate's (MIT) "partial" scheme. Each span is matched once, equal ends
    before overlaps and long overlaps before short ones, so that the credit is symmetric.

    Formula: 2 x credit / (spans of one + spans of the other), sums over pairs and items first.

    Range: 0 to 1.

    At 1: every pair marked the same stretches.

    At 0: no two spans overlap.

    Below 0: never.

    Source: Chinchor and Sundheim 1993, MUC-5 evaluation metrics (partial matches).
    """
    found: list[tuple[tuple[object, ...], SpanKey, SpanKey, float]] = []
    for a in left:
        for b in right:
            overlap = min(a[2], b[2]) - max(a[1], b[1])
            same = a[1:3] == b[1:3]
            if a[0] == b[0] and (same or overlap > 0):
                rank = (not same, a[3] != b[3], -overlap, *sorted((a, b)))
                found.append((rank, a, b, 1.0 if same else 0.5))
    used_left: set[SpanKey] = set()
    used_right: set[SpanKey] = set()
    credit = 0.0
    for _, a, b, worth in sorted(found, key=lambda f: f[0]):
        if a not in used_left and b not in used_right:
            used_left.add(a)
            used_right.add(b)
            credit += worth
    return credit


def _add_tokens(scores: Scores, spans: Sequence[Sequence[Span]], text: object) -> None:
    """Krippendorff's alpha over tokens: each token has the labels of the spans that touch it, or none.

    Tokens are runs of word characters and single other characters. Where the text is not known, code
    points that at least one annotator marked stand for them, which makes the value cautious.

    Formula: 1 - D_o / D_e as for nominal alpha, a token being a unit.

    Range: at most 1; the least value depends on the data.

    At 1: every token has the same labels from everybody.

    At 0: labels of one token differ as much as labels of any two.

    Below 0: annotators differ systematically.

    Source: Krippendorff 2011, applied to tokens.
    """
    ranges = {unit: [m.span() for m in TOKEN.finditer(t)] for unit, t in _texts(text)}
    marked: list[dict[tuple[str, int], set[str]]] = []
    for one in spans:
        labels: dict[tuple[str, int], set[str]] = {}
        for span in one:
            for token in _covered(span, ranges):
                labels.setdefault((span.unit, token), set()).add(span.label)
        marked.append(labels)
    units = sorted({u for labels in marked for u in labels})
    found = [["+".join(sorted(m.get(u, ()))) or OUTSIDE for m in marked] for u in units]
    rest = sum(map(len, ranges.values())) - sum(unit in ranges for unit, _ in units)
    if rest > 0:
        found.append([OUTSIDE] * len(spans))
    scores.cells = cells(found, [1] * len(units) + ([rest] if rest > 0 else []))


def _texts(text: object) -> list[tuple[str, str]]:
    if isinstance(text, str):
        return [("", text)]
    return [(str(u), str(t)) for u, t in text.items()] if isinstance(text, Mapping) else []


def _covered(span: Span, ranges: Mapping[str, list[tuple[int, int]]]) -> range:
    """The tokens that a span touches; code points where the text is not known."""
    tokens = ranges.get(span.unit)
    if tokens is None:
        return range(span.start, span.end)
    first = bisect_right(tokens, span.start, key=lambda t: t[1])
    return range(first, bisect_left(tokens, span.end, key=lambda t: t[0]))


class RelationScorer:
    """Scores relations: the same relation has the same ends, label and direction."""

    samples = False

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """Exact F1 per pair, and specific agreement per label."""
        people, relations = given(who, values)
        scores = compare_pairs(people, relations, _compare_relations)
        scores.parts = per_label([[(r.label, r.key) for r in one] for one in relations])
        return pack(scores)

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing is sampled."""


def _compare_relations(left: Sequence[Relation], right: Sequence[Relation]) -> list[float]:
    """F1 of relations with the same ends, label and direction, summed over all pairs of annotators.

    Formula: 2 x shared relations / (relations of one + of the other), sums over pairs and items first.

    Range: 0 to 1.

    At 1: every pair drew the same relations.

    At 0: no relation was drawn alike.

    Below 0: never.

    Source: Hripcsak and Rothschild 2005.
    """
    mine, theirs = {r.key for r in left}, {r.key for r in right}
    shared, total = len(mine & theirs), len(mine) + len(theirs)
    return [f1(shared, len(mine), len(theirs)), 1.0, 2.0 * shared, float(total)]


MEASURES = {
    "span_f1_exact": _compare,
    "span_f1_partial": partial_credit,
    "token_alpha": _add_tokens,
    "relation_f1": _compare_relations,
}
