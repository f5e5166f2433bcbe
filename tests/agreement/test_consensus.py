"""Consensus rules: what stands, what is a tie."""

from typing import Any

import pytest

from labelwright.consensus.majority import plugin as majority
from labelwright.consensus.median import plugin as median
from labelwright.consensus.nearest import plugin as nearest
from labelwright.consensus.unanimous import plugin as unanimous
from labelwright.contracts import Control, Decision
from labelwright.records import Kind, Span, Turn

ONE, TWO = Span(0, 3, "A", id="x"), Span(4, 6, "B")
X = Turn(0, "x")


def answers(*values: Any) -> list[tuple[str, Any]]:
    return [(f"a{i}", v) for i, v in enumerate(values)]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Kind.CHOICE, ["b", "a", "b"], Decision("b", (), 2)),
        (Kind.CHOICE, ["b", "a"], Decision(None, ("a", "b"), 1)),
        (Kind.RATING, [5, 3, 5.0], Decision(5.0, (), 2)),
        (Kind.CHOICES, [("a", "b"), ("a",), ("a", "c")], Decision(("a",), (), 3)),
        (Kind.CHOICES, [("a", "b"), ("a",)], Decision(None, (("a",), ("a", "b")), 2)),
        (Kind.TAXONOMY, [(("a", "b"),), (("a", "b"),), ()], Decision((("a", "b"),), (), 2)),
        (Kind.SPANS, [(ONE, TWO), (Span(0, 3, "A", id="y"),), ()], Decision((ONE,), (), 2)),
        (Kind.SPANS, [(ONE,), ()], Decision(None, ((), (ONE,)), 0)),
        (Kind.TURNS, [(X,), (X,), (Turn(0, "y"),)], Decision((X,), (), 2)),
        (Kind.JSON, [{"a": 1}, {"a": True}, {"a": 1}], Decision({"a": 1}, (), 2)),
    ],
)
def test_majority(kind: Kind, values: list[Any], expected: Decision) -> None:
    assert majority.resolve(Control(kind), answers(*values)) == expected
    assert majority.resolve(Control(kind), answers(values[0], values[0])).value == values[0]


def test_unanimous() -> None:
    control = Control(Kind.CHOICE)
    assert unanimous.resolve(control, answers("a", "a")) == Decision("a", (), 2)
    assert unanimous.resolve(control, answers("b", "a", "b")) == Decision(None, ("a", "b"))
    differs = unanimous.resolve(Control(Kind.JSON), answers({"a": 1}, {"a": True}))
    assert differs.value is None and len(differs.tied) == 2


def test_nearest() -> None:
    control = Control(Kind.TEXT)
    texts = ["the cat sat on the mat", "the cat sat on a mat", "dogs bark loudly"]
    assert nearest.resolve(control, answers(*texts)).value in texts[:2]
    # Two texts are always a draw: the order of annotators does not decide it.
    assert nearest.resolve(control, answers("b", "a")) == nearest.resolve(control, answers("a", "b"))
    assert nearest.resolve(control, answers("b", "a")).value == "a"
    assert nearest.resolve(Control(Kind.JSON), answers({"a": 1}, {"a": 2}, {"a": 2})).value == {"a": 2}


def test_median() -> None:
    control = Control(Kind.NUMBER)
    assert median.resolve(control, answers(9, 1, 3)) == Decision(3, (), 1)
    assert median.resolve(control, answers(2, 1)) == Decision(1.5, (), 0)
