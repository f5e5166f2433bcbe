"""Templates made of projects, and where a project or a cvat.json differs from a template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cvat_folder import API, load

from labelwright.contracts import Control, Input, SkeletonSpec, Template
from labelwright.records import Kind
from labelwright_plugins.cvat import plugin
from labelwright_plugins.cvat.infer import adapt, template_of
from labelwright_plugins.cvat.labels import label_specs
from labelwright_plugins.cvat.project import Label, edges_of, labels_from_api


def attribute(name: str, *values: str, **more: Any) -> dict[str, Any]:
    plain = {"name": name, "mutable": False, "input_type": "select", "default_value": values[0]}
    return plain | {"values": list(values)} | more


def test_the_recorded_labels_come_back_from_their_own_template() -> None:
    recorded = load(API / "labels_project.json")["results"]
    again = label_specs(template_of(labels_from_api(recorded), False))
    told = [(x["name"], x["type"], [s["name"] for s in x["sublabels"]]) for x in recorded]
    # Several types in one control say no more than that anything may be drawn.
    kinds = {x["name"]: x["type"] for x in again}
    assert sorted(kinds) == sorted(name for name, _, _ in told)
    assert kinds["person"] == "skeleton" and kinds["weather"] == "tag"
    car = next(x for x in again if x["name"] == "car")
    names = [a["name"] for a in recorded[0]["attributes"]]
    assert [a["name"] for a in car["attributes"]] == names
    for ours, theirs in zip(car["attributes"], recorded[0]["attributes"], strict=True):
        assert ours["mutable"] == theirs["mutable"] and ours["default_value"] == theirs["default_value"]
        assert ours["values"] == theirs["values"]


def test_attributes_of_one_name_that_differ_are_told_apart_by_their_label() -> None:
    labels = labels_from_api(
        [
            {"name": "car", "type": "rectangle", "attributes": [attribute("state", "new", "old")]},
            {"name": "road", "type": "rectangle", "attributes": [attribute("state", "wet", "dry")]},
            {"name": "sign", "type": "rectangle", "attributes": [attribute("objects", "a", "b")]},
        ]
    )
    template = template_of(labels, False)
    assert list(template.controls) == ["objects", "car.state", "road.state", "sign.objects"]
    specs = {x["name"]: x["attributes"] for x in label_specs(template)}
    assert [a["name"] for a in specs["car"]] == ["state"] and specs["car"][0]["values"] == ["new", "old"]
    assert specs["road"][0]["values"] == ["wet", "dry"] and specs["sign"][0]["name"] == "objects"


def test_a_skeleton_s_lines_are_read_from_the_drawing_that_we_make() -> None:
    spec = SkeletonSpec(["a", "b & c", "d"], [["a", "b & c"], ["b & c", "d"]])
    template = Template("t", controls={"p": Control(Kind.SHAPES, ["x"], skeletons={"x": spec})})
    label = labels_from_api(label_specs(template))[0]
    assert edges_of(label) == spec.edges
    assert edges_of(Label("x", svg="<svg><line data-node-from='1' broken")) == []


def test_the_project_s_labels_win_and_the_difference_is_said() -> None:
    controls = {
        "objects": Control(Kind.SHAPES, ["car", "ship"]),
        "tags": Control(Kind.CHOICES, ["sun"]),
        "state": Control(Kind.CHOICE, ["new"], on="objects"),
    }
    labels = labels_from_api(
        [
            {"name": "car", "type": "rectangle", "attributes": [attribute("state", "new", "old")]},
            {"name": "fig", "type": "skeleton", "sublabels": [{"name": "a", "type": "points"}]},
            {"name": "sun", "type": "tag"},
        ]
    )
    template = Template("t", inputs={"image": Input("image")}, controls=controls)
    adapted, found = adapt(template, labels, "x")
    assert adapted.controls["objects"].labels == ["car", "fig"]
    assert adapted.controls["objects"].skeletons["fig"].joints == ["a"]
    assert adapted.controls["state"].labels == ["new", "old"]
    assert [p.place.control for p in found] == ["objects", "state"]
    assert template.controls["objects"].labels == ["car", "ship"]  # the template itself is left alone


def with_config(folder: Path, given: Any) -> Template:
    spec = SkeletonSpec(["a", "b"], [["a", "b"]])
    controls = {
        "objects": Control(Kind.SHAPES, ["car", "fig"], skeletons={"fig": spec}),
        "state": Control(Kind.CHOICE, ["new", "old"], on="objects", only=["car"], default="new"),
    }
    template = Template("t", controls=controls, folder=str(folder))
    specs = label_specs(template)
    (folder / "cvat.json").write_text(json.dumps(given(specs)), "utf-8")
    return template


def recoloured(specs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [x | {"color": "#ff0000"} for x in specs]


def test_a_config_that_says_the_same_does_not_drift(tmp_path: Path) -> None:
    assert list(plugin.lint_config(with_config(tmp_path, recoloured))) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s[:1], "the template has fig"),
        (lambda s: s[::-1], "another order"),
        (lambda s: [s[0] | {"type": "mask"}, s[1]], "its type is mask"),
        (lambda s: [s[0] | {"attributes": []}, s[1]], "attribute 'state'"),
        (lambda s: [s[0], s[1] | {"svg": ""}], "lines are not"),
        (lambda s: [s[0], s[1] | {"sublabels": s[1]["sublabels"][::-1]}], "points are not"),
        (lambda s: {"no": "list"}, "cannot be read"),
    ],
)
def test_a_config_that_says_something_else_drifts(tmp_path: Path, change: Any, words: str) -> None:
    found = list(plugin.lint_config(with_config(tmp_path, change)))
    assert [p.code for p in found] == ["cvat.config-drift"] and words in found[0].message


def test_what_cvat_cannot_ask_is_a_drift(tmp_path: Path) -> None:
    template = with_config(tmp_path, recoloured)
    template.controls["caption"] = Control(Kind.TEXT)
    assert [p.code for p in plugin.lint_config(template)] == ["cvat.control-unfit"]
