"""Figures of named points: whose points are whose, and what of them can be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ls_drawing import lost, read, region

from labelwright.contracts import Control, Input, SkeletonSpec, Template
from labelwright.geometry.shapes import HIDDEN, OCCLUDED, VISIBLE, Box, Joint, Skeleton
from labelwright.problems import READ
from labelwright.records import Kind

SPEC = SkeletonSpec(["nose", "hand"], [["nose", "hand"]])
PEOPLE = Template(
    "people",
    inputs={"image": Input("image")},
    controls={
        "people": Control(Kind.SHAPES, ["PERSON"], shapes=["skeleton"], skeletons={"PERSON": SPEC}),
        "pose": Control(Kind.CHOICE, ["sits", "stands"], on="people"),
    },
)
CONFIG = """<View><Image name="image" value="$image"/>
<RectangleLabels name="people" toName="image"><Label value="PERSON"/></RectangleLabels>
<KeyPointLabels name="people_joints" toName="image"><Label value="nose"/><Label value="hand"/>
</KeyPointLabels>
<Choices name="people_visibility" toName="image" perRegion="true"><Choice value="VISIBLE"/>
<Choice value="OCCLUDED"/></Choices>
<Choices name="pose" toName="image" perRegion="true"><Choice value="sits"/><Choice value="stands"/></Choices>
</View>"""


def person(id: str, x: float, width: float = 25) -> dict[str, Any]:
    box = {"x": x, "y": 0, "width": width, "height": 100, "rotation": 0}
    return region("rectanglelabels", {**box, "rectanglelabels": ["PERSON"]}, "people", id=id)


def point(id: str, joint: str, x: float, y: float = 50, **more: Any) -> dict[str, Any]:
    value = {"x": x, "y": y, "width": 0.5, "keypointlabels": [joint]}
    return region("keypointlabels", value, "people_joints", id=id, **more)


def test_points_of_two_people_do_not_merge(tmp_path: Path) -> None:
    results = [
        point("n1", "nose", 10), point("n2", "nose", 60), point("h2", "hand", 55),
        person("p1", 0), person("p2", 50),
        region("choices", {"x": 60, "y": 50, "choices": ["OCCLUDED"]}, "people_visibility", id="n2"),
        region("choices", {"choices": ["sits"]}, "pose", id="p1"),
    ]  # fmt: skip
    for config in (CONFIG, ""):
        answers, problems = read(tmp_path, results, PEOPLE, config)
        one, two = answers["people"]
        assert one.geometry == Skeleton((Joint("nose", 40, 50, VISIBLE), Joint("hand", 0, 0, HIDDEN)))
        assert two.geometry == Skeleton((Joint("nose", 240, 50, OCCLUDED), Joint("hand", 220, 50, VISIBLE)))
        assert (one.box, one.id, one.label) == (Box(0, 0, 100, 100), "p1", "PERSON")
        assert one.answers == (("pose", "sits"),) and not two.answers
        assert (problems.ledger(READ).taken, problems.ledger(READ).given) == (2, 2)
        assert not len(problems)


def test_a_parent_or_a_relation_decides_before_the_place(tmp_path: Path) -> None:
    people = [person("p1", 0), person("p2", 50)]
    link = {"type": "relation", "from_id": "h", "to_id": "p2", "direction": "right"}
    answers, problems = read(
        tmp_path,
        [*people, point("n", "nose", 10, parentID="p2"), point("h", "hand", 12), link],
        PEOPLE,
        CONFIG,
    )
    one, two = answers["people"]
    assert [j.visibility for j in one.geometry.joints] == [HIDDEN, HIDDEN]
    assert [j.x for j in two.geometry.joints] == [40, 48] and not len(problems)


def test_the_smallest_box_has_a_point_in_several(tmp_path: Path) -> None:
    results = [person("big", 0, 100), person("small", 50), point("n", "nose", 60)]
    answers, problems = read(tmp_path, results, PEOPLE, CONFIG)
    big, small = answers["people"]
    assert big.geometry.joints[0].visibility == HIDDEN and small.geometry.joints[0].x == 240
    assert problems.counts == {"label-studio.joint-ambiguous": 1} and not problems.errors


def test_points_that_cannot_be_placed_are_lost_by_code(tmp_path: Path) -> None:
    other = Control(
        Kind.SHAPES, ["PERSON", "CAT"], shapes=["skeleton"],
        skeletons={"PERSON": SPEC, "CAT": SkeletonSpec(["tail"])},
    )  # fmt: skip
    asked = Template("t", inputs=PEOPLE.inputs, controls={"people": other})
    polygon = {"points": [[0, 0], [1, 0], [1, 1]], "closed": True, "polygonlabels": ["PERSON"]}
    results = [
        person("p", 0), point("a", "nose", 10), point("b", "nose", 11), point("c", "nose", 90),
        point("d", "tail", 12), point("e", "ear", 12),
        region("polygonlabels", polygon, "people_other", id="f"),
    ]  # fmt: skip
    answers, problems = read(tmp_path, results, asked)
    assert [j.x for j in answers["people"][0].geometry.joints] == [40, 0]
    assert lost(problems) == {
        "label-studio.joint-repeated": 1,
        "label-studio.joint-alone": 1,
        "label-studio.joint-unknown": 1,
        "label-studio.label-unknown": 1,
        "label-studio.figure-unfit": 1,
    }
    assert problems.ledger(READ).given == 1


def test_an_unknown_word_for_visibility_is_said(tmp_path: Path) -> None:
    choice = region("choices", {"x": 10, "y": 50, "choices": ["perhaps"]}, "people_visibility", id="n")
    answers, problems = read(tmp_path, [person("p", 0), point("n", "nose", 10), choice], PEOPLE)
    assert answers["people"][0].geometry.joints[0].visibility == VISIBLE
    assert list(problems.counts) == ["label-studio.visibility-unknown"]
