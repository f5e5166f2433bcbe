"""What a notation writes it reads again: labels exactly, every box within one step."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.groundings.drawn_groundings import captions, lists

from labelwright import registry
from labelwright.contracts import Notation
from labelwright.examples import Grounding, Pointed
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import Points
from labelwright.problems import NOWHERE, Problems

GROUNDINGS = registry.groundings()
FLAT = {"paligemma", "florence-2"}  # these write a caption's phrases alone
POINTING = {"molmo"}
EXPECTED = {"grounding.rounded", "grounding.centre"}

NOTATIONS = [
    *GROUNDINGS.values(),
    *(
        GROUNDINGS["box_2d"].with_options({"order": order, "scale": scale})
        for order, scale in (("xy", "1000"), ("yx", "pixels"), ("xy", "pixels"), ("yx", "1"), ("xy", "1"))
    ),
    GROUNDINGS["qwen2.5-vl"].with_options({"max_pixels": "1003520"}),
    GROUNDINGS["qwen2.5-vl"].with_options({"factor": "32", "min_pixels": "200704"}),
]


def places(grounding: Grounding, centres: bool) -> dict[str, list[tuple[float, ...]]]:
    """x1, y1, x2, y2 of every shape by label; the centre twice where asked."""
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for thing in grounding.objects:
        for shape in thing.shapes:
            x1, y1, x2, y2 = extent(shape)
            middle = ((x1 + x2) / 2, (y1 + y2) / 2)
            found[thing.label].append((*middle, *middle) if centres else (x1, y1, x2, y2))
    return found


def near(notation: Notation, written: Grounding, read: Grounding) -> None:
    across, down = notation.quantum(written.size)
    centres = notation.name in POINTING
    wanted, found = places(written, centres), places(read, centres)
    assert found.keys() == wanted.keys()
    for label, boxes in wanted.items():
        assert len(found[label]) == len(boxes)
        if centres:  # Molmo sorts, so some order must serve
            assert any(
                all(within(want, got, across, down) for want, got in zip(boxes, some, strict=True))
                for some in permutations(found[label])
            )
        else:
            assert all(within(*pair, across, down) for pair in zip(boxes, found[label], strict=True))


def within(want: tuple[float, ...], got: tuple[float, ...], across: float, down: float) -> bool:
    """Whether two boxes differ by at most a step on every side."""
    steps = (across, down, across, down)
    return all(abs(a - b) <= step * (1 + 1e-6) for a, b, step in zip(want, got, steps, strict=True))


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda n: f"{n.name}{dict(n.options) or ''}")
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_list_comes_back(notation: Notation, data: Any) -> None:
    grounding = data.draw(lists())
    problems = Problems()
    text = notation.write(grounding, NOWHERE, problems)
    assert set(problems.counts) <= EXPECTED
    read = notation.read(text, grounding.size)
    assert (read.caption, read.size) == ("", grounding.size)
    near(notation, grounding, read)
    assert notation.write(grounding, NOWHERE, Problems()) == text


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda n: f"{n.name}{dict(n.options) or ''}")
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_caption_comes_back(notation: Notation, data: Any) -> None:
    grounding = data.draw(captions())
    flat = notation.name in FLAT
    problems = Problems()
    text = notation.write(grounding, NOWHERE, problems)
    assert set(problems.counts) <= EXPECTED | ({"grounding.caption"} if flat else set())
    read = notation.read(text, grounding.size)
    near(notation, grounding, read)
    if not flat:
        assert read.caption == grounding.caption
        spans = [(thing.label, thing.start, thing.end) for thing in grounding.objects]
        assert [(thing.label, thing.start, thing.end) for thing in read.objects] == spans


@pytest.mark.parametrize("name", ["qwen2.5-vl", "qwen3-vl", "gemini", "molmo"])
@given(x=st.floats(0, 640), y=st.floats(0, 480))
@settings(max_examples=40, deadline=None)
def test_points_come_back(name: str, x: float, y: float) -> None:
    notation = GROUNDINGS[name]
    problems = Problems()
    written = Grounding((Pointed("tip", (Points(((x, y),)),)),), (640, 480))
    read = notation.read(notation.write(written, NOWHERE, problems), (640, 480))
    assert set(problems.counts) <= {"grounding.rounded"}
    ((shape,),) = [thing.shapes for thing in read.objects]
    assert isinstance(shape, Points)
    across, down = notation.quantum((640, 480))
    assert abs(shape.points[0][0] - x) <= across
    assert abs(shape.points[0][1] - y) <= down
