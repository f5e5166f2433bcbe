"""Our figures against independent implementations, on random data with missing answers."""

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics.distance import masi_distance
from sacrebleu.metrics.chrf import CHRF
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from labelwright.agreement.distances import jaccard, masi
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import ControlAgreement, State
from labelwright.agreement.text import chrf_profiles, profile
from labelwright.contracts import Control
from labelwright.records import Kind, Level

LABELS = ["1", "2", "3", "4"]
few = settings(max_examples=25, deadline=None)
answer = st.sampled_from([*LABELS, None])
units = st.lists(st.lists(answer, min_size=3, max_size=3), min_size=1, max_size=12)
full = st.lists(st.lists(st.sampled_from(LABELS), min_size=3, max_size=3), min_size=1, max_size=12)
twos = st.lists(st.lists(st.sampled_from(LABELS), min_size=2, max_size=2), min_size=2, max_size=20)


def measured(rows: list[list[str]], level: Level) -> ControlAgreement:
    state = AgreementState({"c": Control(Kind.CHOICE, labels=LABELS, level=level)})
    for at, row in enumerate(rows):
        state.add(str(at), list("ABC")[: len(row)], [{"c": v} if v else {} for v in row])
    return state.result(resamples=20).controls["c"]


@few
@given(units, st.sampled_from(list(Level)))
def test_alpha(rows: list[list[str]], level: Level) -> None:
    ours = measured(rows, level).measures["krippendorff_alpha"]
    data = np.array([[float(v) if v else np.nan for v in row] for row in rows]).T
    paired = [v for row in rows if sum(v is not None for v in row) > 1 for v in row if v]
    if len(set(paired)) < 2:
        assert ours.value is None and ours.state is not State.OK
        return
    theirs = krippendorff.alpha(data, value_domain=[1, 2, 3, 4], level_of_measurement=level.value)
    assert ours.value == pytest.approx(theirs, abs=1e-9)


@few
@given(full)
def test_fleiss(rows: list[list[str]]) -> None:
    if len({v for row in rows for v in row}) < 2:
        return
    counts = np.array([[row.count(label) for label in LABELS] for row in rows])
    ours = measured(rows, Level.NOMINAL).measures["fleiss_kappa"].value
    assert ours == pytest.approx(fleiss_kappa(counts), abs=1e-9)


@few
@given(twos, st.sampled_from(["", "linear", "quadratic"]))
def test_cohen(rows: list[list[str]], weights: str) -> None:
    left, right = [r[0] for r in rows], [r[1] for r in rows]
    name = f"cohen_kappa_{weights}" if weights else "cohen_kappa"
    found = measured(rows, Level.ORDINAL).measures[name]
    if len({*left, *right}) < 2:
        assert found.state is State.NO_VARIATION
        return
    theirs = cohen_kappa_score(left, right, labels=LABELS, weights=weights or None)
    assert found.value == pytest.approx(theirs, abs=1e-9)


sets = st.frozensets(st.sampled_from("abcd"), max_size=4)


@few
@given(sets, sets)
def test_masi(left: frozenset[str], right: frozenset[str]) -> None:
    ours = masi([left, right])[0, 1]
    expected = 0.0 if not left and not right else masi_distance(set(left), set(right))
    # nltk rounds its factors to .67 and .33.
    assert ours == pytest.approx(expected, abs=4e-3)
    assert 0.0 <= jaccard([left, right])[0, 1] <= 1.0


@few
@given(st.text("abc dé", max_size=30), st.text("abc dé", max_size=30))
def test_chrf(left: str, right: str) -> None:
    theirs = CHRF().sentence_score(left, [right]).score / 100
    assert chrf_profiles(profile(left), profile(right)) == pytest.approx(theirs, abs=1e-9)
