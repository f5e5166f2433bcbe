"""From resolved answers to examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.contracts import Checks, Control, ExampleSpec, Input, Template
from labelwright.examples import Chat, Completion
from labelwright.problems import Problem, UsageError
from labelwright.records import Item, ItemKey, Kind, Relation, Span, Turn
from labelwright.render.checks import compile_check
from labelwright.render.renderer import Renderer


def item(**inputs: Any) -> Item:
    return Item(ItemKey("", "1", "7"), inputs, [])


def template(controls: dict[str, Control], example: ExampleSpec, **more: Any) -> Template:
    return Template("test", inputs={"text": Input("text")}, controls=controls, example=example, **more)


def code(found: Any) -> str:
    assert isinstance(found, Problem)
    assert found.place.item == "7"
    return found.code


CHOICE = {"c": Control(Kind.CHOICE, ["A", "B"], required=True)}
ASK = ExampleSpec(system="s", user="{{ inputs.text }}", assistant="{{ answers.c }}")


def test_a_choice_becomes_a_chat() -> None:
    found = Renderer(template(CHOICE, ASK, checks=Checks("enum"))).render(item(text="hi"), {"c": "A"})
    assert isinstance(found, Chat)
    assert [(m.role, m.text) for m in found.messages] == [("system", "s"), ("user", "hi"), ("assistant", "A")]


@pytest.mark.parametrize(
    ("inputs", "answers", "expected"),
    [
        ({}, {"c": "A"}, "render.input-missing"),
        ({"text": None}, {"c": "A"}, "render.input-missing"),
        ({"text": "x"}, {}, "render.answer-missing"),
        ({"text": "x"}, {"c": " "}, "render.target-empty"),
        ({"text": "x"}, {"c": "C"}, "render.target-check"),
    ],
)
def test_what_gives_no_example_says_why(
    inputs: dict[str, Any], answers: dict[str, Any], expected: str
) -> None:
    renderer = Renderer(template(CHOICE, ASK, checks=Checks("enum")))
    assert code(renderer.render(item(**inputs), answers)) == expected


def test_a_json_target_is_built_from_values_and_checked(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(
        json.dumps({"type": "object", "properties": {"total": {"type": "number", "minimum": 0}}})
    )
    controls = {
        "total": Control(Kind.NUMBER),
        "topics": Control(Kind.CHOICES, ["z", "a"]),
        "spans": Control(Kind.SPANS),
        "relations": Control(Kind.RELATIONS),
        "missing": Control(Kind.TEXT),
    }
    wanted = {n: f"controls.{n}" for n in controls} | {"source": "inputs.text", "fixed": "word"}
    example = ExampleSpec(user="u", assistant={"json": wanted})
    checks = Checks("json", schema="schema.json")
    renderer = Renderer(template(controls, example, checks=checks, folder=str(tmp_path)))
    head, tail = Span(0, 1, "A", "x"), Span(2, 3, "B", "y")
    answers = {
        "total": 3,
        "topics": ("a", "z"),
        "spans": (head, tail),
        "relations": (Relation(head, tail, "r"),),
    }
    found = renderer.render(item(text="hi"), answers)
    assert isinstance(found, Chat)
    assert json.loads(found.messages[-1].text) == {
        "total": 3,
        "topics": ["z", "a"],  # in the order of the labels
        "spans": [{"text": "x", "label": "A"}, {"text": "y", "label": "B"}],
        "relations": [{"head": "x", "relation": "r", "tail": "y"}],
        "missing": None,
        "source": "hi",
        "fixed": "word",
    }
    assert code(renderer.render(item(text="hi"), {**answers, "total": -1})) == "render.target-check"


DIALOGUE = Template(
    "talk",
    inputs={"dialogue": Input("dialogue")},
    controls={
        "turns": Control(Kind.TURNS, ["KEEP", "REWRITE"]),
        "rewrite": Control(Kind.TEXT, on="turns"),
        "reply": Control(Kind.TEXT),
    },
    example=ExampleSpec(
        system="persona",
        messages="controls.turns",
        rewrite="rewrite",
        assistant="{{ answers.reply }}",
        roles={"user": ["customer"], "assistant": ["agent"]},
    ),
)
TALK = [
    {"author": "customer", "text": "Hello"},
    {"author": "Customer", "text": "Anyone?"},
    {"author": "agent", "text": "yes"},
    {"author": "customer", "text": "Thanks"},
]


def test_a_dialogue_with_a_rewritten_turn_and_a_reply() -> None:
    answers = {"turns": (Turn(2, "REWRITE", "", (("rewrite", "Yes, I am here."),)),), "reply": "Gladly."}
    found = Renderer(DIALOGUE).render(item(dialogue=TALK), answers)
    assert isinstance(found, Chat)
    assert [(m.role, m.text) for m in found.messages] == [
        ("system", "persona"),
        ("user", "Hello\nAnyone?"),
        ("assistant", "Yes, I am here."),
        ("user", "Thanks"),
        ("assistant", "Gladly."),
    ]


def test_a_dialogue_without_a_reply_ends_at_its_last_answer() -> None:
    found = Renderer(DIALOGUE).render(item(dialogue=TALK[:3]), {"turns": ()})
    assert isinstance(found, Chat)
    assert found.messages[-1].role == "assistant"


def test_a_completion() -> None:
    example = ExampleSpec(kind="completion", prompt="Q: {{ inputs.text }}\nA:", completion=" {{ answers.c }}")
    assert Renderer(template(CHOICE, example)).render(item(text="x"), {"c": "A"}) == Completion(
        "Q: x\nA:", " A"
    )


@pytest.mark.parametrize(
    "broken",
    [
        template(CHOICE, ExampleSpec(kind="poem")),
        template(CHOICE, ExampleSpec(assistant={"json": "controls.nothing"})),
        template(CHOICE, ExampleSpec(assistant={"xml": "x"})),
        template(CHOICE, ExampleSpec(messages="inputs.nothing")),
        template(CHOICE, ExampleSpec(messages="controls.c")),
        template({"t": Control(Kind.TEXT)}, ASK, checks=Checks("enum")),
        template(CHOICE, ASK, checks=Checks("(")),
        template(CHOICE, ASK, checks=Checks("json", schema="nothing.json")),
    ],
)
def test_a_template_that_cannot_work_is_misuse(broken: Template) -> None:
    with pytest.raises(UsageError):
        Renderer(broken)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ny = f(", "it is not Python: '(' was never closed (line 2)"),
        ("x\0y", "it is not Python: source code string cannot contain null bytes"),
        ("(" * 5000, "it is not Python: "),
        ("-" * 200_000 + "1", "it is not Python: "),
        ("a" + "[0]" * 100_000, "it is not Python: "),
    ],
    ids=range(5),
)
def test_what_is_no_python_is_said_with_its_line(text: str, words: str) -> None:
    check = compile_check(template({"t": Control(Kind.TEXT)}, ASK, checks=Checks("python")))
    assert check is not None and check(text).startswith(words)


def test_checks_of_python_and_expressions() -> None:
    for rule, good, bad in (("python", "x = 1", "x ="), (r"\d+", "12", "12a"), ("json", "{}", "{")):
        renderer = Renderer(template({"c": Control(Kind.TEXT)}, ASK, checks=Checks(rule)))
        assert isinstance(renderer.render(item(text="q"), {"c": good}), Chat)
        assert code(renderer.render(item(text="q"), {"c": bad})) == "render.target-check"
