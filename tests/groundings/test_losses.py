"""What a notation cannot hold is said, and what it can is written as the model's family does."""

from __future__ import annotations

import pytest

from labelwright import registry
from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.problems import NOWHERE, Problems, Severity

GROUNDINGS = registry.groundings()
BOXES = sorted(set(GROUNDINGS) - {"molmo"})
JSON_LISTS = ["box_2d", "gemini", "qwen2.5-vl", "qwen3-vl"]
TOKENS = sorted(set(GROUNDINGS) - set(JSON_LISTS))
SIZE = (1000, 500)
WHOLE = Box(100, 100, 500, 200)
SHAPES: list[Geometry] = [
    Ellipse(300, 200, 50, 40),
    Polygon.of(((100, 100), (200, 100), (150, 300))),
    Polyline(((100, 100), (200, 150))),
    Mask(100, 100, 40, 20, (0, 800)),
    Skeleton((Joint("a", 100, 100), Joint("b", 200, 200))),
    Cuboid(tuple((100.0 + 10 * n, 100.0 + 20 * n) for n in range(8))),
    Box(300, 200, 100, 50, 30),
]


def write(
    name: str, *things: Pointed, caption: str = "", size: tuple[int, int] = SIZE
) -> tuple[str, Problems]:
    problems = Problems()
    return GROUNDINGS[name].write(Grounding(things, size, caption), NOWHERE, problems), problems


def told(problems: Problems) -> set[str]:
    return set(problems.counts) - {"grounding.rounded"}


def thing(*shapes: Geometry, label: str = "a", **more: object) -> Pointed:
    return Pointed(label, shapes, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: type(s).__name__)
def test_another_shape_is_written_as_its_box_and_that_is_a_loss(name: str, shape: Geometry) -> None:
    text, problems = write(name, thing(shape))
    assert told(problems) == {"grounding.extent"}
    assert problems.losses == 1
    assert len(GROUNDINGS[name].read(text, SIZE).objects) == 1


@pytest.mark.parametrize("name", BOXES)
def test_a_box_turned_by_right_angles_is_a_box(name: str) -> None:
    turned, problems = write(name, thing(Box(300, 100, 100, 200, 90)))
    assert told(problems) == set()
    assert turned == write(name, thing(Box(250, 150, 200, 100)))[0]


@pytest.mark.parametrize("shape", [WHOLE, *SHAPES], ids=lambda s: type(s).__name__)
def test_molmo_holds_points(shape: Geometry) -> None:
    text, problems = write("molmo", thing(shape))
    assert told(problems) == {"grounding.centre"}
    assert text.startswith('<point x="')


@pytest.mark.parametrize("name", sorted(GROUNDINGS))
def test_points_are_held_or_lost(name: str) -> None:
    text, problems = write(name, thing(Points(((100, 50), (20, 10)))), thing(WHOLE, label="b"))
    if "points" in GROUNDINGS[name].holds:
        assert "grounding.point" not in told(problems)
        shapes = [s for o in GROUNDINGS[name].read(text, SIZE).objects for s in o.shapes]
        found = sorted(s.points[0] for s in shapes if isinstance(s, Points))[:2]
        assert found == [pytest.approx((20, 10), abs=1), pytest.approx((100, 50), abs=1)]
    else:
        assert told(problems) == {"grounding.point"}
        assert [o.label for o in GROUNDINGS[name].read(text, SIZE).objects] == ["b"]


@pytest.mark.parametrize("name", sorted(GROUNDINGS))
def test_what_leaves_the_image_is_cut_off_or_lost(name: str) -> None:
    out = [Box(1000, 10, 50, 50), Box(-60, 10, 60, 50), Box(10, 500, 5, 5), Box(10, -9, 5, 5)]
    text, problems = write(name, *(thing(box) for box in out), thing(Box(-100, 400, 300, 400), label="b"))
    assert problems.counts["grounding.outside"] == 4
    assert problems.counts["grounding.clipped"] == 1
    (kept,) = GROUNDINGS[name].read(text, SIZE).objects
    inside = write(name, thing(Box(0, 400, 200, 100), label="b"))[0]
    assert (kept.label, text) == ("b", inside)
    exact = Box(0, 0, 1000.0000001, 500)  # percent in binary fractions
    assert "grounding.clipped" not in told(write(name, thing(exact))[1])


@pytest.mark.parametrize("name", BOXES)
def test_a_box_thinner_than_a_step_is_written_one_step_wide(name: str) -> None:
    size = (4000, 4000)
    across, _ = GROUNDINGS[name].quantum(size)
    found: set[str] = set()
    for x in (0.0, 301.0, size[0] - 0.1, size[0] / 2 - 0.1):
        text, problems = write(name, thing(Box(x, 100, 0.1, 2000)), size=size)
        found |= told(problems)
        ((box,),) = [o.shapes for o in GROUNDINGS[name].read(text, size).objects]
        assert isinstance(box, Box)
        assert 0 < box.width <= across * (1 + 1e-6)
        assert abs(box.x + box.width / 2 - x) <= 2 * across
    # A box within one patch of Kosmos-2 is that patch, which is within its step.
    assert found == (set() if name == "kosmos-2" else {"grounding.widened"})


@pytest.mark.parametrize("name", sorted(GROUNDINGS))
@pytest.mark.parametrize(
    "shape",
    [
        Box(float("nan"), 0, 1, 1),
        Box(0, 0, float("inf"), 1),
        Box(1e308, 1e308, 1e308, 1e308, 45),
        Box(10, 10, -5, 5),
        Polygon(()),
        Mask(0, 0, 0, 0, ()),
        Points(()),
    ],
    ids=repr,
)
def test_what_is_no_shape_is_lost(name: str, shape: Geometry) -> None:
    text, problems = write(name, thing(shape), thing(WHOLE, label="b"))
    assert problems.losses
    assert text == write(name, thing(WHOLE, label="b"))[0]
    assert "grounding.shapeless" in told(write(name, Pointed("c", ()))[1])


@pytest.mark.parametrize("name", sorted(GROUNDINGS))
def test_attributes_go_along_in_json_alone(name: str) -> None:
    text, problems = write(name, thing(WHOLE, answers=(("depth", 3), ("kinds", ["x", "y"]))))
    if name in JSON_LISTS:
        assert told(problems) == set()
        (read,) = GROUNDINGS[name].read(text, SIZE).objects
        assert read.answers == (("depth", 3), ("kinds", ["x", "y"]))
        clash = write(name, thing(WHOLE, answers=(("label", "other"), ("bad", float("nan")))))
        assert told(clash[1]) == {"grounding.attributes"}
        assert GROUNDINGS[name].read(clash[0], SIZE).objects[0].label == "a"
    else:
        assert "grounding.attributes" in told(problems)


OWN = {
    "paligemma": ["a; b", "a <loc0001> b", "two\nlines"],
    "florence-2": ["a<b", "two\nlines"],
    "kosmos-2": ["a<b", "<phrase>x</phrase>"],
    "internvl": ["<ref>a", "a</box>"],
    "deepseek-vl2": ["<|det|>a", "a<|/ref|>"],
    "molmo": ["</point> a", "<points a"],
}


@pytest.mark.parametrize(("name", "label"), [(name, label) for name in TOKENS for label in OWN[name]])
def test_a_notation_keeps_its_own_tokens(name: str, label: str) -> None:
    text, problems = write(name, thing(WHOLE, label=label))
    assert "grounding.own-tokens" in told(problems)
    assert len(GROUNDINGS[name].read(text, SIZE).objects) == 1
    caption = f"See {label} here."
    text, problems = write(name, thing(WHOLE, label=label, start=4, end=4 + len(label)), caption=caption)
    assert "grounding.own-tokens" in told(problems)
    assert len(GROUNDINGS[name].read(text, SIZE).objects) == 1


@pytest.mark.parametrize("name", TOKENS)
def test_a_label_is_needed(name: str) -> None:
    text, problems = write(name, thing(WHOLE, label=" "), thing(WHOLE, label="b"))
    assert problems.counts["grounding.label-missing"] == 1
    assert [o.label for o in GROUNDINGS[name].read(text, SIZE).objects] == ["b"]


@pytest.mark.parametrize("name", sorted(GROUNDINGS))
def test_nothing(name: str) -> None:
    text, problems = write(name)
    said = {"molmo": "There are none.", **dict.fromkeys(JSON_LISTS, "[]")}.get(name, "")
    assert text == said
    assert told(problems) == (set() if said else {"grounding.nothing"})
    if said:
        assert GROUNDINGS[name].read(text, SIZE) == Grounding((), SIZE)


@pytest.mark.parametrize("name", sorted(GROUNDINGS))
def test_a_phrase_must_be_where_it_says(name: str) -> None:
    caption = "A dog and a cat."
    good = thing(WHOLE, label="cat", start=12, end=15)
    text, problems = write(name, thing(WHOLE, label="dog", start=3, end=6), good, caption=caption)
    assert problems.counts["grounding.phrase-elsewhere"] == 1
    assert text == write(name, good, caption=caption)[0]


@pytest.mark.parametrize("name", sorted(set(GROUNDINGS) - {"paligemma", "florence-2"}))
def test_a_phrase_that_occurs_twice(name: str) -> None:
    caption = "A dog, a hotdog and a dog."
    first, last = thing(WHOLE, label="dog", start=2, end=5), thing(WHOLE, label="dog", start=22, end=25)
    for things in ((first,), (last,), (first, last)):
        text, problems = write(name, *things, caption=caption)
        assert told(problems) <= {"grounding.centre"}
        read = GROUNDINGS[name].read(text, SIZE)
        assert [(o.start, o.end, o.answers) for o in read.objects] == [(t.start, t.end, ()) for t in things]
    within = thing(WHOLE, label="dog", start=12, end=15)
    assert ("grounding.phrase-within-word" in told(write(name, within, caption=caption)[1])) is (
        name in JSON_LISTS
    )
    man = thing(WHOLE, label="man", start=2, end=5)
    assert "occurrence" not in write(name, man, caption="A man, a woman.")[0]


@pytest.mark.parametrize("name", JSON_LISTS)
def test_an_occurrence_that_is_not_there_is_refused(name: str) -> None:
    text, _ = write(name, thing(WHOLE, label="dog", start=12, end=15), caption="A dog and a dog.")
    assert '"occurrence": 2' in text
    for wrong in ("3", "0", "1.5", '"2"'):
        with pytest.raises(ValueError, match="occurs 2 times"):
            GROUNDINGS[name].read(text.replace('"occurrence": 2', f'"occurrence": {wrong}'), SIZE)
    clash = thing(WHOLE, label="dog", start=2, end=5, answers=(("occurrence", 7),))
    assert "grounding.attributes" in told(write(name, clash, caption="A dog.")[1])


def test_phrases_within_each_other() -> None:
    things = [thing(WHOLE, label="red car", start=2, end=9), thing(WHOLE, label="car", start=6, end=9)]
    for name in GROUNDINGS:
        text, problems = write(name, *things, caption="A red car.")
        inline = name in TOKENS and name not in ("paligemma", "florence-2")
        assert ("grounding.phrases-overlap" in told(problems)) is inline
        assert len(GROUNDINGS[name].read(text, SIZE).objects) == (1 if inline else 2)


CAPTION = "A red car by two dogs."
CAR = thing(Box(100, 100, 500, 200), label="red car", start=2, end=9)
DOGS = thing(Box(0, 0, 100, 100), Box(500, 250, 500, 250), label="two dogs", start=13, end=21)
FAMILIES = {
    "box_2d": f'{CAPTION}\n[{{"box_2d": [200, 100, 600, 600], "label": "red car"}}, '
    '{"box_2d": [0, 0, 200, 100], "label": "two dogs"}, '
    '{"box_2d": [500, 500, 1000, 1000], "label": "two dogs"}]',
    "internvl": "A <ref>red car</ref><box>[[100, 200, 600, 600]]</box> by "
    "<ref>two dogs</ref><box>[[0, 0, 100, 200], [500, 500, 1000, 1000]]</box>.",
    "deepseek-vl2": "A <|ref|>red car<|/ref|><|det|>[[100, 200, 599, 599]]<|/det|> by "
    "<|ref|>two dogs<|/ref|><|det|>[[0, 0, 100, 200], [500, 500, 999, 999]]<|/det|>.",
    "kosmos-2": "<grounding>A <phrase>red car</phrase><object><patch_index_0195><patch_index_0627></object>"
    " by <phrase>two dogs</phrase><object><patch_index_0000><patch_index_0195></delimiter_of_multi_objects/>"
    "<patch_index_0528><patch_index_1023></object>.",
    "molmo": 'A <point x="35.0" y="40.0" alt="red car">red car</point> by '
    '<points x1="5.0" y1="10.0" x2="75.0" y2="75.0" alt="two dogs">two dogs</points>.',
    "paligemma": "<loc0204><loc0102><loc0614><loc0614> red car ; "
    "<loc0000><loc0000><loc0204><loc0102> two dogs ; <loc0512><loc0512><loc1023><loc1023> two dogs",
    "florence-2": "red car<loc_100><loc_200><loc_600><loc_600>"
    "two dogs<loc_0><loc_0><loc_100><loc_200><loc_500><loc_500><loc_999><loc_999>",
}


@pytest.mark.parametrize(("name", "text"), FAMILIES.items())
def test_a_caption_is_written_as_the_family_does(name: str, text: str) -> None:
    found, problems = write(name, CAR, DOGS, caption=CAPTION)
    assert found == text
    flat = name in ("paligemma", "florence-2")
    assert ("grounding.caption" in told(problems)) is flat


def test_quotes_in_a_label_stay_in_the_words_of_molmo() -> None:
    text, problems = write("molmo", thing(Points(((500, 250),)), label='the "A" key'))
    assert text == '<point x="50.0" y="50.0" alt="the \'A\' key">the "A" key</point>'
    assert told(problems) == set()


def test_rounding_is_said_once_an_object_with_its_bound() -> None:
    _, problems = write("gemini", thing(Box(0.3, 0.3, 55.5, 55.5), Box(1.3, 1.3, 60, 60)), thing(WHOLE))
    assert problems.counts == {"grounding.rounded": 1}
    (problem,) = problems
    assert (problem.severity, problem.loss, bool(problem.bound)) == (Severity.NOTE, False, True)
    assert "1 x 0.5 pixels" in problem.message


@pytest.mark.parametrize("name", sorted(GROUNDINGS))
def test_an_image_without_size_is_a_problem(name: str) -> None:
    text, problems = write(name, thing(WHOLE), size=(0, 10))
    assert (text, told(problems), problems.errors) == ("", {"grounding.size-missing"}, 1)
    with pytest.raises(ValueError, match="0 x 10"):
        GROUNDINGS[name].read("[]", (0, 10))
