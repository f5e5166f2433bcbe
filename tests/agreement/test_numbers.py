"""Numbers: intraclass correlations beside published and independent figures, and tolerance."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from labelwright.agreement.coefficients import Array
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import ControlAgreement, State
from labelwright.contracts import Control
from labelwright.records import Kind

few = settings(max_examples=25, deadline=None)
SHROUT = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
PUBLISHED = {
    "icc_1_1": 0.1657,
    "icc_2_1": 0.2898,
    "icc_3_1": 0.7148,
    "icc_1_k": 0.4428,
    "icc_2_k": 0.6201,
    "icc_3_k": 0.9093,
}


def measured(
    rows: Sequence[Sequence[float | None]],
    kind: Kind = Kind.NUMBER,
    tolerance: float = 0.0,
    resamples: int = 40,
) -> ControlAgreement:
    state = AgreementState({"c": Control(kind, tolerance=tolerance)})
    for at, row in enumerate(rows):
        who = [f"a{i}" for i, v in enumerate(row) if v is not None]
        state.add(str(at), who, [{"c": v} for v in row if v is not None])
    return state.result(resamples=resamples).controls["c"]


@pytest.mark.parametrize("kind", [Kind.RATING, Kind.NUMBER])
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (1e6, 1.0), (-3.0, 1e-7)])
def test_shrout_and_fleiss(kind: Kind, shift: float, scale: float) -> None:
    found = measured([[shift + scale * v for v in row] for row in SHROUT], kind).measures
    for name, figure in PUBLISHED.items():
        assert found[name].value == pytest.approx(figure, abs=5e-5), name
        assert found[name].note == ""


complete = st.lists(st.lists(st.integers(1, 6), min_size=3, max_size=3), min_size=3, max_size=12)


@few
@given(complete)
def test_complete_data_beside_least_squares(rows: list[list[int]]) -> None:
    table = np.array(rows, float)
    assume(len({r.mean() for r in table}) > 1)
    centred = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    assume(np.abs(centred).max() > 1e-9)
    n, k = table.shape
    items, judges = np.repeat(np.eye(n), k, axis=0), np.tile(np.eye(k), (n, 1))

    def left(*designs: Array) -> float:
        """The squares that a linear model leaves."""
        design = np.hstack([np.ones((n * k, 1)), *designs])
        fit = design @ np.linalg.lstsq(design, table.ravel())[0]
        return float(((table.ravel() - fit) ** 2).sum())

    b = (left() - left(items)) / (n - 1)
    j = (left() - left(judges)) / (k - 1)
    w, e = left(items) / (n * (k - 1)), left(items, judges) / ((n - 1) * (k - 1))
    # Where a denominator is zero but for rounding there is no value to compare with.
    random, absolute, fixed = b + (k - 1) * w, b + (k - 1) * e + k * (j - e) / n, b + (k - 1) * e
    assume(min(map(abs, (b, random, absolute, fixed, b + (j - e) / n))) > 1e-9)
    theirs = {
        "icc_1_1": (b - w) / (b + (k - 1) * w),
        "icc_1_k": (b - w) / b,
        "icc_2_1": (b - e) / (b + (k - 1) * e + k * (j - e) / n),
        "icc_2_k": (b - e) / (b + (j - e) / n),
        "icc_3_1": (b - e) / (b + (k - 1) * e),
        "icc_3_k": (b - e) / b,
    }
    found = measured(rows).measures
    assert {name: found[name].value for name in theirs} == pytest.approx(theirs, abs=1e-8)


holes = st.lists(
    st.lists(st.one_of(st.none(), st.integers(1, 6)), min_size=3, max_size=3), min_size=2, max_size=12
)


@few
@given(holes)
def test_missing_answers_beside_the_analysis_of_variance(rows: list[list[int | None]]) -> None:
    groups = [[v for v in row if v is not None] for row in rows]
    groups = [g for g in groups if len(g) > 1]
    found = measured(rows).measures["icc_1_1"]
    values = [v for g in groups for v in g]
    if len(groups) < 2 or len(set(values)) < 2:
        assert found.value is None and found.state is not State.OK
        return
    n, total = len(groups), len(values)
    within = sum(float(np.var(g)) * len(g) for g in groups) / (total - n)
    k = (total - sum(len(g) ** 2 for g in groups) / total) / (n - 1)
    between = sum(len(g) * (np.mean(g) - np.mean(values)) ** 2 for g in groups) / (n - 1)
    if within > 1e-12:
        assert between / within == pytest.approx(stats.f_oneway(*groups).statistic, abs=1e-9)
    assert found.value == pytest.approx((between - within) / (between + (k - 1) * within), abs=1e-9)


def test_two_way_takes_the_set_of_annotators_that_answered_most() -> None:
    rows: list[list[float | None]] = [[1, 1, 2], [2, 2, 3], [4, 3, 4], [5, None, 1], [None, 2, 2]]
    found = measured(rows).measures
    alone = measured(rows[:3]).measures
    for name in ("icc_2_1", "icc_2_k", "icc_3_1", "icc_3_k"):
        assert found[name].value == pytest.approx(alone[name].value)
        assert found[name].note == "over 3 of 5 items: those that the same 3 annotators answered"
    assert found["icc_1_1"].value != alone["icc_1_1"].value and found["icc_1_1"].note == ""


def test_no_variation_is_a_state() -> None:
    same = measured([[4, 4], [4, 4], [4, 4]]).measures
    one = measured([[1, 2]]).measures
    alone = measured([[1], [2]]).measures
    for name in PUBLISHED:
        assert same[name].state is State.NO_VARIATION and same[name].value is None
        assert one[name].value is None
        assert alone[name].state is State.ONE_ANNOTATOR


def test_many_distinct_numbers_have_intervals() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=2000)
    rows = (truth[:, None] + rng.normal(size=(2000, 2))).tolist()
    found = measured(rows, resamples=200).measures["icc_1_1"]
    assert found.low is not None and found.high is not None
    assert found.low < 0.5 < found.high and found.high - found.low < 0.1


def test_tolerance() -> None:
    rows: list[list[float | None]] = [[0.8, 0.6], [0.8, 0.8], [1.0, 1.3], [2.0, None]]
    found = measured(rows, tolerance=0.2).measures
    assert found["percent"].value == pytest.approx(1 / 3)
    assert found["within_tolerance"].value == pytest.approx(2 / 3)
    assert "within_tolerance" not in measured(rows).measures


@few
@given(holes, st.integers(1, 3))
def test_tolerance_counts_pairs(rows: list[list[int | None]], tolerance: int) -> None:
    shares = []
    for row in rows:
        given = [v for v in row if v is not None]
        pairs = [abs(a - b) <= tolerance for i, a in enumerate(given) for b in given[i + 1 :]]
        shares += [np.mean(pairs)] if pairs else []
    found = measured(rows, tolerance=tolerance).measures["within_tolerance"]
    assert found.value == (pytest.approx(np.mean(shares)) if shares else None)
