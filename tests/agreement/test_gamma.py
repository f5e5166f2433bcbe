"""Gamma: alignments beside brute force and pygamma-agreement, and what a result says."""

import logging
import random
import statistics
import warnings
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyannote.core import Segment

from labelwright.agreement.alignment import Budget, Unit, best_disorder, dissimilarity
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.gamma import disorders
from labelwright.agreement.result import Measure, State
from labelwright.contracts import Control
from labelwright.records import Kind, Span

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its docstrings hold escapes that Python warns of
    from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum, ShuffleContinuumSampler

marks = st.lists(st.tuples(st.integers(0, 14), st.integers(1, 9), st.sampled_from("AB")), max_size=2)


def units_of(item: Sequence[Sequence[tuple[int, int, str]]]) -> list[Unit]:
    return sorted({Unit(s, s + n, label, who) for who, one in enumerate(item) for s, n, label in one})


def brute(units: Sequence[Unit], annotators: int) -> float:
    """The least cost over all ways to group units."""
    pairs = annotators * (annotators - 1) / 2

    def cost(group: Sequence[Unit]) -> float:
        inside = list(combinations(group, 2))
        return (sum(dissimilarity(a, b) for a, b in inside) + pairs - len(inside)) / pairs

    def least(rest: Sequence[Unit], groups: list[list[Unit]]) -> float:
        if not rest:
            return sum(map(cost, groups))
        one, *others = rest
        found = least(others, [*groups, [one]])
        for at, group in enumerate(groups):
            if all(u.owner != one.owner for u in group):
                grown = [*groups[:at], [*group, one], *groups[at + 1 :]]
                found = min(found, least(others, grown))
        return found

    return least(units, [])


@settings(max_examples=60, deadline=None)
@given(st.lists(marks, min_size=2, max_size=4))
def test_the_best_alignment_is_that_of_brute_force(item: list[list[tuple[int, int, str]]]) -> None:
    units = units_of(item)
    assert best_disorder(units, len(item)) == pytest.approx(brute(units, len(item)), abs=1e-9)


def test_the_best_alignment_is_that_of_pygamma() -> None:
    logging.getLogger().setLevel(logging.ERROR)
    costs = CombinedCategoricalDissimilarity(delta_empty=1, alpha=1, beta=1)
    rng = random.Random(2)
    for annotators in (2, 2, 3, 3, 4):
        item = [
            [(rng.randrange(60), rng.randint(2, 9), rng.choice("AB")) for _ in range(4)]
            for _ in range(annotators)
        ]
        units, continuum = units_of(item), Continuum()
        for unit in units:
            continuum.add(str(unit.owner), Segment(unit.start, unit.end), unit.label)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = continuum.get_best_alignment(costs).disorder * len(units) / annotators
        assert best_disorder(units, annotators) == pytest.approx(theirs, abs=1e-4)


def apart(rng: random.Random, annotators: int, jitter: int) -> list[list[tuple[int, int, str]]]:
    """Five units a person that lie ``jitter`` or less from where others put them; some labels differ."""
    truth = [(20 * at + rng.randrange(6), rng.randint(4, 10), rng.choice("AB")) for at in range(5)]
    return [
        [
            (s + rng.randint(0, jitter), n, rng.choice("AB") if rng.random() < jitter / 40 else label)
            for s, n, label in truth
        ]
        for _ in range(annotators)
    ]


@pytest.mark.parametrize(("annotators", "jitter"), [(2, 3), (2, 12), (3, 12)])
def test_its_value_is_that_of_pygamma(annotators: int, jitter: int) -> None:
    """Chance is sampled by both; over 120 samples each, 0.05 is beyond what sampling explains."""
    logging.getLogger().setLevel(logging.ERROR)
    item = apart(random.Random(7 * annotators + jitter), annotators, jitter)
    marks = [[("", s, s + n, label) for s, n, label in one] for one in item]
    found = [disorders(marks, seed) for seed in range(8)]
    disorder = [f[0] for f in found if f is not None]
    by_chance = statistics.mean(f[1] for f in found if f is not None)
    continuum = Continuum()
    for unit in units_of(item):
        continuum.add(str(unit.owner), Segment(unit.start, unit.end), unit.label)
    np.random.seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        costs = CombinedCategoricalDissimilarity(delta_empty=1, alpha=1, beta=1)
        sampler = ShuffleContinuumSampler(pivot_type="int_pivot")
        theirs = continuum.compute_gamma(costs, n_samples=120, sampler=sampler).gamma
    assert 1 - disorder[0] / by_chance == pytest.approx(theirs, abs=0.05)


def gamma(items: Sequence[Sequence[Sequence[tuple[int, int, str]]]], seed: int = 0) -> Measure:
    state = AgreementState({"c": Control(Kind.SPANS)})
    for at, item in enumerate(items):
        answers = [{"c": tuple(Span(*mark) for mark in one)} for one in item]
        state.add(str(at), [f"a{i}" for i in range(len(item))], answers)
    return state.result(seed=seed, resamples=50).controls["c"].measures["gamma"]


SAME = [[(0, 5, "A"), (20, 28, "B"), (40, 43, "A")]] * 3
NEAR = [[(0, 5, "A"), (20, 28, "B")], [(1, 5, "A"), (20, 27, "B")], [(0, 6, "A")]]
FAR = [[(0, 5, "A")], [(60, 70, "B")]]


def test_meaning_of_its_values() -> None:
    assert gamma([SAME] * 3).value == 1.0
    near = gamma([NEAR, SAME])
    assert near.value is not None and 0.3 < near.value < 1.0
    assert gamma([NEAR, SAME]) == near
    far = gamma([FAR])
    assert far.value is not None and far.value <= 0.0


def test_nothing_to_measure_is_a_state() -> None:
    assert gamma([[[(0, 5, "A")]]]).state is State.ONE_ANNOTATOR
    assert gamma([[[], []]]).state is State.NO_VARIATION
    crowd = [[(i, i + 4, "A") for i in range(40)]] * 3
    assert gamma([crowd]).state is State.TOO_LARGE


def test_a_sample_says_so_and_the_work_is_bounded() -> None:
    found = gamma([SAME] * 30)
    assert found.note == "over a sample of 20 of 30 items" and found.value == 1.0
    assert best_disorder(units_of([[(0, 4, "A")]] * 3), 3, Budget(2)) is None
    assert disorders([[("", 0, 4, "A")]] * 3, 0, Budget(3)) is None
