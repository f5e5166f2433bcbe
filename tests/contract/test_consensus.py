"""What every consensus rule promises, whichever it is."""

from __future__ import annotations

from typing import Any

import pytest

from labelwright.contracts import ConsensusRule, Control
from labelwright.records import Kind, Relation, Segment, Span, Turn
from labelwright.registry import consensus_rules

A, B = Span(0, 1, "X", "a"), Span(2, 3, "Y", "b")
VALUES: dict[Kind, tuple[Any, Any]] = {
    Kind.CHOICE: ("a", "b"),
    Kind.CHOICES: (("a",), ("a", "b")),
    Kind.TAXONOMY: ((("a", "b"),), (("c",),)),
    Kind.RATING: (1, 5),
    Kind.NUMBER: (1.5, 2),
    Kind.DATE: ("2026-01-01", "2026-01-02"),
    Kind.TEXT: ("one text", "another text"),
    Kind.SPANS: ((A,), (A, B)),
    Kind.RELATIONS: ((Relation(A, B, "r"),), ()),
    Kind.TURNS: ((Turn(0, "K"),), (Turn(1, "K"),)),
    Kind.JSON: ({"a": 1}, {"a": 2}),
    Kind.RANKING: ((("a",), ("b",)), (("a", "b"),)),
    Kind.PREFERENCE: ("left", "tie"),
    Kind.SEGMENTS: ((Segment(0.0, 1.0, "K"),), (Segment(0.5, 1.5, "L"),)),
    Kind.TRANSCRIPT: ("four tones", "for tones"),
}
CASES = [(r, k) for r in consensus_rules().values() for k in sorted(r.kinds)]


@pytest.mark.parametrize(("rule", "kind"), CASES, ids=[f"{r.name}-{k}" for r, k in CASES])
def test_a_rule_decides_or_ties_and_never_depends_on_order(rule: ConsensusRule, kind: Kind) -> None:
    control = Control(kind)
    one, other = VALUES[kind]
    assert rule.resolve(control, [("p", one)]).value == one
    same = rule.resolve(control, [("p", one), ("q", one), ("r", one)])
    assert same.value == one and not same.tied
    first = rule.resolve(control, [("p", one), ("q", other)])
    second = rule.resolve(control, [("p", other), ("q", one)])
    assert (first.value, first.tied) == (second.value, second.tied)
    assert first.tied or first.value is not None


def test_every_kind_has_a_rule() -> None:
    assert {k for r in consensus_rules().values() for k in r.kinds} == set(Kind)
