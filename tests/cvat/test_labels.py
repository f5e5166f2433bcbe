"""A template's labels as CVAT's label constructor takes them."""

from __future__ import annotations

from typing import Any

from labelwright.contracts import Control, SkeletonSpec, Template
from labelwright.records import Kind
from labelwright_plugins.cvat.labels import UNDEFINED, label_specs, unasked


def template(**controls: Control) -> Template:
    return Template("t", controls=controls)


def by_name(found: Template) -> dict[str, dict[str, Any]]:
    return {spec["name"]: spec for spec in label_specs(found)}


def test_one_shape_is_the_label_s_type_and_several_are_any() -> None:
    boxes = template(objects=Control(Kind.SHAPES, labels=["car", "road"], shapes=["box"]))
    assert label_specs(boxes) == [
        {"name": "car", "type": "rectangle", "attributes": []},
        {"name": "road", "type": "rectangle", "attributes": []},
    ]
    several = template(objects=Control(Kind.TRACKS, labels=["car"], shapes=["box", "polygon"]))
    assert label_specs(several)[0]["type"] == "any"
    anything = template(objects=Control(Kind.SHAPES, labels=["car"]))
    assert label_specs(anything)[0]["type"] == "any"


def test_questions_about_regions_become_attributes() -> None:
    specs = by_name(
        template(
            objects=Control(Kind.SHAPES, labels=["car", "road"], shapes=["box"]),
            color=Control(Kind.CHOICE, labels=["red", "blue"], on="objects", only=["car"], default="red"),
            parked=Control(Kind.CHOICE, labels=["true", "false"], on="objects", only=["car"], mutable=True),
            doors=Control(Kind.NUMBER, minimum=2, maximum=6, on="objects", only=["car"], default="4"),
            state=Control(Kind.CHOICE, labels=["wet", "dry"], on="objects"),
            note=Control(Kind.TEXT, on="objects", only=["road"]),
        )
    )
    assert specs["car"]["attributes"] == [
        {
            "name": "color",
            "mutable": False,
            "input_type": "select",
            "default_value": "red",
            "values": ["red", "blue"],
        },
        {
            "name": "parked",
            "mutable": True,
            "input_type": "checkbox",
            "default_value": "false",
            "values": ["false"],
        },
        {
            "name": "doors",
            "mutable": False,
            "input_type": "number",
            "default_value": "4",
            "values": ["2", "6", "1"],
        },
        {
            "name": "state",
            "mutable": False,
            "input_type": "select",
            "default_value": UNDEFINED,
            "values": [UNDEFINED, "wet", "dry"],
        },
    ]
    assert [a["name"] for a in specs["road"]["attributes"]] == ["state", "note"]


def test_choices_of_the_item_become_tags_with_their_own_attributes() -> None:
    specs = by_name(
        template(
            weather=Control(Kind.CHOICES, labels=["rain", "sun"]),
            strength=Control(Kind.CHOICE, labels=["low", "high"], only=["rain"]),
        )
    )
    assert [(s["name"], s["type"]) for s in specs.values()] == [("rain", "tag"), ("sun", "tag")]
    assert [a["name"] for a in specs["rain"]["attributes"]] == ["strength"]
    assert specs["sun"]["attributes"] == []


def test_a_skeleton_gets_its_points_and_a_drawing_that_names_them() -> None:
    spec = SkeletonSpec(["head", 'a"b', "foot"], [["head", 'a"b'], [('a"b'), "foot"]])
    found = label_specs(
        template(
            pose=Control(Kind.SHAPES, labels=["person"], shapes=["skeleton"], skeletons={"person": spec})
        )
    )[0]
    assert found["type"] == "skeleton"
    assert found["sublabels"] == [
        {"name": name, "type": "points", "attributes": []} for name in ("head", 'a"b', "foot")
    ]
    assert found["svg"].count("<circle ") == 3
    assert found["svg"].count("<line ") == 2
    assert "data-label-name='a\"b'" in found["svg"]
    assert 'data-node-from="2" data-node-to="3"' in found["svg"]


def test_a_label_of_two_controls_is_joined() -> None:
    joined = template(
        boxes=Control(Kind.SHAPES, labels=["car"], shapes=["box"]),
        outlines=Control(Kind.SHAPES, labels=["car", "road"], shapes=["polygon"]),
    )
    assert [(s["name"], s["type"]) for s in label_specs(joined)] == [("car", "any"), ("road", "polygon")]


def test_what_cvat_cannot_ask_is_named() -> None:
    found = template(
        objects=Control(Kind.SHAPES, labels=["car"]),
        kinds=Control(Kind.CHOICES, labels=["a", "b"], on="objects"),
        caption=Control(Kind.TEXT),
        note=Control(Kind.TEXT, on="objects"),
    )
    assert unasked(found) == ["kinds", "caption"]


def test_a_transcript_of_a_region_is_asked_as_text() -> None:
    found = template(
        lines=Control(Kind.SHAPES, ["TEXT"], shapes=["box"]), words=Control(Kind.TRANSCRIPT, on="lines")
    )
    (spec,) = label_specs(found)
    assert unasked(found) == []
    (asked,) = spec["attributes"]
    assert (asked["name"], asked["input_type"], asked["values"]) == ("words", "text", [""])
