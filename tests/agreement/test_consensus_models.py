"""Models of consensus: published numbers, another implementation's labels, and poor data."""

from __future__ import annotations

import warnings
from collections import Counter
from math import log
from typing import Any

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene as CrowdKit
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.consensus._em import code, estimate, scores
from labelwright.consensus.dawid_skene import plugin as dawid_skene
from labelwright.consensus.majority import plugin as majority
from labelwright.consensus.weighted_majority import plugin as weighted
from labelwright.contracts import Control, Decision, Evidence, Patterns, Template
from labelwright.pipeline.goldpart import GoldKeeper, GoldPlan
from labelwright.pipeline.resolve import Resolver, serving
from labelwright.problems import NOWHERE, Problems, UsageError
from labelwright.records import Annotation, Item, ItemKey, Kind

CHOICE = Control(Kind.CHOICE)
# Dawid and Skene 1979, Table 1: the anaesthetists' classes of 45 patients, in order; the first saw each
# patient three times.
OBSERVERS = ("1", "1", "1", "2", "3", "4", "5")
TABLE = (
    "1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 "
    "2322223 4444444 2223343 1111111 2223212 1211111 1112111 1111111 1111111 "
    "2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 "
    "1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 "
    "2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222"
)
PATIENTS = TABLE.split()


def answers(*values: Any, names: str = "abcdefgh") -> list[tuple[str, Any]]:
    return list(zip(names, values, strict=False))


def test_the_anaesthetists() -> None:
    fitted = dawid_skene.fit(CHOICE, Evidence({OBSERVERS: Counter(map(tuple, PATIENTS))}))
    model = fitted.model
    assert model.items == 45 and model.labels == ["1", "2", "3", "4"] and model.converged
    assert model.marginals == pytest.approx([0.3996, 0.4220, 0.1118, 0.0667], abs=5e-5)
    assert model.log_likelihood == pytest.approx(-192.8909, abs=5e-5)
    assert [a.answers for a in model.annotators.values()] == [135, 45, 45, 45, 45]
    differing = []
    for number, patient in enumerate(PATIENTS, 1):
        given = list(zip(OBSERVERS, patient, strict=True))
        if majority.resolve(CHOICE, given).value != fitted.resolve(CHOICE, given).value:
            differing.append(number)
    assert differing == [2, 12, 36]
    for one in model.annotators.values():
        assert one.accuracy is not None and 0.7 < one.accuracy < 0.9
        assert [sum(row) for row in one.confusion] == pytest.approx([1.0] * 4, abs=1e-5)


labelled = st.lists(
    st.lists(st.sampled_from(["x", "y", "z", None]), min_size=4, max_size=4).filter(any),
    min_size=3,
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(labelled, st.integers(0, 6))
def test_labels_are_those_of_crowd_kit(found: list[list[str | None]], iterations: int) -> None:
    # Of a label that an annotator never met, the paper says nothing and crowd-kit assumes something.
    met: list[list[str | None]] = [[label] * 4 for label in "xyz"]
    rows = met + found
    people = ("a", "b", "c", "d")
    patterns: Patterns = {people: Counter(tuple(... if v is None else v for v in row) for row in rows)}
    coded = code(patterns)
    ours = estimate(coded, -np.inf, iterations)
    assert ours.iterations == iterations
    told = [(i, p, v) for i, row in enumerate(rows) for p, v in zip(people, row, strict=True) if v]
    frame = pd.DataFrame(told, columns=["task", "worker", "label"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what pandas will take away from crowd-kit one day
        theirs = CrowdKit(n_iter=iterations + 1, tol=-np.inf).fit(frame)
    expected = theirs.probas_
    pairs = {(coded.people[p], coded.labels[v]): n for n, (p, v) in enumerate(coded.pairs)}
    for number, row in enumerate(rows):
        mine = scores(ours, [pairs[p, v] for p, v in zip(people, row, strict=True) if v])
        assert mine == pytest.approx(expected.loc[number, coded.labels].to_numpy(), abs=1e-4)


def test_blocks_do_not_change_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns: Patterns = {OBSERVERS: Counter(map(tuple, PATIENTS))}
    whole = estimate(code(patterns), 1e-8, 1000)
    monkeypatch.setattr("labelwright.consensus._em.CELLS", 40)
    coded = code(patterns)
    parts = estimate(coded, 1e-8, 1000)
    assert len(coded.blocks) > 3
    assert parts.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-9)
    assert parts.rates == pytest.approx(whole.rates, abs=1e-9)


@pytest.mark.parametrize(
    "patterns",
    [
        {("a",): {("x",): 5, ("y",): 1}},  # one annotator
        {("a",): {("x",): 2}, ("b",): {("y",): 3}},  # no overlap
        {("a", "b"): {("x", "x"): 9}},  # always the same
        {("a", "b"): {("x", "x"): 3, ("y", "y"): 3}, ("c",): {("y",): 1}},  # one answer of one annotator
        {("a", "b"): {("x", ...): 3, (..., ...): 2, (..., "y"): 2}},  # nothing said of some items
    ],
)
def test_poor_data_gives_what_was_answered(patterns: Patterns) -> None:
    for rule in (dawid_skene, weighted):
        fitted = rule.fit(CHOICE, Evidence(patterns))
        for who, found in patterns.items():
            for pattern in found:
                said = [(a, v) for a, v in zip(who, pattern, strict=True) if v is not ...]
                if said:
                    assert fitted.resolve(CHOICE, said) == Decision(said[0][1], (), len(said)), rule.name


def test_two_who_always_differ_are_a_tie() -> None:
    fitted = dawid_skene.fit(CHOICE, Evidence({("a", "b"): {("x", "y"): 2, ("y", "x"): 2}}))
    assert fitted.resolve(CHOICE, answers("x", "y")) == Decision(None, ("x", "y"), 1)


def test_five_hundred_annotators() -> None:
    names = tuple(f"n{i:03}" for i in range(500))
    patterns: dict[tuple[str, ...], dict[tuple[Any, ...], int]] = {}
    for item in range(2000):
        who = tuple(sorted(names[(item * k) % 500] for k in (1, 7, 11) if item % 500))
        if len(set(who)) == 3:
            truth = "xyz"[item % 3]
            found = patterns.setdefault(who, {})
            row = (truth, truth, "x" if item % 5 == 0 else truth)
            found[row] = found.get(row, 0) + 1
    fitted = dawid_skene.fit(CHOICE, Evidence(patterns))
    assert fitted.model.converged and len(fitted.model.annotators) > 400
    assert fitted.resolve(CHOICE, [("n001", "y"), ("n007", "y"), ("n011", "y")]).value == "y"
    # Somebody whom the model has never seen has no say, unless nobody else answered.
    assert fitted.resolve(CHOICE, [("n001", "y"), ("stranger", "x")]).value == "y"
    assert fitted.resolve(CHOICE, [("stranger", "x")]).value == "x"


def test_ratings_are_categories_and_a_number_is_one_label_however_written() -> None:
    rating = Control(Kind.RATING)
    fitted = dawid_skene.fit(rating, Evidence({("a", "b", "c"): {(5, 5.0, 3): 4, (3, 3, 3.0): 4}}))
    assert fitted.model.labels == ["3", "5"]
    assert fitted.resolve(rating, answers(5, 5.0, 3)).value == 5


def test_too_many_confusions_are_not_shown() -> None:
    labels = [f"l{i}" for i in range(150)]
    fitted = dawid_skene.fit(CHOICE, Evidence({("a", "b"): {(v, v): 2 for v in labels}}))
    assert all(a.confusion == [] and a.accuracy == 1.0 for a in fitted.model.annotators.values())


def test_gold_weighs_votes() -> None:
    everyone: Patterns = {("a", "b", "c"): {("x", "y", "y"): 4}}
    control = Control(Kind.CHOICE, ["x", "y"])
    gold = {"a": (38, 38), "b": (3, 4), "c": (3, 4)}
    fitted = weighted.fit(control, Evidence(everyone, gold))
    people = fitted.model.annotators
    assert people["a"].accuracy == 39 / 40 and people["b"].accuracy == 4 / 6
    assert people["a"].weight == pytest.approx(log(39)) and people["b"].weight == pytest.approx(log(2))
    # One who is nearly always right stands against two who often are not.
    assert fitted.resolve(control, answers("x", "y", "y")) == Decision("x", (), 1)
    assert fitted.resolve(control, answers("x", "x", "y")) == Decision("x", (), 2)
    assert fitted.resolve(control, [("b", "x"), ("c", "y")]) == Decision(None, ("x", "y"), 1)
    # Somebody without gold counts as all together: (44 + 1) / (46 + 2).
    assert fitted.resolve(control, [("b", "x"), ("stranger", "y")]).value == "y"


def test_votes_no_better_than_chance_count_only_among_themselves() -> None:
    control = Control(Kind.CHOICE, ["x", "y"])
    fitted = weighted.fit(control, Evidence({}, {"a": (0, 9), "b": (0, 9), "c": (1, 9), "d": (8, 8)}))
    assert fitted.model.annotators["a"].weight == 0.0
    assert fitted.resolve(control, answers("x", "x", "x", "y")).value == "y"
    assert fitted.resolve(control, answers("x", "x", "y")) == Decision("x", (), 2)
    # Among more labels the same accuracy is worth something.
    many = weighted.fit(Control(Kind.CHOICE, list("vwxyz")), Evidence({}, {"a": (3, 8)}))
    assert many.model.annotators["a"].weight == pytest.approx(log(4 * 4 / 6))


def test_without_gold_every_vote_is_one() -> None:
    fitted = weighted.fit(CHOICE, Evidence({("a", "b", "c"): {("x", "y", "y"): 1}}))
    assert {a.weight for a in fitted.model.annotators.values()} == {1.0}
    assert fitted.resolve(CHOICE, answers("x", "y", "y")) == majority.resolve(CHOICE, answers("x", "y", "y"))


def annotation(annotator: str, label: Any, reference: bool = False) -> Annotation:
    return Annotation(annotator, annotator, {"c": label}, reference=reference)


def test_gold_counts_what_the_references_say_and_merges() -> None:
    items = [
        [annotation("a", "x"), annotation("b", "y"), annotation("r", "x", True)],
        [annotation("a", "x"), annotation("r", "y", True), annotation("s", "y", True)],
        [annotation("a", "x"), annotation("r", "x", True), annotation("s", "y", True)],  # tells nothing
        [annotation("a", "x"), annotation("b", "x")],  # no gold
    ]
    control = Control(Kind.CHOICE)
    whole, first, second = (
        GoldKeeper(Template("t", controls={"c": control}), GoldPlan(), [], Problems()) for _ in range(3)
    )
    for number, given_here in enumerate(items):
        item = Item(ItemKey("", "", str(number)), {}, given_here)
        assert whole.take(item, given_here, NOWHERE) == (number != 3)
        (first if number % 2 else second).take(item, given_here, NOWHERE)
    first.state.merge(second.state)
    assert whole.state.of("c", control) == first.state.of("c", control) == {"a": (1, 2), "b": (0, 1)}
    assert whole.state.of("other", control) == {}


def test_each_control_has_a_rule_that_serves_it() -> None:
    controls = {kind.value: Control(kind) for kind in Kind}
    controls["inner"] = Control(Kind.CHOICE, on="spans")
    template = Template("t", controls=controls)
    written = {"text": "nearest", "json": "nearest", "transcript": "majority"}
    everywhere = {kind.value: "majority" for kind in Kind} | written
    expected = {
        "majority": everywhere,
        "nearest": dict.fromkeys(everywhere, "nearest"),
        "unanimous": dict.fromkeys(everywhere, "unanimous"),
        "dawid-skene": everywhere | dict.fromkeys(("choice", "preference", "rating"), "dawid-skene"),
        "bradley-terry": everywhere | {"ranking": "bradley-terry"},
        "median": everywhere | dict.fromkeys(("number", "rating"), "median"),
    }
    for name, rules in expected.items():
        assert {control: rule.name for control, rule in serving(template, name).items()} == rules
    with pytest.raises(UsageError, match="'median' serves no control of template t"):
        serving(Template("t", controls={"c": Control(Kind.CHOICE)}), "median")


def test_a_reference_stands_before_a_model() -> None:
    template = Template("t", controls={"c": CHOICE})
    people = ("a", "b", "r", "s")
    evidence = Evidence({people: {("x", "x", "x", "x"): 9, ("y", "y", "y", "x"): 3}})
    resolver = Resolver(template, "dawid-skene", models={"c": dawid_skene.fit(CHOICE, evidence)})
    votes = [annotation("a", "x"), annotation("b", "x")]
    assert resolver.resolve(votes).answers == {"c": "x"}
    assert resolver.resolve([*votes, annotation("r", "y", True)]).answers == {"c": "y"}
    both = resolver.resolve([*votes, annotation("r", "y", True), annotation("s", "y", True)])
    assert both.answers == {"c": "y"} and both.reference and not both.overruled
