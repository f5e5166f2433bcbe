"""Every place of a scene is found again in the text where it was drawn, or is lost by a code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.groundings.drawn_scenes import scenes
from tests.groundings.test_there_and_back import NOTATIONS

from labelwright.contracts import Notation, count_places
from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import Box, Points
from labelwright.pipeline.accounts import EXACT, Spot, found_again, read_back, spots_of
from labelwright.problems import NOWHERE, WRITE, Problems


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda n: f"{n.name}{dict(n.options) or ''}")
@given(scene=scenes())
@settings(max_examples=120, deadline=None)
def test_a_place_is_written_or_lost_by_code(notation: Notation, scene: Grounding) -> None:
    problems, points = Problems(), "points" in notation.holds
    text = notation.write(scene, NOWHERE, problems)
    lost = problems.ledger(WRITE).lost
    found = read_back(notation, text, scene) if text else 0
    assert count_places(scene, points) == found + sum(lost.values())
    assert all(count > 0 and problems.counts[code] for code, count in lost.items())
    if not text:
        assert next(reversed(problems.counts)) in {
            "grounding.size-missing",
            "grounding.aspect",
            "grounding.nothing",
        }


# --- how places are found again ----------------------------------------------------------------

STEPS = (2.0, 1.0)


def spot(label: str, x: float, y: float, width: float = 50, height: float = 40) -> Spot:
    return Spot(label, (x, y, x + width, y + height))


ONE, OTHER = spot("dog", 10, 20), spot("cat", 200, 100)


@pytest.mark.parametrize(
    ("read", "count"),
    [
        ([ONE, OTHER], 2),
        ([OTHER, ONE], 2),
        ([ONE], 1),
        ([], 0),
        ([spot("dog", 12, 21), OTHER], 2),  # a step off
        ([spot("dog", 12.1, 20), OTHER], 0),  # more than that: one is found, one is nobody's
        ([spot("dog", 10, 21.1), OTHER], 0),
        ([spot("dog", 10, 20, 53), OTHER], 0),
        ([spot("cat", 10, 20), spot("dog", 200, 100)], -2),  # labels that changed places
        ([ONE, ONE], 0),  # the first twice and the second not at all
        ([ONE, ONE, OTHER, OTHER], 0),
        ([spot("", 10, 20), OTHER], 0),
    ],
)
def test_a_place_stands_for_one_that_was_drawn_there(read: list[Spot], count: int) -> None:
    assert found_again([ONE, OTHER], read, STEPS) == count


def test_what_nobody_drew_counts_against_a_row() -> None:
    assert found_again([], [ONE], EXACT) == -1


def test_a_thin_box_may_be_widened_by_a_step_more() -> None:
    assert found_again([spot("dog", 10, 20, 0.5, 40)], [spot("dog", 7, 20, 3.5, 40)], STEPS) == 1
    assert found_again([spot("dog", 10, 20, 2.5, 40)], [spot("dog", 7, 20, 5.5, 40)], STEPS) == -1


@pytest.mark.parametrize(
    ("drawn", "read", "same"),
    [
        ("a<ref>b", "a     b", True),
        ("<dog", "dog", True),
        ("dog house", "house dog", False),
        ("dog", "dogs", False),
        ("dog", " ", False),
    ],
)
def test_blanks_may_stand_for_the_tokens_of_a_notation(drawn: str, read: str, same: bool) -> None:
    assert found_again([spot(drawn, 1, 1)], [spot(read, 1, 1)], EXACT) == (1 if same else -1)


def test_close_places_find_each_their_own_in_any_order() -> None:
    drawn = [Spot("ant", (x, 5.0, x, 5.0)) for x in (0.0, 1.5, 3.0, 4.5)]
    read = [Spot("ant", (x, 5.0, x, 5.0)) for x in (6.0, 3.0, 4.0, 1.0)]  # each fits several: 4.5, 1.5, 3, 0
    assert found_again(drawn, read, STEPS) == 4
    assert found_again(drawn, read[::-1], STEPS) == 4


def test_a_thousand_like_places_are_found_in_little_time() -> None:
    drawn = [Spot("ant", (float(n % 50), float(n // 50), 60.0, 60.0)) for n in range(1000)]
    assert found_again(drawn, drawn[::-1], (0.4, 0.4)) == 1000


def test_spots_are_what_a_notation_can_say_within_the_image() -> None:
    tip = Pointed("tip", (Points(((1.0, 2.0), (5.0, 8.0))),))
    box = Pointed("box", (Box(-4.0, 10.0, 14.0, 20.0), Box(float("nan"), 0, 1, 1)))
    drawn = Grounding((tip, box), (100, 25))
    assert spots_of(drawn) == [
        ("tip", (1.0, 2.0, 1.0, 2.0)),
        ("tip", (5.0, 8.0, 5.0, 8.0)),
        ("box", (0.0, 10.0, 10.0, 25.0)),
    ]
    assert spots_of(drawn, points=False)[0] == ("tip", (1.0, 2.0, 5.0, 8.0))
    assert spots_of(drawn, boxes=False)[2] == ("box", (5.0, 17.5, 5.0, 17.5))
