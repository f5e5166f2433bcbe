"""Hundreds of annotators: exact where it is cheap, in part and said so where it is not."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.people import LISTED_PAIRS
from labelwright.agreement.scores import MOST, cells, compared, per_label
from labelwright.agreement.sums import PAIRS_AT_ONCE
from labelwright.contracts import Control
from labelwright.records import Kind

PEOPLE = [f"p{i:03}" for i in range(200)]


def test_measures_over_ranges_of_pairs() -> None:
    rng = np.random.default_rng(2)
    table = rng.integers(0, 3, (5, len(PEOPLE)))
    assert len(PEOPLE) * (len(PEOPLE) - 1) // 2 * len(table) > PAIRS_AT_ONCE
    state = AgreementState({"c": Control(Kind.CHOICE)})
    for at, row in enumerate(table.tolist()):
        state.add(str(at), PEOPLE, [{"c": str(v)} for v in row])
    found = state.result(resamples=20).controls["c"]
    counts = np.array([np.bincount(row, minlength=3) for row in table])
    m = len(PEOPLE)
    shares = (counts * (counts - 1)).sum(axis=1) / (m * (m - 1))
    percent = found.measures["percent"]
    assert percent.value == pytest.approx(shares.mean())
    assert percent.low is not None and percent.high is not None and percent.low < percent.high
    assert found.pairs == [] and found.note.startswith("19,900 pairs of annotators are too many")
    kappas = []
    for a, b in combinations(range(m), 2):
        rows, columns = (np.bincount(table[:, who], minlength=3) / len(table) for who in (a, b))
        chance = float(rows @ columns)
        if chance < 1:
            kappas.append(((table[:, a] == table[:, b]).mean() - chance) / (1 - chance))
    assert found.measures["cohen_kappa"].value == pytest.approx(np.mean(kappas))
    assert len(found.annotators) == m and sum(map(sum, found.confusion.counts)) == m * (m - 1) * len(table)


def test_a_ring_of_pairs_takes_everybody_alike() -> None:
    for people in (2, 3, MOST):
        assert list(compared(people)) == list(combinations(range(people), 2))
    for people in (MOST + 1, 200, 500):
        pairs = list(compared(people))
        assert len(set(pairs)) == len(pairs) <= MOST * (MOST - 1) // 2
        assert all(a < b for a, b in pairs)
        assert len(set(Counter(who for pair in pairs for who in pair).values())) == 1


def test_a_part_of_the_pairs_is_said() -> None:
    state = AgreementState({"c": Control(Kind.TEXT)})
    for at in range(3):
        state.add(str(at), PEOPLE, [{"c": "same" if i % 2 else f"other {i}"} for i in range(len(PEOPLE))])
    found = state.result(resamples=0).controls["c"]
    assert found.note == f"3 items have more than {MOST} answers: a part of their pairs was compared"
    assert 0 < len(found.pairs) <= LISTED_PAIRS
    assert found.items == 3 and found.measures["percent"].value is not None


def test_categories_and_labels_are_counted_without_pairing_people() -> None:
    rng = np.random.default_rng(4)
    units = [[str(v) for v in row] for row in rng.integers(0, 3, (6, 5))]
    expected = Counter(tuple(sorted(pair)) for unit in units for pair in combinations(unit, 2))
    assert {(a, b): n for a, b, n in cells(units, [1] * 6)} == dict(expected)
    values = [{(str(v), i) for i, v in enumerate(row)} for row in rng.integers(0, 3, (4, 5))]
    found = per_label(values)
    for label in "012":
        both = sum(2 * sum(name == label for name, _ in a & b) for a, b in combinations(values, 2))
        either = sum(
            sum(n == label for n, _ in a) + sum(n == label for n, _ in b) for a, b in combinations(values, 2)
        )
        assert found.get(label, [0.0, 0.0]) == [both, either]
