"""Rankings: published values, scipy's figures, and the stated policy for what not all ranked."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.ranking import kendall_w, mid_ranks, places, spearman_rho, tau_b
from labelwright.agreement.result import ControlAgreement, State
from labelwright.contracts import Control
from labelwright.records import Kind, Value

few = settings(max_examples=60, deadline=None)
# Shrout and Fleiss 1979: six targets (rows), four judges; 10 is the highest.
SHROUT = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def tiers(scores: list[int]) -> tuple[tuple[str, ...], ...]:
    """The ranking that scores give, the highest first."""
    return tuple(tuple(f"t{i}" for i, s in enumerate(scores) if s == x) for x in sorted(set(scores))[::-1])


def measured(items: list[list[Value]]) -> ControlAgreement:
    state = AgreementState({"c": Control(Kind.RANKING)})
    for at, answers in enumerate(items):
        who = [f"a{i}" for i in range(len(answers))]
        state.add(str(at), who, [{} if v is None else {"c": v} for v in answers])
    return state.result(resamples=40).controls["c"]


def test_shrout_and_fleiss() -> None:
    judges = [tiers(judge) for judge in SHROUT.T.tolist()]
    assert kendall_w([places(j) for j in judges]) == pytest.approx(0.8870, abs=5e-5)
    found = measured([judges])
    assert found.measures["kendall_w"].value == pytest.approx(0.8870, abs=5e-5)
    assert found.measures["percent"].value == 0.0


scores = st.lists(st.integers(0, 5), min_size=5, max_size=5)


@few
@given(scores, scores)
def test_correlations_are_those_of_scipy(left: list[int], right: list[int]) -> None:
    ours = [f(places(tiers(left)), places(tiers(right))) for f in (tau_b, spearman_rho)]
    if len(set(left)) == 1 or len(set(right)) == 1:
        assert ours == [None, None]
        return
    theirs = [stats.kendalltau(left, right, variant="b").statistic, stats.spearmanr(left, right).statistic]
    assert ours == pytest.approx(theirs, abs=1e-12)


@few
@given(st.lists(scores, min_size=3, max_size=6))
def test_w_is_the_statistic_of_friedman(judges: list[list[int]]) -> None:
    ours = kendall_w([places(tiers(j)) for j in judges])
    if all(len(set(j)) == 1 for j in judges):
        assert ours is None
        return
    chi = stats.friedmanchisquare(*np.array(judges).T).statistic
    assert ours == pytest.approx(chi / (len(judges) * 4), abs=1e-12)
    assert -1e-12 <= (ours or 0.0) <= 1 + 1e-12


@few
@given(st.lists(st.lists(st.one_of(st.none(), scores), min_size=3, max_size=3), min_size=1, max_size=6))
def test_means_over_items_with_missing_answers(items: list[list[list[int] | None]]) -> None:
    found = measured([[None if s is None else tiers(s) for s in item] for item in items])
    taus, ws = [], []
    for item in items:
        judges = [s for s in item if s is not None]
        pairs = [(a, b) for i, a in enumerate(judges) for b in judges[i + 1 :]]
        varied = [(a, b) for a, b in pairs if len(set(a)) > 1 and len(set(b)) > 1]
        if varied:
            mean = np.mean([stats.kendalltau(a, b).statistic for a, b in varied])
            taus.append((mean, len(varied) / len(pairs)))
        if len(judges) > 1 and any(len(set(j)) > 1 for j in judges):
            ws.append(kendall_w([places(tiers(j)) for j in judges]))
    tau, w = found.measures["kendall_tau_b"], found.measures["kendall_w"]
    if taus:
        assert tau.value == pytest.approx(
            np.average([t for t, _ in taus], weights=[w for _, w in taus]), abs=1e-9
        )
    else:
        assert tau.value is None and tau.state is not State.OK
    if ws:
        assert w.value == pytest.approx(np.mean(np.array(ws, float)), abs=1e-9)
    else:
        assert w.value is None


def test_partial_rankings_are_compared_where_they_can_be() -> None:
    whole, part = (("a",), ("b",), ("c",)), (("c",), ("a",))
    found = measured([[whole, part, whole]])
    w = found.measures["kendall_w"]
    # Over a and c: two say a first, one says c first.
    assert w.value == pytest.approx(1 / 9)
    assert w.note == "of 1 items only the entries that all ranked are compared"
    # Pairs: opposite, alike (over a, b, c), opposite.
    assert found.measures["kendall_tau_b"].value == pytest.approx(-1 / 3)
    assert found.measures["percent"].value == pytest.approx(1 / 3)
    nothing = measured([[(("a",),), (("b",),)]])
    assert nothing.measures["kendall_w"].state is State.NO_VARIATION
    assert nothing.measures["percent"].value == 0.0


def test_a_repeated_entry_counts_at_its_best_place() -> None:
    repeated = (("a",), ("b",), ("a", "c"))
    assert places(repeated) == {"a": 0, "b": 1, "c": 2}
    found = measured([[repeated, (("a",), ("b",), ("c",))]])
    assert found.measures["kendall_w"].value == 1.0
    assert "1 answers rank an entry twice" in found.measures["kendall_w"].note
    assert found.measures["percent"].value == 0.0


def test_all_alike_is_one_and_one_tier_is_undefined() -> None:
    alike = measured([[(("a",), ("b",))] * 3] * 4).measures
    assert [alike[n].value for n in ("percent", "kendall_w", "kendall_tau_b", "spearman_rho")] == [1.0] * 4
    tied = measured([[(("a", "b"),)] * 3]).measures
    assert tied["percent"].value == 1.0
    assert tied["kendall_w"].state is tied["kendall_tau_b"].state is State.NO_VARIATION


@few
@given(scores)
def test_mid_ranks(one: list[int]) -> None:
    names = [f"t{i}" for i in range(5)]
    expected = stats.rankdata([-s for s in one])
    assert mid_ranks(places(tiers(one)), names) == pytest.approx(expected.tolist())
    assert math.fsum(mid_ranks(places(tiers(one)), names)) == 15
