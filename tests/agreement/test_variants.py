"""Labels that differ by case or blanks are named, never merged."""

import pytest

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.variants import label_problems, variants
from labelwright.contracts import Control
from labelwright.problems import Severity
from labelwright.records import Kind, Span, Value


def test_groups() -> None:
    assert variants(["Spam", "spam ", "SPAM", "ham", "not spam", "Not  Spam"]) == [
        ["Not  Spam", "not spam"],
        ["SPAM", "Spam", "spam "],
    ]
    assert variants(["a", "b", "a"]) == []


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        (Kind.CHOICE, "Spam", "spam"),
        (Kind.CHOICES, ("Spam",), ("spam", "x")),
        (Kind.SPANS, (Span(0, 2, "Spam"),), (Span(0, 2, "spam"),)),
    ],
)
def test_they_stay_apart_and_are_said(kind: Kind, left: Value, right: Value) -> None:
    state = AgreementState({"c": Control(kind)})
    state.add("1", ["ann", "bob"], [{"c": left}, {"c": right}])
    state.add("2", ["ann", "bob"], [{"c": left}, {"c": left}])
    found = state.result(resamples=0)
    assert found.controls["c"].measures["percent"].value == 0.5
    (problem,) = label_problems(found)
    assert problem.code == "agreement.labels-differ-by-case" and problem.severity is Severity.WARNING
    assert "'Spam', 'spam'" in problem.message and problem.place.control == "c"


def test_a_declared_label_counts_and_free_answers_do_not() -> None:
    state = AgreementState({"c": Control(Kind.CHOICE, labels=["Spam"]), "t": Control(Kind.TEXT)})
    state.add("1", ["ann", "bob"], [{"c": "spam", "t": "A"}, {"c": "spam", "t": "a"}])
    assert [p.place.control for p in label_problems(state.result(resamples=0))] == ["c"]
