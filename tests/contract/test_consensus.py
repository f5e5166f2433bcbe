"""What every consensus rule promises, whichever it is."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

import msgspec
import pytest

from labelwright.agreement.items import CODED
from labelwright.contracts import AnyRule, ConsensusRule, Control, Evidence, FittedRule, ModelRule, Patterns
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe
from labelwright.records import Kind, Relation, Segment, Shape, Span, Track, Turn
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
    Kind.SHAPES: ((Shape(Box(0, 0, 8, 4), "K"),), (Shape(Box(0, 0, 8, 4), "L"), Shape(Box(20, 0, 4, 4)))),
    Kind.TRACKS: ((Track((Keyframe(0, Box(0, 0, 8, 4)),), "K"),), (Track((Keyframe(0, Box(1, 0, 8, 4)),)),)),
    Kind.TRANSCRIPT: ("four tones", "for tones"),
}
CASES = [(r, k) for r in consensus_rules().values() for k in sorted(r.kinds)]


def ready(rule: AnyRule, kind: Kind, patterns: Patterns) -> ConsensusRule | FittedRule:
    """The rule itself, or the model that it fits to some answers."""
    return rule.fit(Control(kind), Evidence(patterns)) if isinstance(rule, ModelRule) else rule


@pytest.mark.parametrize(("rule", "kind"), CASES, ids=[f"{r.name}-{k}" for r, k in CASES])
def test_a_rule_decides_or_ties_and_never_depends_on_order(rule: AnyRule, kind: Kind) -> None:
    control = Control(kind)
    one, other = VALUES[kind]
    pairs = [(one, one), (one, one), (other, other), (other, other), (one, other), (other, one)]
    patterns: Patterns = {("p", "q"): Counter(pairs)} if kind in CODED else {}  # models serve no others
    fitted = ready(rule, kind, patterns)
    assert fitted.resolve(control, [("p", one)]).value == one
    same = fitted.resolve(control, [("p", one), ("q", one), ("r", one)])
    assert same.value == one and not same.tied
    first = fitted.resolve(control, [("p", one), ("q", other)])
    second = fitted.resolve(control, [("p", other), ("q", one)])
    assert (first.value, first.tied) == (second.value, second.tied)
    assert first.tied or first.value is not None


MODELS = [(r, k) for r, k in CASES if isinstance(r, ModelRule)]


@pytest.mark.parametrize(("rule", "kind"), MODELS, ids=[f"{r.name}-{k}" for r, k in MODELS])
def test_a_model_is_the_same_whatever_the_order_and_survives_pickling(rule: ModelRule, kind: Kind) -> None:
    one, other = VALUES[kind]
    forwards: Patterns = {("p", "q"): {(one, other): 2, (other, other): 1}, ("r",): {(one,): 3}}
    backwards: Patterns = {("r",): {(one,): 3}, ("p", "q"): {(other, other): 1, (one, other): 2}}
    gold = {"p": (3, 4)}
    a, b = (rule.fit(Control(kind), Evidence(p, gold)) for p in (forwards, backwards))
    assert msgspec.json.encode(a.model, order="sorted") == msgspec.json.encode(b.model, order="sorted")
    assert a.model.items == 6 and {n: m.answers for n, m in a.model.annotators.items()} == {
        "p": 3,
        "q": 3,
        "r": 3,
    }
    copied = pickle.loads(pickle.dumps(a))
    answers = [("p", one), ("q", other)]
    assert copied.resolve(Control(kind), answers) == b.resolve(Control(kind), answers)


@pytest.mark.parametrize(("rule", "kind"), MODELS, ids=[f"{r.name}-{k}" for r, k in MODELS])
def test_a_model_of_nothing_still_decides(rule: ModelRule, kind: Kind) -> None:
    one, other = VALUES[kind]
    fitted = rule.fit(Control(kind), Evidence({}))
    assert fitted.model.items == 0
    assert fitted.resolve(Control(kind), [("p", one), ("q", one), ("r", other)]).value == one
    assert set(fitted.resolve(Control(kind), [("p", one), ("q", other)]).tied) == {one, other}


def test_models_take_coded_kinds_and_name_the_rule_for_the_others() -> None:
    for rule, _ in MODELS:
        assert rule.kinds <= CODED
        assert set(consensus_rules()[rule.others].kinds) == set(Kind)


def test_every_kind_has_a_rule() -> None:
    assert {k for r in consensus_rules().values() for k in r.kinds} == set(Kind)
