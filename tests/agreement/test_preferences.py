"""Preferences: three categories, position bias, and Bradley-Terry beside choix."""

from collections.abc import Sequence

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from labelwright.agreement.bradley_terry import bradley_terry
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.intervals import wilson
from labelwright.agreement.position import binomial_p
from labelwright.agreement.result import ControlAgreement, State
from labelwright.contracts import Control
from labelwright.records import LEFT, RIGHT, TIE, Kind, Level

few = settings(max_examples=60, deadline=None)


def measured(rows: Sequence[Sequence[str]], control: Control | None = None) -> ControlAgreement:
    state = AgreementState({"c": control or Control(Kind.PREFERENCE)})
    for at, row in enumerate(rows):
        state.add(str(at), list("ABC")[: len(row)], [{"c": v} for v in row])
    return state.result(resamples=40).controls["c"]


def test_three_categories() -> None:
    rows = [(LEFT, LEFT), (LEFT, TIE), (RIGHT, RIGHT), (TIE, RIGHT)]
    found = measured(rows)
    assert list(found.distribution) == list(found.labels) == [LEFT, TIE, RIGHT]
    assert found.measures["percent"].value == 0.5
    # n = 3, 2, 3: D_o = 4 / 8, D_e = (64 - 22) / 56.
    assert found.measures["krippendorff_alpha"].value == pytest.approx(1 - 0.5 / (42 / 56))
    assert found.labels[TIE]["percent"].value == 0.0
    ordinal = measured(rows, Control(Kind.PREFERENCE, level=Level.ORDINAL)).measures
    # No answers lie at opposite ends, so that the order makes them agree better.
    assert (ordinal["krippendorff_alpha"].value or 0) > (found.measures["krippendorff_alpha"].value or 1)
    forced = measured([(LEFT, RIGHT), (LEFT, LEFT)], Control(Kind.PREFERENCE, labels=[LEFT, RIGHT]))
    assert forced.measures["brennan_prediger"].value == 0.0


def test_position_bias() -> None:
    found = measured([(LEFT, LEFT), (LEFT, TIE), (LEFT, RIGHT), (TIE, RIGHT)])
    overall = found.position
    assert overall is not None
    assert (overall.left, overall.tie, overall.right) == (4, 2, 2)
    assert overall.share_left == pytest.approx(2 / 3)
    assert overall.p == pytest.approx(stats.binomtest(4, 6).pvalue)
    assert set(found.annotator_position) == {"A", "B"}
    assert found.annotator_position["A"].share_left == 1.0
    assert measured([(TIE, TIE)]).annotator_position["A"].share_left is None
    assert measured([("x", "y")], Control(Kind.CHOICE)).position is None


@few
@given(st.integers(0, 400), st.integers(0, 400))
def test_interval_and_probability(left: int, right: int) -> None:
    trials = left + right
    if not trials:
        assert wilson(0, 0) == (0.0, 1.0) and binomial_p(0, 0) == 1.0
        return
    theirs = stats.binomtest(left, trials)
    assert binomial_p(left, trials) == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-300)
    interval = theirs.proportion_ci(method="wilson")
    assert wilson(left, trials) == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_a_large_count_is_no_trouble() -> None:
    assert binomial_p(100_000, 200_000) == 1.0
    assert 0.0 <= binomial_p(90_000, 200_000) < 1e-300


@few
@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_strengths_are_those_of_choix(players: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    wins = rng.integers(0, 4, (players, players)).astype(float)
    np.fill_diagonal(wins, 0)
    wins += np.roll(np.eye(players), 1, axis=1)  # a ring: everybody beats somebody
    np.fill_diagonal(wins, 0)
    games = [(i, j) for i in range(players) for j in range(players) for _ in range(int(wins[i, j]))]
    theirs = choix.opt_pairwise(players, games)
    ours = bradley_terry(wins)
    assert ours.state is State.OK
    assert ours.strengths == pytest.approx((theirs - theirs.mean()).tolist(), abs=2e-4)
    again = bradley_terry(wins)
    assert again == ours


def test_two_players_have_a_closed_form() -> None:
    found = bradley_terry(np.array([[0, 3], [1, 0]]))
    assert found.strengths == pytest.approx([np.log(3) / 2, -np.log(3) / 2])
    # A tie is half a win for each.
    tied = bradley_terry(np.array([[0, 1], [0, 0]]), np.array([[0, 2], [0, 0]]))
    assert tied.strengths == pytest.approx([np.log(2) / 2, -np.log(2) / 2])


def test_what_has_no_finite_strengths_is_undefined() -> None:
    unbeaten = np.array([[0, 2, 1], [0, 0, 1], [0, 1, 0]])
    found = bradley_terry(unbeaten)
    assert found.state is State.NOT_CONNECTED and found.strengths == []
    assert found.groups == [[0], [1, 2]]
    islands = bradley_terry(np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]))
    assert islands.state is State.NOT_CONNECTED and islands.groups == [[0, 1], [2, 3]]
    assert bradley_terry(np.zeros((0, 0))).strengths == []
    assert bradley_terry(np.zeros((1, 1))).strengths == [0.0]


def test_a_prior_makes_every_comparison_finite() -> None:
    found = bradley_terry(np.array([[0, 2, 1], [0, 0, 1], [0, 1, 0]]), prior=0.1)
    assert found.state is State.OK
    assert found.strengths[0] == max(found.strengths)
    assert sum(found.strengths) == pytest.approx(0.0, abs=1e-9)
