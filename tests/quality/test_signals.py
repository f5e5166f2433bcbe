"""Signals: each raised by what it is for, by nothing less, and the same however the input is cut."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control, Template
from labelwright.contracts.templates import Input
from labelwright.quality import habits as h
from labelwright.quality.habits import Habits, HabitWatcher
from labelwright.quality.signals import (
    Signal,
    chi_square,
    divergence,
    entropy,
    find_signals,
    limit,
    median,
)
from labelwright.records import Annotation, Item, ItemKey, Kind, Prediction

LABELS = ["A", "B", "C"]
TEMPLATE = Template("probe", inputs={"text": Input("text")}, controls={"label": Control(Kind.CHOICE, LABELS)})
IDS = {who: who for who in "abcdef"}


def item(number: int, labels: dict[str, str], text: str = "", predicted: str = "") -> Item:
    annotations = [
        Annotation(f"{number}{w}", w, {"label": v}, prediction="p" if predicted else "")
        for w, v in sorted(labels.items())
    ]
    made = [Prediction("p", "model", {"label": predicted})] if predicted else []
    return Item(ItemKey("", "", str(number)), {"text": text or f"text {number}"}, annotations, made)


def watched(items: list[Item]) -> Habits:
    watcher = HabitWatcher(TEMPLATE)
    for one in items:
        watcher.note(one, one.annotations)
    watcher.state.prune()
    return watcher.state


def signals(
    items: list[Item], times: dict[str, dict[int, int]] | None = None
) -> dict[str, dict[str, Signal]]:
    agreement = AgreementState(TEMPLATE.controls)
    for one in items:
        agreement.add(
            one.key.item, [a.annotator for a in one.annotations], [a.answers for a in one.annotations]
        )
    found = find_signals(times or {}, watched(items), agreement.result(0, 0), IDS)
    return {name: {s.name: s for s in rows} for name, rows in found.items()}


def mixed(count: int, people: str = "abc", seed: int = 1) -> list[Item]:
    source = random.Random(seed)
    return [item(n, dict.fromkeys(people, source.choice(LABELS))) for n in range(count)]


def test_nobody_is_flagged_in_ordinary_work() -> None:
    found = signals(mixed(100), {who: {10: 50, 20: 50} for who in "abc"})
    assert set(found) == set("abc")
    assert {s.name for rows in found.values() for s in rows.values()} >= {
        "speed",
        "longest-run",
        "variety",
        "label-shift",
    }
    assert not [s for rows in found.values() for s in rows.values() if s.flagged]


def test_speed_is_held_against_the_others() -> None:
    times = {"a": {2: 30}, "b": {9: 15, 11: 15}, "c": {40: 30}}
    found = {n: rows["speed"] for n, rows in signals([], times).items()}
    assert (found["a"].value, found["a"].group, found["a"].flagged) == (2, 25.5, True)
    assert not found["b"].flagged
    assert found["c"].flagged and "more" in found["c"].reason
    few = signals([], {"a": {2: 19}, "b": {30: 60}})
    assert not few["a"]["speed"].flagged


def test_a_straight_liner_is_flagged() -> None:
    items = mixed(60, "ab") + [
        item(100 + n, {"a": LABELS[n % 3], "b": LABELS[n % 3], "c": "A"}) for n in range(60)
    ]
    found = signals(items)
    run, variety = found["c"]["longest-run"], found["c"]["variety"]
    assert (run.value, run.flagged, variety.value, variety.flagged) == (60, True, 0.0, True)
    assert "60 times" in run.reason
    assert not found["a"]["longest-run"].flagged


def test_sorted_data_flag_nobody() -> None:
    items = [item(n, dict.fromkeys("abc", LABELS[n // 40])) for n in range(120)]
    found = signals(items)
    assert [found[w]["longest-run"].value for w in "abc"] == [40, 40, 40]
    assert not any(found[w]["longest-run"].flagged for w in "abc")


def test_one_annotator_and_one_answer_raise_nothing() -> None:
    alone = signals([item(n, {"a": "A"}) for n in range(50)], {"a": {1: 50}})
    assert not [s for s in alone["a"].values() if s.flagged]
    assert alone["a"]["speed"].group is None
    single = signals([item(1, {"a": "A", "b": "B"})])
    assert not [s for rows in single.values() for s in rows.values() if s.flagged]


def test_shifted_labels_are_flagged_with_the_label() -> None:
    items = [
        item(n, {"a": LABELS[n % 3], "b": LABELS[n % 3], "c": "B" if n % 4 else "A"}) for n in range(120)
    ]
    shift = signals(items)["c"]["label-shift"]
    assert shift.flagged and shift.reason.startswith("B is 75%") and "33%" in shift.reason


def test_self_agreement_on_the_same_text_and_on_the_same_item() -> None:
    items = [item(n, {"a": "A", "b": LABELS[n % 2]}, text=f"text {n // 2}") for n in range(20)]
    found = signals(items)
    assert (found["a"]["self-agreement"].value, found["a"]["self-agreement"].answers) == (1.0, 10)
    mine = found["b"]["self-agreement"]
    assert (mine.value, mine.group, mine.flagged) == (0.0, 1.0, True)
    watcher = HabitWatcher(TEMPLATE)
    again = [Annotation(str(n), "a", {"label": v}) for n, v in enumerate("AAB")]
    watcher.repeated(again)
    assert watcher.state.self_agreement() == {"a": (3, 1)}


def test_predictions_accepted_unchanged() -> None:
    items = [item(n, {"a": "A", "b": "A" if n % 3 else "B"}, predicted="A") for n in range(40)]
    found = signals(items)
    assert (found["a"]["accepted-predictions"].value, found["a"]["accepted-predictions"].flagged) == (
        1.0,
        True,
    )
    assert not found["b"]["accepted-predictions"].flagged
    everybody = signals([item(n, {"a": "A", "b": "A"}, predicted="A") for n in range(40)])
    assert not everybody["a"]["accepted-predictions"].flagged  # the model may simply be good


EVENTS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from("abc"), st.sampled_from("AB"), min_size=1), st.integers(0, 9)),
    max_size=40,
)


@settings(deadline=None)
@given(EVENTS, st.lists(st.integers(0, 40), max_size=3), st.integers(2, 20))
def test_parts_merge_to_what_one_run_keeps(events: list[Any], cuts: list[int], kept: int) -> None:
    items = [item(n, labels, text=f"text {text}") for n, (labels, text) in enumerate(events)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(h, "KEPT_TWINS", kept)
        whole = watched(items)
        edges = [0, *sorted(cuts), len(items)]
        first, *rest = [watched(items[a:b]) for a, b in pairwise(edges)]
        for part in rest:
            first.merge(part)
    for runs in whole.runs.values():
        for run in runs.values():
            assert run.top[0] >= 1
    tops = [{c: {w: r.top for w, r in runs.items()} for c, runs in s.runs.items()} for s in (first, whole)]
    assert tops[0] == tops[1]
    assert first.self_agreement() == whole.self_agreement() and first.cut == whole.cut


@settings(deadline=None)
@given(st.lists(st.sampled_from("AB"), min_size=1, max_size=30), st.integers(1, 29))
def test_the_longest_run_is_the_longest(values: list[str], cut: int) -> None:
    longest = max(
        len(run)
        for run in "".join(
            v if v == w else v + " " for v, w in zip(values, [*values[1:], ""], strict=True)
        ).split()
    )
    parts = [watched([item(n, {"a": v}) for n, v in enumerate(p)]) for p in (values[:cut], values[cut:]) if p]
    for part in parts[1:]:
        parts[0].merge(part)
    assert parts[0].runs["label"]["a"].top[0] == longest


COUNTS = st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 50), min_size=1)


@settings(deadline=None)
@given(COUNTS, COUNTS)
def test_divergence_is_bounded_and_symmetric(left: dict[str, int], right: dict[str, int]) -> None:
    apart = divergence(left, right)
    assert 0.0 <= apart <= 1.0 + 1e-12 and apart == pytest.approx(divergence(right, left))
    assert divergence(left, left) == pytest.approx(0.0, abs=1e-12)
    if not set(left) & set(right):
        assert apart == pytest.approx(1.0)


def test_statistics_against_known_values() -> None:
    assert entropy({"A": 1, "B": 1, "C": 1, "D": 1}) == 2.0 and entropy({"A": 9}) == 0.0
    square, freedom = chi_square({"A": 10, "B": 20}, {"A": 20, "B": 10})
    assert square == pytest.approx(6.6667, abs=1e-4) and freedom == 1
    for degrees, exact in ((1, 10.828), (2, 13.816), (5, 20.515), (20, 45.315)):  # printed tables
        assert limit(degrees) == pytest.approx(exact, rel=0.035)
    assert limit(0) == float("inf")


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 30), st.integers(1, 5), min_size=1))
def test_the_median_of_a_histogram(histogram: dict[int, int]) -> None:
    assert median(histogram) == float(np.median(np.repeat(list(histogram), list(histogram.values()))))
    assert median({}) is None
