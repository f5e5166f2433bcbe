"""Agreement of shapes and tracks: by hand, and what must hold of any drawing."""

from __future__ import annotations

import json
import sys
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.likeness import Likeness, placed
from labelwright.agreement.matching import matched, near
from labelwright.agreement.result import ControlAgreement, State
from labelwright.contracts import Control
from labelwright.contracts.templates import SkeletonSpec
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import UsageError
from labelwright.records import Kind, Shape, Track

REPLICAS = Path(__file__).parent / "cvat_replicas"
NAMES = {17: "A", 18: "B"}
few = settings(max_examples=60, deadline=None)


def replica(job: int, frame: int) -> tuple[Shape, ...]:
    """What one annotator drew on one frame, as CVAT's server tells it."""
    told = json.loads((REPLICAS / f"replica_{job}_annotations.json").read_text())["shapes"]
    found = []
    for one in told:
        if one["frame"] == frame:
            x1, y1, x2, y2 = one["points"]
            said = tuple(("size", a["value"]) for a in one["attributes"])
            label = NAMES[one["label_id"]]
            found.append(Shape(Box(x1, y1, x2 - x1, y2 - y1), label, str(one["id"]), answers=said))
    return tuple(found)


def replicas() -> AgreementState:
    state = AgreementState({"objects": Control(Kind.SHAPES), "size": Control(Kind.CHOICE, on="objects")})
    for frame in (0, 1):
        drawn: list[dict[str, Any]] = [{"objects": replica(job, frame)} for job in (9, 10, 11)]
        state.add(f"frame {frame}", ["r9", "r10", "r11"], drawn)
    return state


def test_three_replicas_agree_as_counted_by_hand() -> None:
    found = replicas().result(resamples=0).controls["objects"]
    # Pairs that match with their label: 9 and 10 on frame 0, 9 and 11 on frame 1 (where 11 drew two).
    by_two, by_one = 1444 / 1756, 1521 / 1679  # IoU of 40 x 40 boxes moved by 2 and by 1 on both axes
    expected = {
        "percent": (1 / 3 + 2 / 9) / 2,
        "shape_f1": 4 / 14,
        "shape_f1_75": 4 / 14,
        "shape_f1_place": 12 / 14,
        "mean_iou": (1 + 3 * by_two + 2 * by_one) / 6,
        "krippendorff_alpha": 1 / 13,  # AAB, BAB and a B that two did not draw: 1 - (6 / 9) / (52 / 72)
    }
    assert {n: found.measures[n].value for n in expected} == pytest.approx(expected, abs=1e-6)
    labels = {label: measures["percent"].value for label, measures in found.labels.items()}
    assert labels == pytest.approx({"A": 2 / 6, "B": 2 / 8})
    assert found.confusion.labels == ["", "A", "B"]
    assert found.confusion.counts == [[2, 0, 2], [0, 2, 4], [2, 4, 2]]
    pairs = {(p.a, p.b): p.measures["shape_f1"].value for p in found.pairs}
    assert pairs == pytest.approx({("r10", "r11"): 0.0, ("r10", "r9"): 2 / 4, ("r11", "r9"): 2 / 5})


def test_answers_about_shapes_are_compared_on_what_is_the_same() -> None:
    found = replicas().result(resamples=0)
    size = found.controls["size"]
    # Frame 0: two said m, one (of another label) was not asked. Frame 1: one of three said it.
    assert (size.items, size.answers, size.measures["percent"].value) == (1, 3, 1.0)
    state = AgreementState({"objects": Control(Kind.SHAPES), "size": Control(Kind.CHOICE, on="objects")})
    sizes = [replace(BOX, answers=(("size", s),)) for s in "ml"]
    state.add("1", ["a", "b"], [{"objects": (sizes[0],)}, {"objects": (sizes[1], FAR)}])
    found = state.result(resamples=0)
    assert found.controls["size"].measures["percent"].value == 0.0
    assert [c.item for c in found.contested if c.control == "size"] == [
        "1 objects 1: A box from (0, 0) to (8, 4)"
    ]


def test_a_merge_equals_one_run_and_can_be_taken_back() -> None:
    one, other = replicas(), replicas()
    one.merge(other)
    assert one.result(resamples=0).controls["objects"].items == 4
    drawn: list[dict[str, Any]] = [{"objects": replica(job, 0)} for job in (9, 10, 11)]
    one.subtract("frame 0", ["r9", "r10", "r11"], drawn)
    assert one.result(resamples=0).controls["objects"].items == 3


BOX, FAR = Shape(Box(0, 0, 8, 4), "A"), Shape(Box(90, 0, 8, 4), "A")


def measured(left: Any, right: Any, kind: Kind = Kind.SHAPES, **more: Any) -> ControlAgreement:
    state = AgreementState({"c": Control(kind, **more)})
    state.add("1", ["a", "b"], [{"c": left}, {"c": right}])
    return state.result(resamples=0).controls["c"]


def percent(left: Any, right: Any, **more: Any) -> float | None:
    return measured(left, right, **more).measures["percent"].value


def test_who_drew_nothing_agrees_with_who_drew_nothing() -> None:
    found = measured((), ())
    assert found.measures["percent"].value == 1.0
    assert found.measures["shape_f1"].state is State.NO_VARIATION
    assert percent((), (BOX,)) == 0.0


def test_labels_count_for_a_match_but_not_for_a_place() -> None:
    found = measured((BOX,), (replace(BOX, label="B"),))
    assert found.measures["percent"].value == 0.0
    assert found.measures["shape_f1_place"].value == 1.0 and found.measures["mean_iou"].value == 1.0
    # Two things in one place: each finds the one of its label, not the other.
    both = (BOX, replace(BOX, label="B"))
    assert percent(both, both[::-1]) == 1.0


def test_shapes_of_different_images_are_never_the_same() -> None:
    assert percent((replace(BOX, unit="0"),), (replace(BOX, unit="1"),)) == 0.0


def test_the_threshold_comes_after_the_assignment() -> None:
    # The first on the right is as near to both on the left; the second is nearer to the first, at 0.46.
    left = (Shape(Box(0, 0, 100, 10), "A"), Shape(Box(40, 0, 100, 10), "A"))
    right = (Shape(Box(20, 0, 100, 10), "A"), Shape(Box(-30, 0, 90, 10), "A"))
    like = Likeness(Control(Kind.SHAPES))
    made = matched(placed(left), placed(right), list(near(placed(left), placed(right), like)))
    assert [(i, j) for i, j, _ in made] == [(0, 1), (1, 0)]
    assert made[0][2] < 0.5 < made[1][2]
    assert percent(left, right) == 0.5


@pytest.mark.parametrize(("width", "same"), [(50.0, 1.0), (49.9, 0.0)])
def test_half_is_enough(width: float, same: float) -> None:
    assert percent((Shape(Box(0, 0, 100, 10)),), (Shape(Box(0, 0, width, 10)),)) == same


def skeleton(*joints: tuple[str, float, float, int]) -> Shape:
    return Shape(Skeleton(tuple(Joint(*j) for j in joints)), "A")


def test_skeletons_are_compared_by_joint() -> None:
    one = skeleton(("head", 0, 0, 2), ("foot", 0, 100, 2), ("hand", 50, 50, 2))
    near_by = skeleton(("head", 1, 0, 2), ("foot", 0, 101, 2), ("hand", 50, 49, 2))
    turned = skeleton(("head", 0, 100, 2), ("foot", 0, 0, 2), ("hand", 50, 50, 2))
    assert percent((one,), (near_by,)) == 1.0
    assert percent((one,), (turned,)) == 0.0  # the same points, with other names
    hidden = skeleton(("head", 0, 0, 2), ("foot", 0, 100, HIDDEN), ("hand", 50, 50, HIDDEN))
    assert percent((one,), (hidden,)) == 0.0  # one joint of three
    sharp = {"A": SkeletonSpec(["head", "foot", "hand"], sigmas=[1e-4] * 3)}
    assert percent((one,), (near_by,), skeletons=sharp) == 0.0


def test_oks_is_that_of_the_formula() -> None:
    # exp(-d^2 / (2 s^2 (2 sigma)^2)) is 0.157377 for d = 10, s^2 = 1e4, sigma = 0.026; one joint is apart.
    spec = {"A": SkeletonSpec(["a", "b"], sigmas=[0.026, 0.026])}
    one = skeleton(("a", 0, 0, 2), ("b", 100, 100, 2))
    other = skeleton(("a", 10, 0, 2), ("b", 100, 100, 2))
    found = Likeness(Control(Kind.SHAPES, skeletons=spec))(one, other)
    scale = (100 * 100 + 90 * 100) / 2
    assert found == pytest.approx((1 + 0.157377 ** (1e4 / scale)) / 2, abs=1e-5)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (Points(((5.0, 5.0),)), Points(((12.0, 5.0),)), 1.0),
        (Points(((5.0, 5.0),)), Points(((17.0, 5.0),)), 0.0),
        (Polyline(((0.0, 0.0), (300.0, 400.0))), Polyline(((20.0, 0.0), (300.0, 420.0))), 1.0),
        (Polyline(((0.0, 0.0), (300.0, 400.0))), Polyline(((0.0, 0.0), (150.0, 200.0))), 0.0),
        (Points(((5.0, 5.0),)), Polyline(((5.0, 5.0), (5.0, 6.0))), 0.0),
        (Mask(0, 0, 2, 2, (0, 4)), Mask(0, 0, 2, 3, (0, 6)), 1.0),
        (Mask(0, 0, 2, 2, (0, 4)), Mask(1, 0, 2, 2, (0, 4)), 0.0),
        (Mask(0, 0, 0, 0, ()), Mask(0, 0, 0, 0, ()), 1.0),
        (Points(()), Points(()), 1.0),
        (Points(()), Points(((1.0, 1.0),)), 0.0),
        (Box(0, 0, 0, 0), Box(0, 0, 0, 0), 1.0),
        (Box(float("nan"), 0, 1, 1), Box(0, 0, 1, 1), 0.0),
    ],
)
def test_every_kind_has_a_likeness(left: Geometry, right: Geometry, same: float) -> None:
    assert percent((Shape(left, "A"),), (Shape(right, "A"),)) == same
    assert percent((Shape(right, "A"),), (Shape(left, "A"),)) == same


L_SHAPE = Polygon.of(((0.0, 0.0), (40.0, 0.0), (40.0, 10.0), (10.0, 10.0), (10.0, 40.0), (0.0, 40.0)))  # 700


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Box(0, 0, 1, 1), Box(0, 0, 1, 1, 45), 0.5**0.5),
        (Box(0, 0, 10, 10), Polygon.of(((0.0, 0.0), (10.0, 0.0), (10.0, 10.0))), 0.5),
        (L_SHAPE, Box(0, 0, 40, 40), 700 / 1600),
        (L_SHAPE, Box(0, 0, 10, 40), 400 / 700),
        (Ellipse(0, 0, 10, 5), Ellipse(0, 0, 5, 10, 90), 1.0),
    ],
)
def test_what_covers_an_area_is_compared_by_it(left: Geometry, right: Geometry, expected: float) -> None:
    like = Likeness(Control(Kind.SHAPES))
    assert like(Shape(left), Shape(right)) == pytest.approx(expected, abs=1e-3)
    assert like(Shape(right), Shape(left)) == pytest.approx(expected, abs=1e-3)


def test_without_shapely_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shapely", None)
    with pytest.raises(UsageError, match=r"needs the package shapely.*pip install 'labelwright\[vision\]'"):
        percent((Shape(L_SHAPE, "A"),), (Shape(Box(0, 0, 10, 40), "A"),))
    assert percent((Shape(L_SHAPE, "A"),), (Shape(L_SHAPE, "A"),)) == 1.0  # equal ones need nothing
    assert percent((Shape(Box(0, 0, 1, 1, 30)),), (Shape(Box(0, 0, 1, 1, 31)),)) == 1.0


def test_what_one_annotator_drew_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> float:
        raise AssertionError("nothing is there to compare with")

    monkeypatch.setattr(Likeness, "__call__", never)
    state = AgreementState({"objects": Control(Kind.SHAPES), "size": Control(Kind.CHOICE, on="objects")})
    state.add("1", ["a"], [{"objects": (Shape(L_SHAPE), BOX, FAR)}])
    assert state.result(resamples=0).controls["objects"].measures["percent"].state is State.ONE_ANNOTATOR


def boxes() -> st.SearchStrategy[Geometry]:
    number = st.integers(0, 12)
    size = st.integers(1, 8)
    return st.builds(Box, number, number, size, size)


def drawings() -> st.SearchStrategy[tuple[Shape, ...]]:
    masks = st.builds(lambda x, w: Mask(x, 0, w, 2, (0, 2 * w)), st.integers(0, 6), st.integers(1, 6))
    spots = st.builds(lambda x, y: Points(((float(x), float(y)),)), st.integers(0, 40), st.integers(0, 9))
    shape = st.builds(Shape, st.one_of(boxes(), masks, spots), st.sampled_from(["A", "B", ""]))
    return st.lists(shape, max_size=5).map(tuple).map(only_one_kind)


def only_one_kind(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Without masks beside boxes: those are compared as polygons, which other tests do."""
    kinds = {Mask} if shapes and isinstance(shapes[0].geometry, Mask) else {Box, Points}
    return tuple(s for s in shapes if type(s.geometry) in kinds)


@few
@given(drawings(), st.randoms(use_true_random=False))
def test_who_draws_the_same_agrees_in_any_order(drawn: tuple[Shape, ...], chance: Any) -> None:
    shuffled = list(drawn)
    chance.shuffle(shuffled)
    assert percent(drawn, tuple(shuffled)) == 1.0


@settings(max_examples=150, deadline=None)
@given(st.lists(boxes(), max_size=5), st.lists(boxes(), max_size=5), st.randoms(use_true_random=False))
def test_agreement_has_no_direction_and_no_order(a: list[Geometry], b: list[Geometry], chance: Any) -> None:
    left, right = (tuple(Shape(g, "AB"[n % 2]) for n, g in enumerate(one)) for one in (a, b))
    found = measured(left, right)
    turned = measured(right, left)
    shuffled = list(left)
    chance.shuffle(shuffled)
    mixed = measured(tuple(shuffled), right)
    for other in (turned, mixed):
        assert {n: m.value for n, m in other.measures.items()} == {
            n: m.value for n, m in found.measures.items()
        }
    for name, measure in found.measures.items():
        if name != "krippendorff_alpha" and measure.value is not None:
            assert 0.0 <= measure.value <= 1.0
    f1, place = found.measures["shape_f1"].value, found.measures["shape_f1_place"].value
    assert (f1 or 0.0) <= (place or 0.0)


@few
@given(st.lists(boxes(), max_size=4), st.lists(boxes(), max_size=4))
def test_no_assignment_is_better(a: list[Geometry], b: list[Geometry]) -> None:
    left, right = placed(tuple(map(Shape, a))), placed(tuple(map(Shape, b)))
    like = Likeness(Control(Kind.SHAPES))
    made = matched(left, right, list(near(left, right, like)))
    assert len({i for i, _, _ in made}) == len({j for _, j, _ in made}) == len(made)
    few_, many = sorted((left, right), key=len)
    best = max(
        sum(like(one.mark, other.mark) for one, other in zip(few_, chosen, strict=True))
        for chosen in permutations(many, len(few_))
    )
    assert sum(how for _, _, how in made) == pytest.approx(best, abs=1e-6)


def test_a_crowd_of_shapes_on_each_other_takes_no_hours() -> None:
    def crowd(by: float) -> tuple[Shape, ...]:
        return tuple(Shape(Box(n % 20 + by, n // 20, 40, 40), "AB"[n % 2]) for n in range(400))

    found = measured(crowd(0), crowd(0.25)).measures
    assert found["percent"].value == 1.0 and found["mean_iou"].value == pytest.approx(39.75 / 40.25)


def test_where_several_assignments_are_as_good_no_order_decides() -> None:
    left = tuple(
        Shape(Box(0, y, 1, h), "AB"[n % 2]) for n, (y, h) in enumerate([(2, 1), (0, 1), (0, 2), (0, 2)])
    )
    right = tuple(Shape(Box(0, 0, 1, h), "AB"[n % 2]) for n, h in enumerate([2, 1, 1]))
    found = {
        tuple(m.value for m in measured(one, other).measures.values())
        for own in permutations(left)
        for one, other in ((own, right), (right, own), (own, right[::-1]))
    }
    assert len(found) == 1


def track(*at: tuple[int, float], label: str = "A", ends: int = 0) -> Track:
    keyframes = [Keyframe(frame, Box(x, 0, 10, 10)) for frame, x in at]
    if ends:
        keyframes.append(Keyframe(ends, Box(at[-1][1], 0, 10, 10), outside=True))
    return Track(tuple(keyframes), label)


def test_tracks_are_compared_between_their_keyframes_too() -> None:
    whole = track((0, 0), (10, 10), ends=11)
    told = track((0, 0), (3, 3), (10, 10), ends=11)  # moves just the same, with a keyframe more
    found = measured((whole,), (told,), Kind.TRACKS)
    assert found.measures["percent"].value == 1.0 and found.measures["mean_iou"].value == pytest.approx(1.0)
    half = track((0, 0), (4, 4), ends=5)  # 5 of 11 frames
    assert measured((whole,), (half,), Kind.TRACKS).measures["track_f1_place"].value == 0.0
    more = track((0, 0), (5, 5), ends=6)  # 6 of 11
    found = measured((whole,), (more,), Kind.TRACKS)
    assert found.measures["track_f1"].value == 1.0
    assert found.measures["mean_iou"].value == pytest.approx(6 / 11)
    other = measured((whole,), (replace(told, label="B"),), Kind.TRACKS)
    assert (other.measures["track_f1"].value, other.measures["track_f1_place"].value) == (0.0, 1.0)


def test_a_last_keyframe_holds_to_the_end_of_the_film() -> None:
    held, ends = track((0, 0)), track((0, 0), ends=4)
    state = AgreementState({"c": Control(Kind.TRACKS)})
    state.add("1", ["a", "b"], [{"c": (held,)}, {"c": (ends,)}], texts={"c": 100.0})
    assert state.result(resamples=0).controls["c"].measures["track_f1"].value == 0.0
    assert measured((held,), (ends,), Kind.TRACKS).measures["track_f1"].value == 1.0  # length not known


def test_long_tracks_are_sampled_evenly() -> None:
    long = track((0, 0.0), (100_000, 50.0), ends=100_001)
    short = track((0, 0.0), (60_000, 30.0), ends=60_001)
    found = measured((long,), (short,), Kind.TRACKS)
    assert found.measures["mean_iou"].value == pytest.approx(0.6, abs=0.01)
