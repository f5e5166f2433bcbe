"""Good and bad texts of every notation: the good are read where they are, the bad refused for their rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labelwright import registry
from labelwright.contracts import Notation
from labelwright.examples import Grounding
from labelwright.geometry.measures import extent

GOLDEN = Path(__file__).parents[1] / "golden" / "formats"
FOLDERS = {
    "vlm_deepseek_vl2": "deepseek-vl2",
    "vlm_florence2": "florence-2",
    "vlm_gemini": "gemini",
    "vlm_internvl": "internvl",
    "vlm_kosmos2": "kosmos-2",
    "vlm_molmo_point": "molmo",
    "vlm_paligemma": "paligemma",
    "vlm_qwen2_5_vl": "qwen2.5-vl",
    "vlm_qwen3_vl": "qwen3-vl",
}
# What we say of a line that breaks a rule. MISPLACED: the text alone is valid in another order or scale
# too, so that nobody can refuse it without knowing where the box is; then it is read somewhere else.
MISPLACED = "read somewhere else"
SAID = {
    ("vlm_deepseek_vl2", "tags"): "belongs to no whole element",
    ("vlm_florence2", "range"): "1000 is out of range; it goes from 0 to 999",
    ("vlm_gemini", "xyxy"): MISPLACED,
    ("vlm_gemini", "arity"): "is not four numbers",
    ("vlm_internvl", "single"): "no list of lists",
    ("vlm_kosmos2", "range"): "patch 1024 is out of range",
    ("vlm_molmo_point", "px"): "percent go from 0 to 100",
    ("vlm_paligemma", "digits"): "not four digits",
    ("vlm_paligemma", "xyxy"): MISPLACED,
    ("vlm_qwen2_5_vl", "key"): "needs the key 'bbox_2d'; it has 'box_2d'",
    ("vlm_qwen2_5_vl", "yxyx"): "out of range.*is the order or the scale another",
    ("vlm_qwen3_vl", "px"): MISPLACED,
    ("vlm_qwen3_vl", "range"): "out of range",
}


def lines(name: str) -> list[tuple[str, dict[str, Any]]]:
    made = []
    for folder in FOLDERS:
        text = (GOLDEN / folder / name).read_text(encoding="utf-8")
        made += [(folder, json.loads(line)) for line in text.split("\n") if line]
    return made


def bad_lines() -> list[tuple[str, str, dict[str, Any]]]:
    rules = {f: json.loads((GOLDEN / f / "rules.json").read_text(encoding="utf-8"))["bad"] for f in FOLDERS}
    told: dict[str, list[str]] = {
        f: [r["rule"] for r in sorted(rules[f], key=lambda r: r["line"])] for f in FOLDERS
    }
    return [(folder, told[folder].pop(0), line) for folder, line in lines("bad.jsonl")]


def notation_of(folder: str, line: dict[str, Any]) -> Notation:
    """The notation, set so that it resizes the image to what the line tells."""
    found = registry.groundings()[FOLDERS[folder]]
    if line.get("input_wh") == line["image_wh"]:
        found = found.with_options({"factor": "4"})
        assert found.quantum(tuple(line["image_wh"])) == (1, 1)
    return found


def is_where(notation: Notation, read: Grounding, line: dict[str, Any]) -> bool:
    """Whether every place is within a step of where the line expects it."""
    across, down = notation.quantum(read.size)
    steps = (across, down, across, down)
    wanted = (
        [(x, y, x, y) for x, y in line["expect_points"]] if "expect_points" in line else line["expect_xyxy"]
    )
    found = [extent(shape) for thing in read.objects for shape in thing.shapes]
    return len(found) == len(wanted) and all(
        abs(a - b) <= step * (1 + 1e-6)
        for box, want in zip(found, wanted, strict=True)
        for a, b, step in zip(box, want, steps, strict=True)
    )


def test_every_folder_is_here() -> None:
    assert {p.name for p in GOLDEN.glob("vlm_*")} == set(FOLDERS)


@pytest.mark.parametrize(("folder", "line"), lines("good.jsonl"))
def test_a_good_text_is_read_where_it_is(folder: str, line: dict[str, Any]) -> None:
    notation = notation_of(folder, line)
    read = notation.read(line["assistant"], tuple(line["image_wh"]))
    assert [thing.label for thing in read.objects] == line["labels"]
    assert is_where(notation, read, line)


@pytest.mark.parametrize(("folder", "rule", "line"), bad_lines())
def test_a_bad_text_is_refused_for_its_rule(folder: str, rule: str, line: dict[str, Any]) -> None:
    notation = notation_of(folder, line)
    size = tuple(line["image_wh"])
    if SAID[folder, rule] == MISPLACED:
        assert not is_where(notation, notation.read(line["assistant"], size), line)
    else:
        with pytest.raises(ValueError, match=SAID[folder, rule]):
            notation.read(line["assistant"], size)


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("box_2d", '[{"box_2d": [0, 0, "1", 1], "label": "a"}]', "not four numbers"),
        ("box_2d", '[{"box_2d": [0, 0, true, 1], "label": "a"}]', "not four numbers"),
        ("box_2d", '[{"box_2d": [500, 0, 400, 1], "label": "a"}]', "inverted"),
        ("box_2d", '[{"box_2d": [0, 0, 0, 1], "label": "a"}]', "no area"),
        ("box_2d", '[{"box_2d": [0, 0, 1, NaN], "label": "a"}]', "no JSON"),
        ("box_2d", '[{"box_2d": [0, 0, 1, 1]}]', "needs a label"),
        ("box_2d", '[{"box_2d": [0, 0, 1, 1], "label": "a", "label": "b"}]', "twice"),
        ("box_2d", f'[{{"box_2d": [0, 0, 1, {10**400}], "label": "a"}}]', "not four numbers"),
        ("box_2d", "[" * 200_000, "too deeply|no JSON list"),
        ("box_2d", '{"box_2d": [0, 0, 1, 1], "label": "a"}', "no list"),
        ("box_2d", "[1]", "no object"),
        ("box_2d", "I see nothing.", "no JSON list"),
        ("box_2d", 'A cat.\n[{"box_2d": [0, 0, 1, 1], "label": "dog"}]', "does not occur"),
        ("box_2d", '[{"box_2d": [0, 0, 1001, 1], "label": "a"}]', "out of range"),
        ("internvl", "<ref>a</ref><box>[[1, 2, 3]]</box>", "four whole numbers"),
        ("internvl", "<ref>a</ref><box>[[5, 2, 3, 4]]</box>", "inverted"),
        ("internvl", "<ref>a</ref><box>[]</box>", "no place"),
        ("internvl", "", "empty"),
        ("florence-2", "a<loc_1><loc_2><loc_3>", "four locations"),
        ("florence-2", "a<loc_1><loc_2><loc_3><loc_4>b", "belong to no place"),
        ("florence-2", "<loc_1><loc_2><loc_3><loc_4>", "no whole element"),
        ("paligemma", "<loc0001><loc0002><loc0003> a", "four locations"),
        ("paligemma", "<loc0001><loc0002><loc0003><loc1024> a", "1024 is out of range"),
        ("paligemma", "<loc0001><loc0002><loc0003><loc0004>a", "no whole element"),
        ("kosmos-2", "<phrase>a</phrase><object><patch_index_0000><patch_index_0033></object>", "begin with"),
        (
            "kosmos-2",
            "<grounding><phrase>a</phrase><object><patch_index_0033><patch_index_0000></object>",
            "inverted",
        ),
        ("molmo", '<points x1="1.0" y1="2.0" x2="3.0" alt="a">a</points>', "one x and one y"),
        ("molmo", '<point x="one" y="2.0" alt="a">a</point>', "no percentage"),
        ("molmo", '<point x="1.0" y="2.0" alt="a">a', "no whole element"),
        ("qwen2.5-vl", '[{"point_2d": [1, 2, 3], "label": "a"}]', "two numbers"),
    ],
)
def test_what_a_text_gets_wrong_is_said(name: str, text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        registry.groundings()[name].read(text, (200, 100))


def test_orders_and_scales_of_box_2d() -> None:
    box_2d = registry.groundings()["box_2d"]
    for order, scale, numbers in (
        ("yx", "1000", "[250, 500, 500, 750]"),
        ("xy", "1000", "[500, 250, 750, 500]"),
        ("yx", "pixels", "[25, 100, 50, 150]"),
        ("xy", "1", "[0.5, 0.25, 0.75, 0.5]"),
    ):
        notation = box_2d.with_options({"order": order, "scale": scale})
        read = notation.read(f'[{{"box_2d": {numbers}, "label": "a", "deep": true}}]', (200, 100))
        assert [extent(shape) for shape in read.objects[0].shapes] == [(100, 25, 150, 50)]
        assert read.objects[0].answers == (("deep", True),)
