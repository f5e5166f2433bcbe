"""One drawing made of several: who drew what, where it lies, and what nobody may decide alone."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.agreement.test_shapes import replica

from labelwright.consensus.majority import plugin as majority
from labelwright.consensus.nearest import plugin as nearest
from labelwright.consensus.unanimous import plugin as unanimous
from labelwright.contracts import Control, Decision, Outvoted, Template
from labelwright.geometry.shapes import Box, Ellipse, Geometry, Joint, Mask, Points, Skeleton
from labelwright.geometry.tracks import Keyframe
from labelwright.pipeline.resolve import Resolver
from labelwright.records import Annotation, Kind, Shape, Track

SHAPES, TRACKS = Control(Kind.SHAPES), Control(Kind.TRACKS)
few = settings(max_examples=40, deadline=None)


def decided(*values: Any, control: Control = SHAPES, rule: Any = majority) -> Decision:
    """The rule's decision, which no order of annotators changes."""
    answers = [(f"a{n}", value) for n, value in enumerate(values)]
    found: list[Decision] = [rule.resolve(control, order) for order in permutations(answers)]
    assert all(one == found[0] for one in found)
    return found[0]


def box(x: float, label: str = "A", **more: Any) -> Shape:
    return Shape(Box(x, 0, 40, 40), label, **more)


def merged(*geometries: Geometry) -> Geometry:
    """What three or more annotators' drawings of one thing become."""
    (made,) = decided(*((Shape(g, "A"),) for g in geometries)).value
    geometry: Geometry = made.geometry
    return geometry


def test_three_replicas_become_one_drawing() -> None:
    first = decided(*(replica(job, 0) for job in (9, 10, 11)))
    assert first.value == (Shape(Box(11, 11, 40, 40), "A", answers=(("size", "m"),)),) or (
        replace(first.value[0], id="") == Shape(Box(11, 11, 40, 40), "A", answers=(("size", "m"),))
    )
    assert (first.votes, first.outvoted, first.tied) == (3, (), ())
    second = decided(*(replica(job, 1) for job in (9, 10, 11)))
    (kept,) = second.value
    assert (kept.geometry, kept.label, kept.answers) == (Box(20, 20, 40, 40), "B", ())
    (alone,) = second.outvoted  # one drew a second thing alone
    assert second.votes == 3 and len(alone.by) == 1 and alone.of == 3


def test_one_annotator_s_shapes_are_the_very_same_objects() -> None:
    drawn = (box(0, id="x", parent="p", group="g", score=0.5, origin="prediction"), box(99))
    for rule in (majority, unanimous, nearest):
        assert rule.resolve(SHAPES, [("a", drawn)]).value is drawn
    template = Template("t", controls={"objects": SHAPES})
    outcome = Resolver(template, "majority").resolve([Annotation("1", "a", {"objects": drawn})])
    assert outcome.answers["objects"] is drawn


def test_what_half_of_them_drew_waits_for_a_person() -> None:
    found = decided((box(0), box(90)), (box(0),))
    assert [len(value) for value in found.tied] == [1, 2] and found.value is None
    assert found.outvoted == ()
    assert decided((box(0),), ()).tied == ((), (box(0),))


def test_a_draw_of_labels_waits_for_a_person() -> None:
    found = decided((box(0),), (box(1, "B"),))
    assert [[s.label for s in value] for value in found.tied] == [["A"], ["B"]]
    assert {s.geometry for value in found.tied for s in value} == {Box(0.5, 0, 40, 40)}
    assert decided((box(0),), (box(1, "B"),), (box(2, "B"),)).value[0].label == "B"


def test_coordinates_are_medians_whoever_is_far_off() -> None:
    assert merged(Box(0, 0, 10, 10), Box(1, 1, 11, 11), Box(2, 0, 12, 11)) == Box(1, 0, 11, 11)
    assert merged(Box(0, 0, 10, 10), Box(1, 0, 10, 10)) == Box(0.5, 0, 10, 10)
    spot = merged(Ellipse(10, 10, 5, 4), Ellipse(11, 10, 6, 4), Ellipse(10, 11, 5, 5))
    assert spot == Ellipse(10, 10, 5, 4)


def test_masks_keep_the_pixels_that_most_have() -> None:
    made = merged(Mask(0, 0, 4, 1, (0, 4)), Mask(1, 0, 4, 1, (0, 4)), Mask(0, 0, 6, 1, (0, 6)))
    assert made == Mask(0, 0, 5, 1, (0, 5))
    assert merged(Mask(0, 0, 4, 1, (0, 4)), Mask(1, 0, 4, 1, (0, 4))) == Mask(1, 0, 3, 1, (0, 3))


@few
@given(st.lists(st.lists(st.booleans(), min_size=12, max_size=12), min_size=3, max_size=5))
def test_masks_are_voted_pixel_by_pixel(rows: list[list[bool]]) -> None:
    import numpy as np

    from labelwright.consensus._merged import merged as of
    from labelwright.geometry.rle import mask_of, paste

    arrays = [np.array(row).reshape(3, 4) for row in rows]
    expected = np.sum(arrays, axis=0) * 2 > len(arrays)
    made = of([mask_of(a) for a in arrays])
    if expected.any():
        assert isinstance(made, Mask) and (paste(made, 4, 3) == expected).all()


def test_other_kinds_take_the_one_most_like_the_others() -> None:
    spots = [Points(((float(x), 0.0),)) for x in (0, 3, 4)]
    assert merged(*spots) == spots[1]

    def figure(x: float) -> Skeleton:
        return Skeleton((Joint("a", x, 0), Joint("b", 50, 80), Joint("c", 90, 10)))

    assert merged(figure(0), figure(2), figure(5)) == figure(2)
    # Of several kinds that which most used.
    assert merged(Box(0, 0, 10, 10), Box(0, 0, 10, 10), Mask(0, 0, 10, 10, (0, 100))) == Box(0, 0, 10, 10)


def test_answers_are_voted_by_those_whose_label_is_kept() -> None:
    control = Control(Kind.SHAPES, regions={"size": Control(Kind.CHOICE, required=True)})
    said = [
        box(n, label, answers=(("size", size),))
        for n, (label, size) in enumerate((("A", "m"), ("A", "m"), ("B", "l")))
    ]
    (kept,) = decided(*((s,) for s in said), control=control).value
    assert (kept.label, kept.answers) == ("A", (("size", "m"),))
    drawn = [box(n, answers=(("size", size),)) for n, size in enumerate("ml")]
    found = decided(*((s,) for s in drawn), control=control)
    assert [(q.control, q.tied) for q in found.questions] == [("size", ("l", "m"))]
    assert found.value[0].answers == ()


def test_groups_are_those_of_one_annotator() -> None:
    def pair(x: float, group: str) -> tuple[Shape, ...]:
        return (box(x, group=group), box(x + 100, group=group), box(x + 200))

    kept = decided(pair(0, "1"), pair(1, "7"), pair(2, "1")).value
    groups = [s.group for s in kept]
    assert groups[0] == groups[1] != "" and groups[2] == ""


def test_occlusion_is_voted_on() -> None:
    (kept,) = decided((box(0, occluded=True),), (box(1),), (box(2, occluded=True),)).value
    assert kept.occluded
    (kept,) = decided((box(0),), (box(1),), (box(2, occluded=True),)).value
    assert not kept.occluded


def test_unanimous_means_the_same_things_with_the_same_labels() -> None:
    found = decided((box(0), box(90)), (box(91), box(1)), rule=unanimous)
    assert [s.geometry for s in found.value] == [Box(0.5, 0, 40, 40), Box(90.5, 0, 40, 40)] and not found.tied
    assert len(decided((box(0), box(90)), (box(1),), rule=unanimous).tied) == 2
    assert len(decided((box(0),), (box(1, "B"),), rule=unanimous).tied) == 2


def test_nearest_takes_a_whole_answer() -> None:
    given_ = [(box(0), box(90)), (box(0),), (box(300),)]
    assert decided(*given_, rule=nearest).value in given_[:2]


def track(x: float, label: str = "A") -> Track:
    return Track((Keyframe(0, Box(x, 0, 40, 40)), Keyframe(9, Box(x + 9, 0, 40, 40))), label)


def test_tracks_take_the_keyframes_of_the_one_most_like_the_others() -> None:
    found = decided((track(0), track(200)), (track(1, "B"),), (track(2),), control=TRACKS)
    (kept,) = found.value
    assert kept.keyframes == track(1).keyframes and kept.label == "A"
    assert ([o.by for o in found.outvoted], found.votes) == ([("a0",)], 3)
    assert len(decided((track(0),), (), control=TRACKS).tied) == 2


boxes = st.builds(
    lambda x, label: Shape(Box(x, 0, 10, 10), label), st.integers(0, 30), st.sampled_from(["A", "B"])
)
drawn = st.lists(st.lists(boxes, max_size=3).map(tuple), min_size=1, max_size=4)


@few
@given(drawn)
def test_no_order_of_annotators_decides(values: list[tuple[Shape, ...]]) -> None:
    found = decided(*values)
    for value in (found.value, *found.tied):
        assert value is None or len(value) <= sum(map(len, values))


@few
@given(st.lists(boxes, max_size=4).map(tuple), st.integers(2, 4))
def test_what_all_drew_alike_stays(value: tuple[Shape, ...], people: int) -> None:
    again = tuple(replace(s, id="again") for s in value)
    for rule in (majority, unanimous, nearest):
        found = rule.resolve(SHAPES, [("a", value), *((f"b{n}", again) for n in range(people - 1))])
        assert found.value is value and found.votes == people


@pytest.mark.parametrize(
    ("turns", "expected"),
    [((10, 12, 14), 12), ((358, 2, 4), 2), ((10, 102, 194), 12)],
)
def test_turned_boxes_are_made_one_by_their_angle(turns: tuple[int, ...], expected: float) -> None:
    from labelwright.consensus._merged import merged as of

    found = []
    for turn in turns:
        w, h = (20.0, 40.0) if abs(turn - turns[0]) in (92,) else (40.0, 20.0)
        found.append(Box(50 - w / 2, 50 - h / 2, w, h, turn))
    made = of(found)
    assert isinstance(made, Box)
    assert (made.width, made.height, made.x, made.y) == pytest.approx((40, 20, 30, 40))
    assert made.rotation == pytest.approx(expected)


def test_what_most_drew_and_nobody_shares_is_no_empty_image() -> None:
    apart = decided((box(0),), (box(200),), (box(400),))
    assert apart.value is None and len(apart.tied) == 3
    apart = decided((box(0),), (box(200),), ())
    assert apart.value is None and len(apart.tied) == 2
    lone = decided((box(0),), (), ())  # most say that nothing is there
    assert (lone.value, lone.outvoted) == ((), (Outvoted(box(0), ("a0",), 3),))
