"""The best assignment is that of scipy, whatever the shape."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from labelwright.agreement.assignment import assign

few = settings(max_examples=100, deadline=None)

NUMBERS = st.one_of(st.integers(-50, 50), st.floats(-1e6, 1e6, allow_nan=False))


@st.composite
def matrices(draw: Any) -> list[list[float]]:
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    return [[draw(NUMBERS) for _ in range(columns)] for _ in range(rows)]


@few
@given(matrices())
def test_gain_is_the_highest(gain: list[list[float]]) -> None:
    found = assign(gain)
    assert len(found) == min(len(gain), len(gain[0]))
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    assert found == sorted(found) == assign([row[:] for row in gain])
    best = np.array(gain)[linear_sum_assignment(np.array(gain), maximize=True)].sum()
    total = sum(gain[i][j] for i, j in found)
    assert abs(total - best) <= 1e-9 * max(1.0, sum(abs(v) for row in gain for v in row))


def test_nothing_to_assign() -> None:
    assert assign([]) == assign([[]]) == assign([[], []]) == []
    assert assign([[0, 0], [0, 0]]) == [(0, 0), (1, 1)]


def test_large() -> None:
    gain = np.random.default_rng(3).integers(0, 10**9, (70, 90))
    found = assign(gain.tolist())
    rows, columns = linear_sum_assignment(gain, maximize=True)
    assert found == list(zip(rows.tolist(), columns.tolist(), strict=True))
