"""Which shapes stand, where what stands lies, and what becomes of the rest."""

from __future__ import annotations

from itertools import permutations
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.consensus._merged import merged
from labelwright.consensus.majority import plugin as majority
from labelwright.contracts import Control, Decision, Outvoted, Quality, Template
from labelwright.geometry.boxes import corners
from labelwright.geometry.rle import mask_of, paste
from labelwright.geometry.shapes import (
    HIDDEN,
    OCCLUDED,
    VISIBLE,
    Box,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Skeleton,
)
from labelwright.pipeline.resolve import Resolver
from labelwright.records import Annotation, Kind, Shape
from labelwright.render.load import load_template

few = settings(max_examples=40, deadline=None)
THING = Shape(Box(0, 0, 40, 40), "A")


def voted(drawn: int, of: int, quorum: float) -> Decision:
    """The decision where all drew one thing and some of them another."""
    other = Shape(Box(100, 0, 40, 40), "B")
    answers = [(f"a{n}", (THING, other) if n < drawn else (THING,)) for n in range(of)]
    return majority.resolve(Control(Kind.SHAPES, kept_above=quorum), answers)


@pytest.mark.parametrize(
    ("drawn", "of", "quorum", "what"),
    [
        (2, 3, 0.5, "kept"), (1, 3, 0.5, "out"), (1, 2, 0.5, "tie"), (2, 4, 0.5, "tie"),
        (2, 3, 2 / 3, "tie"), (3, 3, 2 / 3, "kept"), (3, 4, 2 / 3, "kept"), (2, 3, 0.7, "out"),
        (1, 3, 0.3, "kept"), (1, 3, 0.0, "kept"), (3, 3, 1.0, "kept"), (2, 3, 1.0, "out"),
        (3, 10, 0.3, "tie"),
    ],
)  # fmt: skip
def test_a_shape_stands_by_the_quorum(drawn: int, of: int, quorum: float, what: str) -> None:
    found = voted(drawn, of, quorum)
    assert (len(found.value or ()), len(found.tied), len(found.outvoted)) == {
        "kept": (2, 0, 0),
        "tie": (0, 2, 0),
        "out": (1, 0, 1),
    }[what]
    if what == "out":
        by = tuple(f"a{n}" for n in range(drawn))
        assert found.outvoted == (Outvoted(Shape(Box(100, 0, 40, 40), "B"), by, of),)


def test_a_template_sets_the_quorum(tmp_path: Any) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    text = 'name = "t"\n[controls.objects]\nkind = "shapes"\n[quality]\nquorum = {}\n'
    (folder / "template.toml").write_text(text.format(0.7))
    template = load_template(folder)
    far = Shape(Box(100, 0, 40, 40), "A")
    given_ = [Annotation(w, w, {"objects": (THING, far) if w != "c" else (THING,)}) for w in "abc"]
    outcome = Resolver(template, "majority").resolve(given_)
    assert outcome.answers["objects"] == (THING,)
    assert [o.by for o in outcome.outvoted["objects"]] == [("a", "b")]
    plain = Resolver(Template("t", controls=template.controls), "majority").resolve(given_)
    assert len(plain.answers["objects"]) == 2 and not plain.outvoted
    (folder / "template.toml").write_text(text.format(1.5))
    with pytest.raises(Exception, match=r"quorum is 1.5; give 0 to 1"):
        load_template(folder)
    assert Quality().quorum == 0.5


@few
@given(st.lists(st.tuples(*[st.integers(-4, 4)] * 4), min_size=2, max_size=5))
def test_a_box_of_boxes_that_are_shifted_has_their_median_sides(shifts: list[tuple[int, ...]]) -> None:
    sides = [(100 + a, 100 + b, 160 + c, 150 + d) for a, b, c, d in shifts]
    boxes = [Box(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in sides]
    answers = [(f"a{n}", (Shape(box, "A"),)) for n, box in enumerate(boxes)]
    (made,) = majority.resolve(Control(Kind.SHAPES), answers).value
    x1, y1, x2, y2 = (median(side) for side in zip(*sides, strict=True))
    assert made.geometry == Box(x1, y1, x2 - x1, y2 - y1)


@few
@given(st.floats(-180, 180), st.lists(st.floats(-8, 8), min_size=3, max_size=5), st.data())
def test_a_turned_box_is_one_whichever_side_is_its_width(
    turn: float, off: list[float], data: st.DataObject
) -> None:
    straight = [Box(30, 40, 40, 20, turn + d) for d in off]

    def said(box: Box) -> Box:
        """The same box with another angle."""
        quarters = data.draw(st.integers(-3, 3))
        w, h = (box.height, box.width) if quarters % 2 else (box.width, box.height)
        return Box(50 - w / 2, 50 - h / 2, w, h, box.rotation + 90 * quarters)

    one, other = merged(straight), merged([said(box) for box in straight])
    assert isinstance(one, Box) and isinstance(other, Box)
    expected = Box(30, 40, 40, 20, turn + median(off))
    for made in (one, other):
        for x, y in corners(made):
            assert min(abs(x - u) + abs(y - v) for u, v in corners(expected)) < 1e-6


@few
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=6))
def test_masks_are_their_majority_where_they_lie(places: list[tuple[int, int]]) -> None:
    patch = np.ones((5, 6), bool)
    patch[2, 3] = False
    masks = [mask_of(patch, x, y) for x, y in places]
    expected = np.sum([paste(m, 12, 12) for m in masks], axis=0) * 2 > len(masks)
    made = merged(masks)
    assert isinstance(made, Mask)
    if expected.any():
        assert (paste(made, 12, 12) == expected).all()


def figure(*joints: tuple[float, float, int]) -> Skeleton:
    return Skeleton(tuple(Joint(name, *at) for name, at in zip("abc", joints, strict=False)))


def test_joints_lie_in_the_middle_and_are_seen_as_most_say() -> None:
    made = merged([
        figure((0, 0, VISIBLE), (10, 10, OCCLUDED), (0, 0, HIDDEN)),
        figure((2, 4, VISIBLE), (12, 10, OCCLUDED), (30, 30, VISIBLE)),
        figure((7, 2, OCCLUDED), (99, 99, HIDDEN), (0, 0, HIDDEN)),
    ])  # fmt: skip
    assert made == figure((2, 2, VISIBLE), (11, 10, OCCLUDED), (0, 0, HIDDEN))


def test_a_joint_that_few_have_is_as_they_say() -> None:
    made = merged([figure((0, 0, 2), (4, 4, 2)), figure((2, 0, 2)), figure((4, 0, 2), (6, 4, 2))])
    assert made == figure((2, 0, 2), (5, 4, 2))


def test_points_are_told_apart_by_where_they_lie() -> None:
    made = merged([
        Points(((0.0, 0.0), (50.0, 0.0))),
        Points(((51.0, 2.0), (1.0, 1.0))),
        Points(((2.0, 0.0), (53.0, 1.0))),
    ])  # fmt: skip
    assert made == Points(((1.0, 0.0), (51.0, 1.0)))
    two, three = Points(((0.0, 0.0), (9.0, 0.0))), Points(((0.0, 0.0), (9.0, 0.0), (5.0, 5.0)))
    assert merged([three, two, Points(((1.0, 0.0), (9.0, 0.0)))]) == Points(((0.5, 0.0), (9.0, 0.0)))
    broken = Points(((float("nan"), 0.0),))
    assert merged([Points(((1.0, 1.0),)), broken]) == Points(((1.0, 1.0),))


def test_of_polygons_one_stands_as_it_was_drawn() -> None:
    rings = [((0.0, 0.0), (10.0 + n, 0.0), (10.0, 10.0 + n)) for n in (0, 1, 3)]
    drawn = [Polygon.of(ring) for ring in rings]
    answers = [(f"a{n}", (Shape(one, "A"),)) for n, one in enumerate(drawn)]
    (made,) = majority.resolve(Control(Kind.SHAPES), answers).value
    assert made.geometry == drawn[1]


def spots(shift: float) -> st.SearchStrategy[Geometry]:
    at = st.floats(-3, 3).map(lambda d: round(d + shift, 2))
    point = st.tuples(at, at)
    return st.one_of(
        st.lists(point, min_size=2, max_size=2).map(lambda ps: Points(tuple(ps))),
        st.lists(point, min_size=2, max_size=2).map(
            lambda ps: Skeleton(tuple(Joint(n, *p) for n, p in zip("ab", ps, strict=True)))
        ),
        st.builds(Box, at, at, st.integers(30, 34), st.integers(30, 34), st.sampled_from([0.0, 5.0, 91.0])),
    )


@few
@given(st.lists(spots(20), min_size=2, max_size=3), st.integers(2, 3))
def test_who_drew_it_first_decides_nothing_and_equal_answers_stay(drawn: list[Geometry], people: int) -> None:
    answers: list[tuple[str, Any]] = [(f"a{n}", (Shape(one, "A"),)) for n, one in enumerate(drawn)]
    control = Control(Kind.SHAPES)
    found = [majority.resolve(control, list(order)) for order in permutations(answers)]
    assert all(one == found[0] for one in found)
    assert merged([drawn[0]] * people) == drawn[0]
