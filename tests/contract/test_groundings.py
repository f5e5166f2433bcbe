"""What every notation for places in images promises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright import registry
from labelwright.contracts import Notation
from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import NAMES, Box, Points, Polygon
from labelwright.groundings import _problems
from labelwright.problems import NOWHERE, Problems, ProblemType, UsageError

GROUNDINGS = registry.groundings()
EACH = pytest.mark.parametrize("notation", GROUNDINGS.values(), ids=list(GROUNDINGS))
SIZE = (640, 480)
NAMED = [
    "box_2d",
    "deepseek-vl2",
    "florence-2",
    "gemini",
    "internvl",
    "kosmos-2",
    "molmo",
    "paligemma",
    "qwen2.5-vl",
    "qwen3-vl",
]
ODD = [
    'say "hi"',
    "two\nlines",
    "a<b>c",
    "</ref>",
    "<loc0001>",
    ";",
    "'",
    "\\",
    "漢字 😀",
    "\u2028",
    "",
    " ",
    "\0",
]


def test_these_are_there_by_name() -> None:
    assert set(NAMED) <= set(GROUNDINGS)
    for name in GROUNDINGS:
        assert registry.groundings()[name].name == name


@pytest.mark.parametrize("name", NAMED)
def test_each_is_found_alone(name: str) -> None:
    assert registry.Plugins[Notation]("groundings")[name].name == name


@EACH
def test_it_says_what_it_is(notation: Notation) -> None:
    assert notation.title
    assert notation.reference.startswith("https://")
    assert notation.holds
    assert notation.holds <= set(NAMES.values())
    told = notation.described()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["name"] == notation.name
    assert {"order", "scale"} <= told.keys()
    assert all(isinstance(told[key], str) and told[key] for key in ("order", "scale"))
    across, down = notation.quantum(SIZE)
    assert 0 < across <= SIZE[0] / 20
    assert 0 < down <= SIZE[1] / 20


@EACH
def test_options(notation: Notation) -> None:
    with pytest.raises(UsageError) as caught:
        notation.with_options({"no_such_option": "1"})
    assert notation.name in str(caught.value)
    assert all(option in str(caught.value) for option in notation.options or ["none"])
    assert dict(notation.with_options({}).options) == dict(notation.options)
    for option, default in notation.options.items():
        assert isinstance(default, str)
        same = notation.with_options({option: default})
        assert same.described() == notation.described()
        with pytest.raises(UsageError, match=option):
            notation.with_options({option: "no such value"})


@EACH
def test_options_leave_the_notation_itself_alone(notation: Notation) -> None:
    before = (dict(notation.options), notation.described())
    changed = {"order": "xy", "scale": "1", "max_pixels": "1003520"}
    notation.with_options({k: v for k, v in changed.items() if k in notation.options})
    assert (dict(notation.options), notation.described()) == before


@EACH
def test_nothing_is_said_or_is_a_loss(notation: Notation) -> None:
    problems = Problems()
    text = notation.write(Grounding((), SIZE), NOWHERE, problems)
    if text:
        assert len(problems) == 0
        assert notation.read(text, SIZE) == Grounding((), SIZE)
    else:
        assert problems.counts == {"grounding.nothing": 1}
        assert problems.losses == 1


@EACH
@pytest.mark.parametrize("label", ODD)
@pytest.mark.parametrize("form", ["list", "caption"])
def test_odd_labels(notation: Notation, label: str, form: str) -> None:
    thing = Pointed(label, (Box(10, 20, 300, 200), Points(((5, 5),))), 4, 4 + len(label))
    grounding = Grounding(
        (thing, Pointed("plain", (Box(0, 0, 320, 240),), 4 + len(label) + 1, len(label) + 10)), SIZE
    )
    if form == "caption":
        grounding = Grounding(grounding.objects, SIZE, f"See {label} plain here")
    first, second = Problems(), Problems()
    text = notation.write(grounding, NOWHERE, first)
    assert text == notation.write(grounding, NOWHERE, second)
    assert list(first) == list(second)
    assert "plain" in {thing.label for thing in notation.read(text, SIZE).objects}


@EACH
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_writing_never_fails_on_data(notation: Notation, data: Any) -> None:
    number = st.floats() | st.floats(-100, 800)
    box = st.builds(Box, number, number, number, number, number)
    points = st.lists(st.tuples(number, number), max_size=4).map(tuple)
    shape = box | st.builds(Points, points) | points.map(Polygon.of)
    words = st.text(max_size=8)
    at = st.integers(-1, 9)
    answers = st.lists(st.tuples(words, st.none() | number | words), max_size=2).map(tuple)
    thing = st.builds(Pointed, words, st.lists(shape, max_size=3).map(tuple), at, at, answers)
    size = st.sampled_from([SIZE, (1, 1), (0, 0), (100_000, 3)])
    things = st.lists(thing, max_size=4).map(tuple)
    grounding = data.draw(st.builds(Grounding, things, size, st.just("") | words))
    text = notation.write(grounding, NOWHERE, Problems())
    assert text == notation.write(grounding, NOWHERE, Problems())


@EACH
@given(text=st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_reading_refuses_with_a_reason_or_reads(notation: Notation, text: str) -> None:
    try:
        found = notation.read(text, SIZE)
    except ValueError as error:
        assert str(error)
    else:
        assert found.size == SIZE


def test_problem_codes_are_those_of_groundings() -> None:
    declared = [value for value in vars(_problems).values() if isinstance(value, ProblemType)]
    assert declared
    assert all(kind.code.startswith("grounding.") and kind.remedy for kind in declared)
