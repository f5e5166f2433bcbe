"""From shapes, captions and phrases to grounded examples."""

from __future__ import annotations

from typing import Any

import pytest

from labelwright.contracts import Checks, Control, ExampleSpec, Input, Template
from labelwright.examples import Chat, Grounded, Grounding, Media, Text
from labelwright.geometry.shapes import Box
from labelwright.problems import Problem, UsageError
from labelwright.records import Item, ItemKey, Kind, Shape
from labelwright.render.renderer import Renderer, used_controls

CONTROLS = {
    "caption": Control(Kind.TEXT),
    "regions": Control(Kind.SHAPES, ["DENT", "SCRATCH"], shapes=["box"]),
    "phrase": Control(Kind.TEXT, on="regions"),
    "nth": Control(Kind.NUMBER, on="regions"),
    "severity": Control(Kind.CHOICE, ["LOW", "HIGH"], on="regions"),
}
BOX, OTHER = Box(10.0, 20.0, 30.0, 40.0), Box(1.0, 2.0, 3.0, 4.0)


def template(assistant: Any, controls: dict[str, Control] | None = None, **more: Any) -> Template:
    example = ExampleSpec("grounded", user="Look.", media=["inputs.image"], assistant=assistant)
    inputs = {"image": Input("image"), "draft": Input("text", required=False)}
    return Template("t", inputs=inputs, controls=controls or CONTROLS, example=example, **more)


def item(image: Any = "a.png") -> Item:
    sizes = {"image": (64, 48), "image[0]": (64, 48), "image[1]": (8, 9)}
    return Item(ItemKey("", "1", "7"), {"image": image, "draft": "a draft"}, [], sizes=sizes)


def shape(
    geometry: Box = BOX, label: str = "DENT", unit: str = "", region: str = "r1", **asked: Any
) -> Shape:
    return Shape(geometry, label, region, unit, answers=tuple(sorted(asked.items())))


def last(found: Any) -> tuple[Any, ...]:
    assert isinstance(found, Grounded), found
    content: tuple[Any, ...] = found.messages[-1].content
    return content


def test_shapes_become_a_list_of_things_with_what_was_asked_of_them() -> None:
    spec = {"grounding": "controls.regions", "attributes": ["severity"]}
    answers = {"regions": (shape(severity="HIGH"), shape(OTHER, "SCRATCH"))}
    found = Renderer(template(spec)).render(item(), answers)
    (grounding,) = last(found)
    assert grounding.size == (64, 48) and grounding.caption == "" and grounding.media == 0
    assert [(t.label, t.shapes, t.answers) for t in grounding.objects] == [
        ("DENT", (BOX,), (("severity", "HIGH"),)),
        ("SCRATCH", (OTHER,), ()),
    ]
    assert isinstance(found, Grounded)
    assert found.messages[0].content == (Media("a.png", width=64, height=48), Text("Look."))


def test_nothing_drawn_is_an_answer() -> None:
    for drawn in ({}, {"regions": ()}):
        (grounding,) = last(Renderer(template({"grounding": "controls.regions"})).render(item(), drawn))
        assert grounding == Grounding((), (64, 48))


def test_words_go_before_the_places_and_are_what_is_checked() -> None:
    spec = {"grounding": "controls.regions", "text": "STATE: {{ answers.caption }}"}
    renderer = Renderer(template(spec, checks=Checks(r"STATE: (good|bad)")))
    words, grounding = last(renderer.render(item(), {"caption": "good", "regions": (shape(),)}))
    assert words == Text("STATE: good\n") and len(grounding.objects) == 1
    refused = renderer.render(item(), {"caption": "odd", "regions": (shape(),)})
    assert isinstance(refused, Problem) and refused.code == "render.target-check"


TIED = {
    "grounding": "controls.regions",
    "caption": "controls.caption",
    "phrase": "phrase",
    "occurrence": "nth",
}
CAPTION = "A red car near two trees; the car is old"


def test_phrases_are_found_in_their_caption_and_share_their_boxes() -> None:
    drawn = (
        shape(OTHER, phrase="two trees"),
        shape(BOX, phrase="red car"),
        shape(Box(5.0, 5.0, 5.0, 5.0), phrase="two trees"),
        shape(BOX, phrase="car", nth=2),
    )
    (grounding,) = last(Renderer(template(TIED)).render(item(), {"caption": CAPTION, "regions": drawn}))
    assert [(t.label, t.start, t.end, len(t.shapes)) for t in grounding.objects] == [
        ("red car", 2, 9, 1),
        ("two trees", 15, 24, 2),
        ("car", 30, 33, 1),
    ]
    assert all(grounding.caption[t.start : t.end] == t.label for t in grounding.objects)


@pytest.mark.parametrize(
    ("asked", "caption", "code"),
    [
        ({"phrase": "blue car"}, CAPTION, "render.phrase-missing"),
        ({"phrase": "ar"}, CAPTION, "render.phrase-missing"),  # only inside words
        ({"phrase": "car"}, CAPTION, "render.phrase-repeated"),
        ({"phrase": "car", "nth": 3}, CAPTION, "render.phrase-occurrence"),
        ({"phrase": "car", "nth": 1.5}, CAPTION, "render.phrase-occurrence"),
        ({"phrase": "  "}, CAPTION, "render.phrase-unsaid"),
        ({}, CAPTION, "render.phrase-unsaid"),
        ({"phrase": "car"}, "  ", "render.caption-empty"),
    ],
)
def test_a_phrase_that_cannot_be_placed_is_a_problem(asked: dict[str, Any], caption: str, code: str) -> None:
    found = Renderer(template(TIED)).render(item(), {"caption": caption, "regions": (shape(**asked),)})
    assert isinstance(found, Problem) and found.code == code and found.place.item == "7"


def test_a_caption_may_be_an_input_and_phrases_the_labels() -> None:
    spec = {"grounding": "controls.regions", "caption": "inputs.draft"}
    drawn = (shape(label="draft"),)
    (grounding,) = last(Renderer(template(spec)).render(item(), {"regions": drawn}))
    assert (grounding.caption, grounding.objects[0].start) == ("a draft", 2)


def test_each_image_of_an_item_has_places_of_its_own() -> None:
    drawn = (shape(unit="1"), shape(OTHER, unit="0"))
    found = Renderer(template({"grounding": "controls.regions"})).render(
        item(["a.png", "b.png"]), {"regions": drawn}
    )
    first, second = last(found)
    assert (first.media, first.size, first.objects[0].shapes) == (0, (64, 48), (OTHER,))
    assert (second.media, second.size, second.objects[0].shapes) == (1, (8, 9), (BOX,))
    assert isinstance(found, Grounded)
    assert [p.uri for p in found.messages[0].content if isinstance(p, Media)] == ["a.png", "b.png"]
    lost = Renderer(template({"grounding": "controls.regions"})).render(item(), {"regions": drawn})
    assert isinstance(lost, Problem) and lost.code == "render.shape-without-image"


@pytest.mark.parametrize(
    "assistant",
    [
        "text",
        {"json": {}},
        {"grounding": "controls.caption"},
        {"grounding": "controls.none"},
        {"grounding": "controls.regions", "phrase": "caption"},
        {"grounding": "controls.regions", "attributes": ["nothing"]},
        {"grounding": "controls.regions", "caption": "controls.none"},
        {"grounding": "controls.regions", "unknown": "x"},
    ],
)
def test_a_template_that_cannot_work_is_refused(assistant: Any) -> None:
    with pytest.raises(UsageError, match=r"template t: \[example\] assistant"):
        Renderer(template(assistant))


@pytest.mark.parametrize("media", [["inputs.none"], ["image"], ["inputs.draft"], ["controls.caption"]])
def test_media_must_be_media(media: list[str]) -> None:
    wrong = template({"grounding": "controls.regions"})
    wrong.example.media = media
    with pytest.raises(UsageError, match=r"\[example\] media"):
        Renderer(wrong)


def test_a_chat_shows_its_image_before_the_question() -> None:
    chat = template("{{ answers.caption }}")
    chat.example.kind = "chat"
    found = Renderer(chat).render(item(), {"caption": "A car."})
    assert isinstance(found, Chat)
    assert [m.role for m in found.messages] == ["user", "assistant"]
    assert found.messages[0].content == (Media("a.png", width=64, height=48), Text("Look."))


def test_an_example_depends_on_all_that_it_names() -> None:
    spec = {"grounding": "controls.regions", "caption": "controls.caption", "phrase": "phrase"}
    assert {"regions", "caption"} <= used_controls(template(spec))
