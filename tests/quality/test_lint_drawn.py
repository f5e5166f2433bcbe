"""The rules for images bear whatever is drawn, and name nobody."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.agreement import shapes as agreement_shapes
from labelwright.contracts import Control, Input, Template
from labelwright.geometry import overlap
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import Problem
from labelwright.quality.lint import Context
from labelwright.quality.lint._drawn import newest, pictures, things
from labelwright.records import Annotation, Item, ItemKey, Kind, Shape, Status, Track
from labelwright.registry import lint_rules

RULES = ("box-geometry", "box-padding", "coverage", "empty-images", "object-terms")
TEMPLATE = Template(
    "t",
    inputs={"image": Input("image")},
    controls={
        "objects": Control(Kind.SHAPES, labels=["A", "B"]),
        "caption": Control(Kind.TEXT),
        "phrase": Control(Kind.TEXT, on="objects"),
    },
)
L_SHAPE = Polygon.of(((0.0, 0.0), (40.0, 0.0), (40.0, 10.0), (10.0, 10.0), (10.0, 40.0), (0.0, 40.0)))
NAN = float("nan")
ODD: list[Geometry] = [
    Box(NAN, 0, 1, 1), Box(0, 0, -4, 5), Box(0, 0, float("inf"), 1), Box(5, 5, 0, 0), Box(0, 0, 40, 40, 30),
    Ellipse(0, 0, 0, 0), Polygon(()), Polygon(((),)), L_SHAPE, Polyline(()), Points(()),
    Points(((1.0, 1.0),)),
    Mask(0, 0, 0, 0, ()), Mask(0, 0, 3, 3, (9,)), Mask(0, 0, 3, 3, (0, 9)), Skeleton(()), Cuboid(()),
]  # fmt: skip


def told(*items: Item, only: tuple[str, ...] = RULES) -> list[Problem]:
    found: list[Problem] = []
    for name in only:
        rule = lint_rules()[name](Context(TEMPLATE, export=True))
        found += [problem for item in items for problem in rule.see_item(item, "export.json")]
        found += rule.finish()
    return found


def item(*drawn: Any, size: tuple[int, int] | None = (100, 100)) -> Item:
    made = [Annotation(f"id{n}", f"secret{n}", {"objects": shapes}) for n, shapes in enumerate(drawn)]
    return Item(ItemKey("", "", "1"), {"image": "a.png"}, made, sizes={"image": size} if size else {})


shapes = st.builds(
    Shape,
    st.sampled_from(ODD) | st.builds(Box, st.integers(-9, 99), st.just(0), st.integers(0, 60), st.just(9)),
    st.sampled_from(["A", "B", ""]),
    unit=st.sampled_from(["", "0", "7"]),
    group=st.sampled_from(["", "g"]),
    answers=st.sampled_from([(), (("phrase", "a car"),), (("phrase", None),)]),
)
answers = st.lists(shapes, max_size=4).map(tuple) | st.sampled_from(
    [(), None, (Track((Keyframe(0, Box(0, 0, 1, 1)),), "A"),), "x"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(answers, max_size=3), st.sampled_from([None, (100, 100), (0, 0)]))
def test_no_rule_fails_on_what_is_drawn_and_none_names_anybody(
    drawn: list[Any], size: tuple[int, int] | None
) -> None:
    found = told(item(*drawn, size=size), item(*drawn, size=size))
    assert not [p for p in found if "secret" in f"{p} {p.place} {p.remedy}"]


@pytest.mark.parametrize("geometry", ODD[:3] + ODD[5:8])
def test_what_covers_nothing_is_said(geometry: Geometry) -> None:
    found = told(item((Shape(geometry, "A"),)), only=("box-geometry",))
    assert [p.code for p in found] == ["lint.box-geometry-empty"]


def test_without_shapely_extents_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(a: Geometry, b: Geometry) -> float:
        raise overlap.VisionExtraMissing

    monkeypatch.setattr(overlap, "_shapely_iou", missing)
    drawn = [(Shape(L_SHAPE, "A"),), (Shape(Polygon.of((*L_SHAPE.parts[0][0][:-1], (0.0, 39.0))), "B"),)]
    with pytest.raises(Exception, match="shapely"):
        agreement_shapes.same_things(TEMPLATE.controls["objects"], drawn)
    assert [len(thing) for thing in things(TEMPLATE.controls["objects"], drawn)] == [2]
    assert "lint.object-terms-some" in {p.code for p in told(item(*drawn))}


def test_of_one_annotator_the_newest_counts_and_only_what_was_submitted() -> None:
    old = Annotation("1", "a", {"objects": (Shape(Box(0, 0, 9, 9), "A"),)}, updated_at="2026-01-01")
    new = Annotation("2", "a", {"objects": ()}, updated_at="2026-01-02")
    draft = Annotation("3", "b", {"objects": ()}, status=Status.DRAFT)
    one = Item(ItemKey("", "", "1"), {"image": "a.png"}, [new, old, draft])
    assert [a.id for a in newest(one)] == ["2"]
    (picture,) = pictures(one, TEMPLATE)
    assert (picture.drawn, picture.size, picture.unit) == ([()], None, "")


def test_several_images_of_one_item_are_looked_at_one_by_one() -> None:
    drawn = (Shape(Box(0, 0, 30, 30), "A", unit="0"), Shape(Box(0, 0, 30, 30), "A", unit="1"))
    two = Item(
        ItemKey("", "", "1"),
        {"image": ["a.png", "b.png"]},
        [Annotation("1", "a", {"objects": drawn}), Annotation("2", "b", {"objects": drawn[:1]})],
        sizes={"image[0]": (30, 30), "image[1]": (20, 20)},
    )
    found = told(two)
    assert [p.code for p in found] == [
        "lint.box-geometry-whole", "lint.box-geometry-whole", "lint.box-geometry", "lint.coverage-some",
    ]  # fmt: skip
