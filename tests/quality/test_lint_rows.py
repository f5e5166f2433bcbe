"""How rows of any shape become what lint rules see, and that no rule fails on any of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.contracts import Control, Input, Lint, Quality, Template
from labelwright.examples import (
    Chat,
    Example,
    Grounded,
    Grounding,
    Media,
    Message,
    Pointed,
    Preference,
    Rated,
    Text,
)
from labelwright.geometry.shapes import Box
from labelwright.problems import Place, Problems, UsageError
from labelwright.quality.lint import Context, Linter, LintSummary, row_of, row_of_item
from labelwright.quality.lint._personal import masked, personal, valid_card, valid_iban
from labelwright.records import Item, ItemKey, Kind, Shape
from labelwright.registry import lint_rules

HERE = Place("f", 1)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["<think>", "</think>", "{'a'", '{"a": [1', "Yes.", "a@b.de", "the thing"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["role", "content", "text", "input", "url", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def user(text: str) -> Message:
    return Message("user", (Text(text),))


@pytest.mark.parametrize(
    ("given_", "target", "text", "taught"),
    [
        ("Where?", "Here.", "Where?", "Here."),
        (
            [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where?"}],
            {"content": "Here."},
            "Where?",
            "Here.",
        ),
        ({"instruction": "Classify.", "input": "Where?", "output": ""}, "A", "Where?", "A"),
        ({"instruction": "Say hello."}, "Hello", "Say hello.", "Hello"),
        ([[{"from": "human", "value": "Where?"}], None], {"value": "Here."}, "Where?", "Here."),
        (
            [0, [{"role": "user", "parts": [{"text": "Where?"}]}]],
            [{"text": "a"}, {"text": "b"}],
            "Where?",
            "a\nb",
        ),
    ],
)
def test_words_of_rows(given_: Any, target: Any, text: str, taught: str) -> None:
    row = row_of(given_, target, HERE)
    assert (row.text, row.taught, row.verdict) == (text, taught, False)
    assert row.question == ("Where?" if text == "Where?" else "")


def test_media_count_and_equal_words_do_not() -> None:
    def asked(url: str) -> Any:
        return [
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "A?"}],
            }
        ]

    one, other = row_of(asked("a"), "x", HERE), row_of(asked("b"), "x", HERE)
    assert one.media and one.text == other.text == "A?" and one.given != other.given
    assert not row_of("A?", "x", HERE).media


@pytest.mark.parametrize(
    "target", [True, False, 0, 4.5, {"label": False}, {"content": None, "tool_calls": [{"id": "1"}]}]
)
def test_a_verdict_is_no_empty_target(target: Any) -> None:
    row = row_of("a", target, HERE)
    assert row.verdict and not row.taught and row.learnt
    assert not list(lint_rules()["target-hygiene"](Context()).see(row))
    rule = lint_rules()["contradictory-targets"](Context())
    assert not list(rule.see(row)) and not list(rule.see(row_of("A ", target, HERE)))
    assert list(rule.see(row_of("a", "another", HERE)))


@pytest.mark.parametrize("target", ["", None, {"content": ""}, []])
def test_an_empty_target_is_one(target: Any) -> None:
    problems = list(lint_rules()["target-hygiene"](Context()).see(row_of("a", target, HERE)))
    assert [p.code for p in problems] == ["lint.target-empty"]


def test_rows_of_items() -> None:
    template = msgspec.convert(
        {
            "name": "t",
            "inputs": {"q": {"type": "text"}, "talk": {"type": "dialogue"}, "picture": {"type": "image"}},
            "quality": {"lint": {"question": "inputs.q"}},
        },
        Template,
    )
    inputs = {"q": "Is it red", "talk": [{"author": "a", "text": "hello"}], "picture": "http://x/a.png"}
    item = Item(ItemKey("", "", "1"), inputs, [])
    said = Message("assistant", (Text("Yes"),), think="It looks so.")
    chat: Example = Chat([Message("user", (Media("http://x/a.png"), Text("Is it red"))), said])
    row = row_of_item(item, {}, chat, template, HERE)
    assert (row.text, row.question, row.media) == ("Is it red\nhello", "Is it red", True)
    assert (row.taught, row.answer) == ("<think>It looks so.</think>Yes", "Yes")
    pair = Preference([user("a")], said, Message("assistant", (Text("No"),)))
    assert row_of_item(item, {}, pair, template, HERE).taught == "It looks so.\nYes"
    for verdict in (
        Rated([user("a")], said, {"good": 4.0}, True),
        Preference([user("a")], said, said, tie=True),
    ):
        row = row_of_item(item, {}, verdict, template, HERE)
        assert row.verdict and not row.taught and row.learnt
    assert row_of_item(item, {}, None, template, HERE).learnt == b""
    template.quality.lint.question = "controls.asked"
    assert (
        row_of_item(item, {"asked": "How many are there?"}, chat, template, HERE).question
        == "How many are there?"
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(JSON, JSON), max_size=12))
def test_no_row_makes_a_rule_fail(pairs: list[tuple[Any, Any]]) -> None:
    problems = Problems()
    linter = Linter(Context(splits=2), problems, ignore=["languages"])  # its model takes a second to load
    for number, (asked, target) in enumerate(pairs, 1):
        linter.row(row_of(asked, target, Place("ab"[number % 2], number), "ab"[number % 2]))
    summary = linter.finish()
    assert summary.rows == len(pairs)
    assert summary.counts == dict(sorted(problems.counts.items()))
    assert summary.errors + summary.warnings + summary.notes == len(problems)
    assert msgspec.json.decode(msgspec.json.encode(summary), type=LintSummary) == summary


@given(st.text(alphabet="0123456789 +-().@abDE:", max_size=60))
def test_masking_leaves_nothing_personal(text: str) -> None:
    found = list(personal(text))
    spans = sorted((f.start, f.end) for f in found)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    hidden = masked(text)
    for one in found:
        value = text[one.start : one.end]
        assert len(value.strip()) < 5 or value not in hidden


def test_check_digits() -> None:
    # IBANs of the standard's registry of examples; card numbers that payment services publish for tests.
    for iban in ("GB82 WEST 1234 5698 7654 32", "FR14 2004 1010 0505 0001 3M02 606", "NO93 8601 1117 947"):
        assert valid_iban(iban)
        assert not valid_iban(iban[:3] + str((int(iban[3]) + 1) % 10) + iban[4:])
    for card in ("4242 4242 4242 4242", "5555-5555-5555-4444", "378282246310005"):
        assert valid_card(card)
        assert not valid_card(card[:-1] + str((int(card[-1]) + 1) % 10))


def test_a_row_of_a_grounded_example_tells_its_phrases_and_pairs() -> None:
    drawn = (
        Shape(Box(0, 0, 9, 9), "PHRASE", answers=(("phrase", "a car"),)),
        Shape(Box(20, 0, 9, 9), "PHRASE", answers=(("phrase", "the tree"),)),
    )
    template = Template(
        "t",
        inputs={"image": Input("image")},
        controls={
            "caption": Control(Kind.TEXT),
            "regions": Control(Kind.SHAPES, labels=["PHRASE"]),
            "phrase": Control(Kind.TEXT, on="regions"),
        },
    )
    answers = {"caption": "a car by the tree", "regions": drawn}
    item = Item(ItemKey("", "", "1"), {"image": "a.png"}, [])
    things = tuple(Pointed(said, (s.geometry,)) for said, s in zip(("a car", "the tree"), drawn, strict=True))
    made = [Grounding(things, (100, 100), "a car by the tree"), Grounding(things, (100, 100))]
    rows = []
    for grounding in made:
        example = Grounded([Message("user", (Media("a.png"),)), Message("assistant", (grounding,), "so")])
        rows.append(row_of_item(item, answers, example, template, Place()))
    assert [row.answer for row in rows] == ["a car by the tree", '["a car","the tree"]']
    assert [(row.phrases, row.pairs) for row in rows] == [(("a car", "the tree"), 2)] * 2
    assert rows[0].shown == rows[1].shown != b"" and rows[0].learnt != rows[1].learnt
    plain = row_of_item(item, answers, None, template, Place())
    assert (plain.phrases, plain.pairs, plain.shown) == (rows[0].phrases, 2, rows[0].shown)
    other = Item(ItemKey("", "", "2"), {"image": "b.png"}, [])
    assert row_of_item(other, answers, None, template, Place()).shown != plain.shown


def test_a_training_file_tells_its_images_and_no_pairs() -> None:
    def given(url: str) -> list[dict[str, object]]:
        part = {"type": "image_url", "image_url": {"url": url}}
        return [{"role": "user", "content": [part, {"type": "text", "text": "What?"}]}]

    one, same, other = (row_of(given(u), "x", Place()) for u in ("a.png", "a.png", "b.png"))
    assert one.shown == same.shown != other.shown and one.pairs is None
    assert row_of([{"role": "user", "content": "What?"}], "x", Place()).shown == b""


def test_a_template_cannot_name_a_task_that_there_is_not() -> None:
    template = Template("t", quality=Quality(lint=Lint(task="freefrom")))
    with pytest.raises(UsageError, match="there are: phrase-grounding, vqa, freeform"):
        lint_rules()["volume-tiers"](Context(template))
