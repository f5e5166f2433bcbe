"""The bootstrap's intervals have the width that theory gives, over patterns and over blocks."""

import numpy as np
import pytest

from labelwright.agreement.bootstrap import BLOCKS, PATTERNS, resample
from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control
from labelwright.records import Kind


@pytest.mark.parametrize("labels", [3, 200])
def test_width_of_an_interval(labels: int) -> None:
    rng = np.random.default_rng(3)
    items, share = 6000, 0.7
    state = AgreementState({"c": Control(Kind.CHOICE)})
    first = rng.integers(0, labels, items)
    other = np.where(rng.random(items) < share, first, (first + rng.integers(1, labels, items)) % labels)
    for at, pair in enumerate(zip(first.tolist(), other.tolist(), strict=True)):
        state.add(str(at), ["ann", "bob"], [{"c": str(v)} for v in pair])
    found = state.result(seed=4, resamples=1000).controls["c"].measures["percent"]
    assert found.value is not None and found.low is not None and found.high is not None
    expected = 2 * 1.96 * np.sqrt(found.value * (1 - found.value) / items)
    assert found.high - found.low == pytest.approx(expected, rel=0.15)
    assert found.low < found.value < found.high


def test_blocks_hold_every_item_once() -> None:
    counts = np.random.default_rng(1).integers(1, 3 * BLOCKS, PATTERNS + 1)
    blocks, draws = resample(counts, 5, 20)
    held = np.bincount(blocks.rows, blocks.weight, minlength=len(counts))
    assert held.tolist() == counts.tolist()
    assert draws.shape == (20, BLOCKS) and set(draws.sum(axis=1)) == {BLOCKS}
    again = resample(counts, 5, 20)
    assert np.array_equal(again[0].block, blocks.block) and np.array_equal(again[1], draws)


@pytest.mark.parametrize(
    "texts",
    [
        [("a b", "a c"), ("d",), ("e",)],  # one item alone was answered twice
        [("a", "a"), ("b", "b"), ("c", "c")],  # three items that agree are no proof of 1.00 to 1.00
    ],
)
@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.TEXT, Kind.TRANSCRIPT])
def test_resamples_that_are_all_alike_give_no_interval(kind: Kind, texts: list[tuple[str, ...]]) -> None:
    state = AgreementState({"answer": Control(kind=kind)})
    for number, given in enumerate(texts):
        state.add(str(number), [f"p{i}" for i in range(len(given))], [{"answer": text} for text in given])
    percent = state.result(seed=0, resamples=200).controls["answer"].measures["percent"]
    assert percent.value is not None
    assert (percent.low, percent.high) == (None, None)
