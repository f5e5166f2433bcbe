"""Boxes of many images at once: what they find is what is found one by one, and what others find."""

from __future__ import annotations

import pickle
import random
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco
from scipy.optimize import linear_sum_assignment

from labelwright.agreement import engine, waiting
from labelwright.agreement.boxes import certain, matches, overlaps
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.likeness import BATCH, Likeness, found_near, placed
from labelwright.agreement.matching import near
from labelwright.agreement.result import Agreement, State
from labelwright.agreement.shapes import ShapeScorer
from labelwright.contracts import Control
from labelwright.geometry.overlap import box_ious
from labelwright.geometry.shapes import Box, Mask, Points
from labelwright.records import Kind, Shape

BOXES = Control(Kind.SHAPES, shapes=["box"])
WHO = ("a", "b")
Drawn = tuple[Shape, ...]


def box_shapes() -> st.SearchStrategy[Drawn]:
    number, size = st.integers(0, 12), st.one_of(st.integers(1, 8), st.just(0), st.floats(0.1, 9))
    box = st.builds(Box, number, number, size, size, st.sampled_from([0.0, 0.0, 0.0, 30.0]))
    shape = st.builds(Shape, box, st.sampled_from(["A", "B", ""]), unit=st.sampled_from(["", "", "1"]))
    return st.lists(shape, max_size=6).map(tuple)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(box_shapes(), box_shapes()), max_size=5))
def test_many_images_at_once_are_what_each_is_alone(images: list[tuple[Drawn, Drawn]]) -> None:
    scorer = ShapeScorer(BOXES)
    found = scorer.score_many([(WHO, image) for image in images])
    assert found == [scorer.score(WHO, image, None) for image in images]


def crowded(chance: random.Random, number: int, reach: float = 40.0) -> Drawn:
    """Boxes that lie on each other."""
    boxes = [
        Box(chance.uniform(0, reach), chance.uniform(0, reach), chance.uniform(5, 30), chance.uniform(5, 30))
        for _ in range(number)
    ]
    return tuple(Shape(box, chance.choice("AB")) for box in boxes)


def test_crowds_of_boxes_too() -> None:
    chance = random.Random(3)
    images = [
        (crowded(chance, chance.randrange(14)), crowded(chance, chance.randrange(14))) for _ in range(60)
    ]
    scorer = ShapeScorer(BOXES)
    found = scorer.score_many([(WHO, image) for image in images])
    assert found == [scorer.score(WHO, image, None) for image in images]


def corners_of(images: list[tuple[Drawn, Drawn]]) -> tuple[Any, Any]:
    boxes = [s.geometry for image in images for drawn in image for s in drawn]
    corners = np.array([(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes]).reshape(-1, 4).T  # type: ignore[union-attr]
    return corners, np.array([(len(a), len(b)) for a, b in images])


@pytest.mark.parametrize("alike", [True, False])
def test_overlaps_are_those_of_coco_and_matches_those_of_scipy(alike: bool) -> None:
    chance = random.Random(7)
    images = [(crowded(chance, 9 if alike else chance.randrange(9)), crowded(chance, 7)) for _ in range(30)]
    corners, sizes = corners_of(images)
    found, made = overlaps(corners, sizes), matches(corners, sizes)
    total, start, every = 0.0, 0, []
    for n, m in sizes.tolist():
        own = np.concatenate([corners[:2], corners[2:] - corners[:2]]).T[start : start + n + m]
        like = np.asarray(coco.iou(own[:n], own[n:], [0] * m)).reshape(n, m)
        assert like == pytest.approx(
            box_ious(corners.T[start : start + n], corners.T[start + n : start + n + m])
        )
        rows, columns = linear_sum_assignment(like, maximize=True)
        total += like[rows, columns].sum()
        every += [(start + i, start + n + j, like[i, j]) for i, j in zip(*np.nonzero(like), strict=True)]
        start += n + m
    assert [*zip(found.left, found.right, strict=True)] == [(i, j) for i, j, _ in every]
    assert found.iou == pytest.approx([how for *_, how in every])
    assert made.iou.sum() == pytest.approx(total, abs=1e-6)
    assert len({*made.left.tolist()}) == len({*made.right.tolist()}) == len(made.left)


def test_certain_pairs_are_in_every_best_assignment() -> None:
    chance = random.Random(11)
    images = [(crowded(chance, 6), crowded(chance, 6)) for _ in range(40)]
    corners, sizes = corners_of(images)
    made, rest = certain(
        overlaps(corners, sizes), np.zeros(len(overlaps(corners, sizes).iou)), corners.shape[1]
    )
    assert len(made.left) > 40 and len(rest.left) > 40  # some are, some are not
    for at, (left, right) in enumerate(images):
        like = np.asarray(box_ious(corners.T[12 * at : 12 * at + 6], corners.T[12 * at + 6 : 12 * at + 12]))
        best = like[linear_sum_assignment(like, maximize=True)].sum()
        for i, j in zip(made.left.tolist(), made.right.tolist(), strict=True):
            if i // 12 == at:
                without = like.copy()
                without[i % 12, j % 12 - 6] = 0.0
                assert without[linear_sum_assignment(without, maximize=True)].sum() < best
        assert len(left) == len(right) == 6


def test_near_boxes_of_one_large_image_are_found_at_once() -> None:
    chance = random.Random(2)
    left, right = placed(crowded(chance, 40)), placed(crowded(chance, 30))
    like = Likeness(BOXES)
    assert len(left) * len(right) > BATCH
    assert sorted(found_near(left, right, like)) == sorted(near(left, right, like))


def result(items: list[tuple[Any, ...]], parts: int = 1, control: Control = BOXES) -> Agreement:
    states = [AgreementState({"c": control}) for _ in range(parts)]
    for number, answers in enumerate(items):
        own = [{"c": a} if a is not None else {} for a in answers]
        states[number % parts].add(str(number), ["a", "b", "c"][: len(own)], own)
    whole = pickle.loads(pickle.dumps(states[0]))
    for state in states[1:]:
        whole.merge(pickle.loads(pickle.dumps(state)))
    found: Agreement = whole.result(resamples=50)
    return found


def test_parts_computed_apart_make_the_same_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    items: list[tuple[Any, ...]] = [(crowded(chance, 5), crowded(chance, 5)) for _ in range(40)]
    items += [(crowded(chance, 3), crowded(chance, 3), crowded(chance, 3)) for _ in range(5)]
    whole = result(items)
    assert result(items, parts=2) == whole
    monkeypatch.setattr(waiting, "MOST", 1)  # one by one
    assert result(items) == whole
    assert hasattr(engine, "AgreementState")


def test_what_waits_can_be_taken_back() -> None:
    chance = random.Random(4)
    items = [(crowded(chance, 4), crowded(chance, 4)) for _ in range(6)]
    state = AgreementState({"c": BOXES})
    for number, (left, right) in enumerate(items):
        state.add(str(number), WHO, [{"c": left}, {"c": right}])
    for number, (left, right) in list(enumerate(items))[3:]:
        state.subtract(str(number), WHO, [{"c": left}, {"c": right}])
    assert state.result(resamples=0) == result_without_resamples(items[:3])


def result_without_resamples(items: list[tuple[Drawn, Drawn]]) -> Agreement:
    state = AgreementState({"c": BOXES})
    for number, (left, right) in enumerate(items):
        state.add(str(number), WHO, [{"c": left}, {"c": right}])
    return state.result(resamples=0)


def measures(*answers: Any, control: Control = BOXES) -> dict[str, Any]:
    return dict(result([answers], control=control).controls["c"].measures)


ONE, OTHER = Shape(Box(0, 0, 10, 10), "A"), Shape(Box(50, 0, 10, 10), "B")


def test_two_who_never_agree_agree_on_nothing() -> None:
    found = result([((ONE,), (OTHER,))] * 3).controls["c"]
    assert [found.measures[n].value for n in ("percent", "shape_f1", "shape_f1_75", "shape_f1_place")] == [
        0.0
    ] * 4
    assert (
        found.measures["mean_iou"].state is State.NO_VARIATION
    )  # nothing matched: there is nothing to measure
    # 12 values, half of them missing: all 6 units differ, by chance 12 x 11 pairs less 6 x 5 + 2 x 3 x 2.
    assert found.measures["krippendorff_alpha"].value == pytest.approx(1 - 1 / ((144 - 54) / (12 * 11)))
    assert found.confusion.missing and found.confusion.labels == ["", "A", "B"]
    assert found.confusion.counts == [[0, 3, 3], [3, 0, 0], [3, 0, 0]]


def test_nothing_drawn_is_an_answer_and_no_answer_is_none() -> None:
    empty = measures((), (ONE,))
    assert (empty["percent"].value, empty["shape_f1"].value) == (0.0, 0.0)
    assert measures(None, (ONE,))["percent"].state is State.ONE_ANNOTATOR
    assert measures((), ())["percent"].value == 1.0
    state = AgreementState({"c": BOXES})
    state.add("1", WHO, [{"c": (ONE,)}, {"c": ()}])
    state.add("2", WHO, [{"c": (ONE,)}, {}])
    found = state.result(resamples=0).controls["c"]
    assert (found.items, found.answers, found.measures["shape_f1_place"].value) == (1, 3, 0.0)


def test_the_same_shapes_agree_in_everything() -> None:
    chance = random.Random(8)
    drawn = crowded(chance, 12)
    found = measures(drawn, drawn[::-1])
    assert {n: found[n].value for n in found} == dict.fromkeys(found, 1.0)
    assert measures((ONE,) * 5, (ONE,) * 5)["mean_iou"].value == 1.0  # five on one place each
    assert measures((ONE,) * 5, (ONE,) * 3)["shape_f1"].value == pytest.approx(6 / 8)


@pytest.mark.parametrize("flat", [Box(3, 3, 0, 5), Box(3, 3, 0, 0), Box(3, 3, 5, 0)])
def test_boxes_without_area_match_their_equals_alone(flat: Box) -> None:
    assert measures((Shape(flat),), (Shape(flat),))["percent"].value == 1.0
    assert measures((Shape(flat),), (Shape(Box(0, 0, 10, 10)),))["percent"].value == 0.0
    assert measures((Shape(flat), ONE), (ONE, Shape(flat)))["mean_iou"].value == 1.0


def test_known_overlaps() -> None:
    moved = Shape(Box(5, 5, 10, 10), "A")
    like = Likeness(BOXES)
    assert like(ONE, moved) == pytest.approx(1 / 7)
    assert like(Shape(Box(0, 0, 1, 1)), Shape(Box(0, 0, 1, 1, 45))) == pytest.approx(0.70711, abs=5e-6)
    found = measures((Shape(Box(0, 0, 10, 10)),), (Shape(Box(0, 0, 10, 6)),))
    assert found["mean_iou"].value == pytest.approx(0.6) and found["dice"].value == pytest.approx(2 * 6 / 16)


def test_dice_of_masks_is_that_of_their_pixels() -> None:
    left, right = Mask(0, 0, 4, 4, (0, 16)), Mask(0, 1, 4, 4, (0, 16))
    found = measures((Shape(left, "A"),), (Shape(right, "A"),), control=Control(Kind.SHAPES))
    one, other = np.zeros((2, 5, 4), bool)
    one[:4], other[1:] = True, True
    assert found["dice"].value == pytest.approx(2 * (one & other).sum() / (one.sum() + other.sum()))
    assert found["mean_iou"].value == pytest.approx((one & other).sum() / (one | other).sum())


def test_measures_are_those_of_what_may_be_drawn() -> None:
    def names(**more: Any) -> set[str]:
        return set(measures((), (), control=Control(Kind.SHAPES, **more)))

    assert {"mean_iou", "dice"} <= names() and not {"oks", "pck"} & names()
    assert {"oks", "pck"} <= names(shapes=["skeleton"]) and not {"dice"} & names(shapes=["skeleton"])
    assert {"oks", "mean_iou"} <= names(shapes=["skeleton", "box"])
    dots = measures(
        (Shape(Points(((1.0, 1.0),))),), (Shape(Points(((3.0, 1.0),))),), control=Control(Kind.SHAPES)
    )
    assert dots["mean_iou"].value == pytest.approx(0.9) and dots["dice"].state is State.NO_VARIATION


@pytest.mark.parametrize("reach", [300.0, 2000.0])
def test_a_thousand_shapes_on_one_image_take_seconds(reach: float) -> None:
    chance = random.Random(6)
    left = crowded(chance, 1000, reach)
    right = tuple(
        Shape(Box(s.geometry.x + 0.5, s.geometry.y, s.geometry.width, s.geometry.height), s.label)  # type: ignore[union-attr]
        for s in left
    )
    began = time.process_time()
    found = measures(left, right)
    assert time.process_time() - began < 30
    corners, sizes = corners_of([(left, right)])
    like = np.asarray(box_ious(corners.T[:1000], corners.T[1000:]))
    rows, columns = linear_sum_assignment(like, maximize=True)
    best = like[rows, columns]
    assert found["shape_f1_place"].value == pytest.approx((best >= 0.5).mean(), abs=1e-3)
    assert found["mean_iou"].value == pytest.approx(best[best >= 0.5].mean(), abs=1e-6)
    assert sizes.tolist() == [[1000, 1000]]


def test_hundreds_of_equal_shapes_take_seconds() -> None:
    began = time.process_time()
    assert measures((ONE,) * 300, (ONE,) * 299)["shape_f1"].value == pytest.approx(598 / 599)
    assert time.process_time() - began < 30


def test_contested_images_come_with_what_was_drawn_and_matched() -> None:
    shifted = Shape(Box(0, 0, 10, 6), "B", unit="")
    found = result([((ONE, OTHER), (shifted,), (OTHER,))])
    drawing = found.contested[0].drawing
    assert drawing is not None and drawing.more == 0
    assert {a: [(s.label, s.geometry) for s in own] for a, own in drawing.shapes.items()} == {
        "a": [("A", ONE.geometry), ("B", OTHER.geometry)],
        "b": [("B", shifted.geometry)],
        "c": [("B", OTHER.geometry)],
    }
    assert [(m.a, m.b, m.left, m.right, m.same) for m in drawing.matches] == [
        ("a", "b", 0, 0, True),
        ("a", "b", 1, None, False),
        ("a", "c", 1, 0, True),
        ("a", "c", 0, None, False),
        ("b", "c", 0, None, False),
        ("b", "c", None, 0, False),
    ]
    assert drawing.matches[0].how == pytest.approx(0.6) and drawing.matches[2].how == 1.0


def test_a_detailed_contested_shape_is_drawn_as_its_box() -> None:
    dots = Mask(0, 0, 200, 101, (0, *[1] * 20200))
    control = Control(Kind.SHAPES)
    found = result([((Shape(dots, "A"),) * 101, (Shape(Box(900, 0, 5, 5), "A"),))], control=control)
    drawing = found.contested[0].drawing
    assert drawing is not None and drawing.more == 0 and len(drawing.shapes["a"]) == 101
    assert drawing.shapes["a"][0].rough and drawing.shapes["a"][0].geometry == Box(0, 0, 199, 101)
    assert not drawing.shapes["b"][0].rough
