"""Answers that belong together are those of one annotation."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from labelwright.contracts import Control, ExampleSpec, Quality, Template
from labelwright.geometry.shapes import Box
from labelwright.pipeline.resolve import Outcome, Resolver
from labelwright.problems import UsageError
from labelwright.records import Annotation, Kind, Shape

CONTROLS = {
    "caption": Control(Kind.TEXT),
    "regions": Control(Kind.SHAPES),
    "quality": Control(Kind.CHOICE),
}


def template(*together: str) -> Template:
    return Template("t", controls=CONTROLS, quality=Quality(together=list(together)))


def said(who: str, caption: str | None, *x: float, quality: str = "good") -> Annotation:
    answers: dict[str, Any] = {
        "regions": tuple(Shape(Box(n, 0, 40, 40), "car", id=who) for n in x),
        "quality": quality,
    }
    if caption is not None:
        answers["caption"] = caption
    return Annotation(f"id-{who}", who, answers)


def resolved(*annotations: Annotation, together: tuple[str, ...] = ("caption", "regions")) -> Outcome:
    """The outcome, which no order of annotations changes."""
    resolver = Resolver(template(*together), "majority")
    found = [resolver.resolve(list(order)) for order in permutations(annotations)]
    assert all(one.answers == found[0].answers and one.left == found[0].left for one in found)
    return found[0]


def test_the_boxes_are_those_of_the_caption_s_author() -> None:
    three = (
        said("a", "a red car stands beside a tree", 0, 200),
        said("b", "a red car stands beside a big tree", 1, 90, 201, quality="bad"),
        said("c", "two people", 0, 200.5),
    )
    found = resolved(*three)
    author = next(a for a in three if a.answers["caption"] == found.answers["caption"])
    assert author.annotator in "ab" and found.answers["regions"] is author.answers["regions"]
    assert (found.answers["quality"], found.ties, found.outvoted) == ("good", [], {})
    assert found.left == {"regions": 2}
    assert len(found.annotations) == 3
    apart = Resolver(template(), "majority").resolve(three)
    assert len(apart.answers["regions"]) == 2 and apart.answers["regions"] != author.answers["regions"]
    assert [len(few) for few in apart.outvoted.values()] == [1]


def test_of_equal_captions_the_boxes_most_like_the_others_stand() -> None:
    found = resolved(said("a", "same", 0), said("b", "same", 0.5, 300), said("c", "same", 0.5, 301))
    assert len(found.answers["regions"]) == 2


def test_nobody_else_said_otherwise() -> None:
    alone = said("a", "one", 5)
    assert resolved(alone).left == {}
    assert resolved(alone, said("b", None)).answers["caption"] == "one"


def test_the_first_control_that_is_answered_leads() -> None:
    found = resolved(said("a", None, 0, 300), said("b", None, 1, 301), said("c", None, 2))
    assert [s.id for s in found.answers["regions"]] in (["a", "a"], ["b", "b"])
    assert "caption" not in found.answers and found.left == {"regions": 2} and not found.outvoted


def test_a_tie_on_the_first_is_a_tie() -> None:
    two = (said("a", "x", 0, quality="good"), said("b", "y", 0, quality="bad"))
    found = resolved(*two, together=("quality", "regions"))
    assert [t.control for t in found.ties] == ["quality"] and "regions" not in found.answers
    spec = ExampleSpec(assistant="{{ answers.caption }}")
    asked = Template("t", controls=CONTROLS, example=spec, quality=Quality(together=["quality", "regions"]))
    needed = Resolver(asked, "majority", frozenset({"caption"})).resolve(two)
    assert [t.control for t in needed.ties] == ["quality"]


@pytest.mark.parametrize("names", [("caption",), ("caption", "other"), ("caption", "caption")])
def test_what_cannot_belong_together_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="together"):
        Resolver(template(*names), "majority")
