"""Preferences, rankings and ratings: from answers to examples, and what follows from them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from labelwright.contracts import Template
from labelwright.examples import Preference, Ranking, Rated, asked, derive, reachable, taught
from labelwright.pipeline.pairs import PairPolicy
from labelwright.problems import Problem, UsageError
from labelwright.records import Item, ItemKey
from labelwright.render.renderer import Renderer

PAIR = {
    "kind": "preference",
    "prompt": "{{ inputs.prompt }}",
    "responses": ["{{ inputs.a }}", "{{ inputs.b }}"],
    "choice": "controls.better",
    "margin": "controls.strength",
}
CONTROLS: dict[str, Any] = {
    "better": {"kind": "preference"},
    "strength": {"kind": "choice", "labels": ["slightly", "clearly"], "level": "ordinal"},
    "order": {"kind": "ranking"},
    "helpful": {"kind": "rating"},
    "honest": {"kind": "rating"},
    "fit": {"kind": "choice", "labels": ["yes", "no"]},
}
INPUTS = {name: {"type": "text"} for name in ("prompt", "a", "b")}
DATA = {"prompt": "Why?", "a": "Because.", "b": "No idea."}


def template(example: dict[str, Any], inputs: dict[str, Any] = INPUTS, **controls: Any) -> Template:
    raw = {"name": "t", "inputs": inputs, "controls": controls or CONTROLS, "example": example}
    return msgspec.convert(raw, Template)


def render(found: Template, data: dict[str, Any], answers: dict[str, Any]) -> Any:
    return Renderer(found).render(Item(ItemKey("", "", "1"), data, []), answers)


@pytest.mark.parametrize(
    ("better", "chosen", "tie", "margin"),
    [("left", "Because.", False, 1.0), ("right", "No idea.", False, 1.0), ("tie", "Because.", True, 0.0)],
)
def test_preference(better: str, chosen: str, tie: bool, margin: float) -> None:
    found = render(template(PAIR), DATA, {"better": better, "strength": "clearly"})
    assert isinstance(found, Preference)
    assert (found.chosen.text, found.tie, found.margin) == (chosen, tie, margin)
    assert [m.role for m in found.prompt] == ["user"]
    assert {found.chosen.text, found.rejected.text} == {"Because.", "No idea."}


def test_what_cannot_be_compared_is_a_problem() -> None:
    both = {"better": "left"}
    alike = render(template(PAIR), {**DATA, "b": "Because. "}, both)
    empty = render(template(PAIR), {**DATA, "b": "x"} | {"a": " "}, both)
    missing = render(template(PAIR), DATA, {})
    codes = [p.code for p in (alike, empty, missing) if isinstance(p, Problem)]
    assert codes == ["render.responses-alike", "render.input-empty", "render.not-compared"]


RANK = {
    "kind": "ranking",
    "prompt": "{{ inputs.prompt }}",
    "responses": "inputs.answers",
    "ranking": "controls.order",
}
SHOWN = [{"id": "m1", "body": "one"}, {"id": "m2", "body": "two"}, {"id": "m3", "body": "three"}]
LISTED = {"prompt": {"type": "text"}, "answers": {"type": "json"}}


def test_ranking_gives_every_pair_of_different_rank() -> None:
    answers = {"order": (("m2",), ("m1", "m3"))}
    found = render(template(RANK, LISTED), {"prompt": "?", "answers": SHOWN}, answers)
    assert isinstance(found, Ranking)
    assert found.ranks == [2, 1, 2]
    pairs = derive(found, frozenset({"preference"}))
    told = [(p.chosen.text, p.rejected.text, p.margin) for p in pairs if isinstance(p, Preference)]
    assert told == [("two", "one", 1.0), ("two", "three", 1.0)]
    assert reachable("ranking", frozenset({"preference"})) and not reachable("ranking", frozenset({"rated"}))


@pytest.mark.parametrize(
    ("shown", "order", "code"),
    [
        (SHOWN, (("m1",), ("m9",)), "render.ranked-unknown"),
        (SHOWN, (("m1",),), "render.not-ranked"),
        ("m1", (("m1",), ("m2",)), "render.responses-broken"),
        ([*SHOWN, SHOWN[0]], (("m1",), ("m2",)), "render.responses-broken"),
        ([{"id": "m1"}], (("m1",), ("m2",)), "render.responses-broken"),
        ([{"id": "m1", "body": ""}], (("m1",), ("m2",)), "render.response-empty"),
    ],
)
def test_a_broken_ranking_is_a_problem(shown: Any, order: Any, code: str) -> None:
    found = render(template(RANK, LISTED), {"prompt": "?", "answers": shown}, {"order": order})
    assert isinstance(found, Problem) and found.code == code


def test_rated_by_threshold_and_by_label() -> None:
    spec = {"kind": "rated", "prompt": "{{ inputs.prompt }}", "response": "{{ inputs.a }}"}
    by_mean = {**spec, "ratings": ["controls.helpful", "controls.honest"], "threshold": 3.5}
    found = render(template(by_mean), DATA, {"helpful": 5, "honest": 2})
    assert isinstance(found, Rated)
    assert (found.ratings, found.desirable) == ({"helpful": 5.0, "honest": 2.0}, True)
    assert render(template(by_mean), DATA, {}).desirable is None
    by_label = template({**spec, "label": "controls.fit"})
    assert render(by_label, DATA, {"fit": "no"}).desirable is False


@pytest.mark.parametrize(
    "example",
    [
        {**PAIR, "choice": "controls.fit"},
        {**PAIR, "responses": ["{{ inputs.a }}"]},
        {**PAIR, "prompt": ""},
        {**PAIR, "margin": "controls.nothing"},
        {**RANK, "responses": "inputs.nothing"},
    ],
)
def test_a_template_that_names_what_is_not_there(example: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"\[example\]"):
        Renderer(template(example))


def test_policy_says_what_it_leaves_out() -> None:
    pair = render(template(PAIR), DATA, {"better": "left", "strength": "slightly"})
    tie = render(template(PAIR), DATA, {"better": "tie"})
    kinds = frozenset({"preference"})
    assert PairPolicy().apply(pair, kinds) == ([pair], [])
    found, left = PairPolicy(min_margin=1.0).apply(pair, kinds)
    assert not found and [r.kind.code for r in left] == ["preference.margin-low"]
    found, left = PairPolicy().apply(tie, kinds)
    assert not found and [r.kind.code for r in left] == ["preference.tie-left-out"]
    assert PairPolicy("keep").apply(tie, kinds)[0] == [tie]
    rated, _ = PairPolicy().apply(pair, frozenset({"rated"}))
    assert [r.desirable for r in rated if isinstance(r, Rated)] == [True, False]


def test_two_judgements_of_one_pair_ask_the_same_and_teach_differently() -> None:
    left = render(template(PAIR), DATA, {"better": "left"})
    right = render(template(PAIR), DATA, {"better": "right"})
    assert asked(left) == asked(right) and taught(left) != taught(right)
