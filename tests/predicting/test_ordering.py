"""What items weigh, how they are spread, and that the order saves labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.contracts import Control, Input, Outcome, Template
from labelwright.predicting.files import PlaceFiles
from labelwright.predicting.ordering.features import points
from labelwright.predicting.ordering.spread import spread
from labelwright.predicting.ordering.weighing import Weigher, weight
from labelwright.records import Annotation, Item, ItemKey, Kind

# --- what items weigh ----------------------------------------------------------------------------


def weigher(measure: str, kind: Kind = Kind.CHOICE) -> Weigher:
    return Weigher(
        Template("t", inputs={"text": Input("text")}, controls={"c": Control(kind)}), ["c"], measure
    )


def test_margin_entropy_and_confidence() -> None:
    sure = Outcome({"c": "A"}, shares={"c": {"A": 0.9, "B": 0.1}}, scores={"c": 0.9})
    torn = Outcome({"c": "A"}, shares={"c": {"A": 0.5, "B": 0.5}}, scores={"c": 0.5})
    for measure, low in (("margin", 0.2), ("entropy", 0.468996), ("least-confidence", 0.1)):
        assert weigher(measure).uncertainty(sure) == pytest.approx(low, abs=1e-5)
    assert weigher("margin").uncertainty(torn) == weigher("entropy").uncertainty(torn) == 1.0
    several = Outcome({"c": ("A",)}, shares={"c": {"A": 0.9, "B": 0.4}})
    assert weigher("margin", Kind.CHOICES).uncertainty(several) == pytest.approx(0.8)
    assert weigher("margin").uncertainty(Outcome({"c": "A"}, 0.7)) == pytest.approx(0.3)
    assert weigher("margin").uncertainty(Outcome({"c": "A"})) is None
    assert weigher("margin").uncertainty(Outcome(None)) is None


def test_people_who_differ_weigh_too() -> None:
    item = Item(ItemKey("s", "p", "1"), {"text": "x"}, [])
    people = [Annotation("1", "a", {"c": "A"}), Annotation("2", "b", {"c": "B"})]
    assert weigher("margin").disagreement(item, people, Outcome({"c": "A"})) == pytest.approx(2 / 3)
    assert weigher("margin").disagreement(item, people[:1], Outcome({"c": "A"})) == 0.0
    assert weigher("margin").disagreement(item, people[:1], Outcome(None)) is None


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_either_reason_alone_is_reason_enough(unsure: float, apart: float) -> None:
    both = weight(unsure, apart, True)
    assert max(unsure, apart) - 1e-12 <= both <= 1.0
    assert weight(None, apart, True) == 1.0
    assert weight(None, apart, False) == pytest.approx(apart)


# --- spreading -----------------------------------------------------------------------------------


def circle(*degrees: float) -> Any:
    return np.array([[np.cos(np.radians(d)), np.sin(np.radians(d))] for d in degrees])


def test_the_next_is_the_farthest_from_all_before() -> None:
    found, far = spread(circle(0, 5, 180, 90), np.ones(4), circle(2))
    assert found[0] == 2 and found[1] == 3
    assert far == sorted(far, reverse=True)
    assert far[0] == pytest.approx((1 - np.cos(np.radians(178))) / 2)


def test_weights_pull_forward_and_twins_come_last() -> None:
    at = circle(0, 0, 120, 240)
    assert spread(at, np.ones(4), circle()[:0].reshape(0, 2))[0][-1] in (0, 1)
    assert spread(at, np.array([0.1, 0.1, 0.1, 1.0]), np.zeros((0, 2)))[0][0] == 3
    assert spread(np.zeros((0, 2)), np.zeros(0), np.zeros((0, 2))) == ([], [])


def test_images_of_like_colours_lie_near_each_other(tmp_path: Path) -> None:
    from PIL import Image

    made = {"red1": (200, 10, 10), "red2": (210, 15, 12), "blue": (10, 10, 220)}
    for name, colour in made.items():
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"{name}.png")
    items = [Item(ItemKey("s", "p", n), {"image": f"{n}.png"}, []) for n in (*made, "gone")]
    template = Template("t", inputs={"image": Input("image")})
    with PlaceFiles([str(tmp_path)]) as files:
        found = points(items, template, ["image"], files)
    alike = found @ found.T
    assert alike[0, 1] > 0.9 > alike[0, 2]
    assert not found[3].any(), "a file that cannot be had is nowhere"


# --- the claim -----------------------------------------------------------------------------------


def pool(seed: int) -> tuple[Any, Any]:
    """840 points of length 1 around 24 places of three classes, half of the places with few points."""
    rng = np.random.default_rng(seed)
    sizes = [60] * 12 + [10] * 12
    rows = np.vstack(
        [place + 0.4 * rng.normal(size=(n, 24)) for n in sizes for place in rng.normal(size=(1, 24))]
    )
    wanted = np.repeat(np.arange(24) % 3, sizes)
    mixed = rng.permutation(len(rows))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True))[mixed], wanted[mixed]


def shares(at: Any, wanted: Any, taken: list[int]) -> Any:
    """The shares of three classes for all points, by kernel ridge regression on those that are labelled."""
    known = at[taken]
    alike = np.exp(-4.0 * (1.0 - known @ known.T))
    target = np.eye(3)[wanted[taken]]
    solved = np.linalg.solve(alike + 0.05 * np.eye(len(taken)), target)
    raised = np.exp(6.0 * (np.exp(-4.0 * (1.0 - at @ known.T)) @ solved))
    return raised / raised.sum(axis=1, keepdims=True)


def labels_needed(seed: int, by_order: bool, aim: float = 0.95) -> int:
    """How many labels, ten at a time, until ``aim`` of the whole pool is told rightly."""
    at, wanted = pool(seed)
    weighing = weigher("margin")
    lot = np.random.default_rng(1000 + seed).permutation(len(at))
    taken: list[int] = []
    weights: Any = np.ones(len(at))
    while len(taken) < len(at):
        left = np.array([n for n in lot if n not in set(taken)])
        chosen = spread(at[left], weights[left], at[taken], 10)[0] if by_order else list(range(10))
        taken += left[chosen].tolist()
        told = shares(at, wanted, taken)
        if (told.argmax(axis=1) == wanted).mean() >= aim:
            break
        made = [
            Outcome({"c": "0"}, shares={"c": dict(zip("012", row, strict=True))}) for row in told.tolist()
        ]
        weights = np.array([weight(weighing.uncertainty(one), None, True) for one in made])
    return len(taken)


def test_the_order_reaches_an_accuracy_with_fewer_labels_than_the_lot() -> None:
    ours, by_lot = ([labels_needed(seed, by_order) for seed in range(5)] for by_order in (True, False))
    assert all(mine <= lot for mine, lot in zip(ours, by_lot, strict=True)), (ours, by_lot)
    assert sum(ours) <= 0.6 * sum(by_lot), (ours, by_lot)
