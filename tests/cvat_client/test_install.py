"""Labels on the server: once, twice, and into a project that has labels of its own."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from cvat_double import Double
from cvat_double.server import TOKEN

from labelwright.contracts import Control, SkeletonSpec, Template
from labelwright.problems import DataError, UsageError
from labelwright.records import Kind
from labelwright_plugins.cvat.client import Client, connect
from labelwright_plugins.cvat.installer import install
from labelwright_plugins.cvat.labels import label_specs
from labelwright_plugins.cvat.settings import Settings
from labelwright_plugins.cvat.upgrade import edges

FIGURE = SkeletonSpec(["head", "hand", "foot & toe"], [["head", "hand"], ["hand", "foot & toe"]])


def _template(**changes: Any) -> Template:
    """Boxes and polygons, a figure, and four questions about them."""
    shapes = Control(
        Kind.SHAPES, ["car", "naïve—ярлык 你好"], shapes=["box"], skeletons={}, title="What is on the street?"
    )
    figures = Control(Kind.SHAPES, ["person"], shapes=["skeleton"], skeletons={"person": FIGURE})
    controls = {
        "things": shapes,
        "people": figures,
        "colour": Control(Kind.CHOICE, ["red", "blue"], on="things", only=["car"]),
        "doors": Control(Kind.NUMBER, on="things", only=["car"], minimum=2, maximum=6),
        "parked": Control(Kind.CHOICE, ["true", "false"], on="things", only=["car"], mutable=True),
        "plate": Control(Kind.TEXT, on="things", only=["car"]),
    }
    return Template("street", controls={**controls, **changes})


def _stored(double: Double, project: int) -> dict[str, Any]:
    return {label["name"]: label for label in double.state.labels[project]}


def _writes(double: Double) -> list[str]:
    return [line for line in double.asked if not line.startswith("GET")]


def test_a_second_install_changes_nothing(double: Double, client: Client) -> None:
    first = install(client, _template(), "Street")
    stored = copy.deepcopy(double.state.labels[first.project])
    assert (first.created, first.changed, first.labels, first.problems) == (True, True, 3, ())
    assert first.url == f"{double.url}/projects/{first.project}"
    second = install(client, _template(), "Street")
    assert (second.created, second.changed, second.project) == (False, False, first.project)
    assert second.problems == ()
    assert _writes(double) == ["POST /api/projects"]
    assert double.state.labels[first.project] == stored


def test_what_is_stored_is_what_the_template_asks(double: Double, client: Client) -> None:
    made = install(client, _template(), "Street")
    stored = _stored(double, made.project)
    assert {name: label["type"] for name, label in stored.items()} == {
        "car": "rectangle",
        "naïve—ярлык 你好": "rectangle",
        "person": "skeleton",
    }
    asked = {a["name"]: (a["input_type"], a["values"], a["mutable"]) for a in stored["car"]["attributes"]}
    assert asked == {
        "colour": ("select", ["__undefined__", "red", "blue"], False),
        "doors": ("number", ["2", "6", "1"], False),
        "parked": ("checkbox", ["false"], True),
        "plate": ("text", [""], False),
    }
    assert [s["name"] for s in stored["person"]["sublabels"]] == FIGURE.joints
    assert edges(stored["person"]) == {("hand", "head"), ("foot & toe", "hand")}


def test_what_a_project_lacks_is_added_and_all_else_kept(double: Double, client: Client) -> None:
    made = install(client, _template(), "Street")
    before = copy.deepcopy(_stored(double, made.project))
    wanted = _template(
        colour=Control(Kind.CHOICE, ["blue", "green", "red"], on="things", only=["car"]),
        wheels=Control(Kind.NUMBER, on="things", only=["car"], minimum=1, maximum=20),
        marks=Control(Kind.SHAPES, ["lane"], shapes=["polyline"]),
    )
    found = install(client, wanted, "Street")
    assert found.added == ("values of car/colour: green", "attribute car/wheels", "label lane")
    assert (found.created, found.changed, found.problems) == (False, True, ())
    stored = _stored(double, made.project)
    assert stored["lane"]["type"] == "polyline"
    car, old = stored["car"], before["car"]
    assert (car["id"], car["color"], car["type"]) == (old["id"], old["color"], old["type"])
    assert car["attributes"][0] == {
        **old["attributes"][0],
        "values": ["__undefined__", "red", "blue", "green"],
    }
    assert car["attributes"][1:4] == old["attributes"][1:]
    assert stored["person"] == before["person"]
    assert not install(client, wanted, "Street").changed


def test_a_figure_is_added_whole(double: Double, client: Client) -> None:
    whole = _template()
    people = whole.controls.pop("people")
    made = install(client, whole, "Street")
    more = install(client, _template(people=people), "Street")
    assert more.added == ("label person",)
    stored = _stored(double, made.project)["person"]
    assert [s["name"] for s in stored["sublabels"]] == FIGURE.joints
    assert edges(stored) == {("hand", "head"), ("foot & toe", "hand")}


def test_blanks_that_the_server_cuts_off_are_no_difference(double: Double, client: Client) -> None:
    template = _template(colour=Control(Kind.CHOICE, ["red ", " blue"], on="things", only=["car"]))
    made = install(client, template, "Street")
    for label in double.state.labels[made.project]:
        for attribute in label["attributes"]:
            attribute["values"] = [value.strip() for value in attribute["values"]]
    assert not install(client, template, "Street").changed


def test_what_contradicts_is_told_and_left(double: Double, client: Client) -> None:
    made = install(client, _template(), "Street")
    before = copy.deepcopy(double.state.labels[made.project])
    figure = SkeletonSpec(["head", "hand"], [["head", "hand"]])
    wanted = Template(
        "street",
        controls={
            "things": Control(Kind.SHAPES, ["car"], shapes=["polygon"]),
            "people": Control(Kind.SHAPES, ["person"], shapes=["skeleton"], skeletons={"person": figure}),
            "colour": Control(Kind.CHOICE, ["red"], on="things", only=["car"], mutable=True),
            "doors": Control(Kind.NUMBER, on="things", only=["car"], minimum=0, maximum=9),
            "plate": Control(Kind.CHOICE, ["a", "b"], on="things", only=["car"]),
        },
    )
    found = install(client, wanted, "Street")
    assert not found.changed and double.state.labels[made.project] == before
    said = [str(problem) for problem in found.problems]
    differs = {
        "label 'car' is rectangle in the project and polygon",
        "attribute car/colour (mutable) is False in the project and True",
        "attribute car/doors (range) is 2 6 1 in the project and 0 9 1",
        "attribute car/plate (asked by) is text in the project and select",
        "skeleton 'person' (points) is head, hand, foot & toe in the project and head, hand",
    }
    extra = {"no value 'blue' of car/colour", "no attribute car/parked", "no label 'naïve—ярлык 你好'"}
    for words in differs | extra:
        assert any(words in line for line in said), (words, said)
    assert {p.code for p in found.problems} == {"cvat.label-differs", "cvat.label-extra"}


def test_edges_that_differ(double: Double, client: Client) -> None:
    install(client, _template(), "Street")
    other = SkeletonSpec(FIGURE.joints, [["head", "foot & toe"]])
    people = Control(Kind.SHAPES, ["person"], shapes=["skeleton"], skeletons={"person": other})
    (problem,) = install(client, _template(people=people), "Street").problems
    assert "(edges) is foot & toe-hand, hand-head in the project and foot & toe-head" in problem.message


def test_the_recorded_project_reads_as_its_own_template(double: Double, client: Client) -> None:
    """Labels as a real server stored them: order, and radio buttons for a list, are no difference."""
    controls = {
        "things": Control(Kind.SHAPES, ["car"], shapes=["box"]),
        "doors": Control(Kind.NUMBER, on="things", minimum=2, maximum=6, default="4"),
        "size": Control(Kind.CHOICE, ["l", "m", "s"], on="things", default="s"),
        "parked": Control(Kind.CHOICE, ["true", "false"], on="things", mutable=True),
        "plate": Control(Kind.TEXT, on="things"),
    }
    found = install(client, Template("t", controls=controls), "Street — demo")
    assert not found.changed
    assert {p.code for p in found.problems} == {"cvat.label-extra"}


def test_a_server_that_forgets_is_told(
    double: Double, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(double.state, "add_labels", lambda project, labels: None)
    with pytest.raises(DataError) as caught:
        install(client, _template(), "Street")
    assert caught.value.problem.code == "cvat.labels-not-stored"
    assert "label car" in caught.value.problem.message


def test_a_question_that_cvat_cannot_ask(client: Client) -> None:
    summary = Control(Kind.TEXT)
    found = install(client, _template(summary=summary), "Street")
    assert [p.code for p in found.problems] == ["cvat.control-unfit"]
    with pytest.raises(UsageError, match="nothing"):
        install(client, Template("t", controls={"summary": summary}), "Text")


@pytest.mark.parametrize("name", ["", " x", "x" * 257])
def test_names_that_a_server_would_refuse(double: Double, client: Client, name: str) -> None:
    with pytest.raises(UsageError):
        install(client, _template(), name)
    assert double.asked == []


def test_a_name_that_two_projects_have(double: Double, client: Client) -> None:
    double.state.projects[9] = {**double.state.projects[1], "id": 9}
    with pytest.raises(DataError) as caught:
        install(client, _template(), "Street — demo")
    assert caught.value.problem.code == "cvat.project-ambiguous"
    assert _writes(double) == []


def test_a_project_of_an_organization(double: Double) -> None:
    with connect(Settings(double.url, TOKEN, organization="acme")) as client:
        made = install(client, _template(), "Street — demo")
    assert made.created  # the personal project of that name is not seen there
    assert double.state.projects[made.project]["organization"] == 1
    assert {head.get("X-Organization") for head in double.heads} == {"acme"}


def test_specs_and_their_stored_form_are_equal() -> None:
    """The two sides of the comparison agree on what a skeleton's drawing says."""
    (person,) = (spec for spec in label_specs(_template()) if spec["name"] == "person")
    assert edges(person) == {("hand", "head"), ("foot & toe", "hand")}
