"""Each lint rule does what its cases say. A case is data: rows, what is known, what must be found."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labelwright.contracts import Template
from labelwright.geometry.shapes import Box, Geometry, Mask, Points, Polygon
from labelwright.problems import Place, Problem
from labelwright.quality import lint
from labelwright.quality.lint import Context, Row, digests
from labelwright.records import Annotation, Item, ItemKey, Prediction, Shape
from labelwright.registry import lint_rules

CASES = Path(__file__).with_name("lint_cases")
LOADED = {p.stem: tomllib.loads(p.read_text(encoding="utf-8"))["cases"] for p in sorted(CASES.glob("*.toml"))}
EACH = [
    pytest.param(name, case, id=f"{name}: {case['name']}") for name, all_ in LOADED.items() for case in all_
]


def rows(case: dict[str, Any]) -> Iterator[Row]:
    """The rows of a case; ``times`` repeats one, with its number in place of ``{n}``."""
    given = [(row, n) for row in case.get("rows", []) for n in range(row.get("times", 1))]
    for line, (row, n) in enumerate(given, 1):
        text, taught = (str(row.get(k, "")).replace("{n}", str(n)) for k in ("text", "taught"))
        question = str(row.get("question", "")).replace("{n}", str(n))
        split = row.get("split", "train.jsonl")
        seen = (text, str(row.get("media", "")))
        pair = digests(seen, taught)
        shown = str(row.get("media", "")).replace("{n}", str(n)).encode()
        yield Row(
            text, text, taught, Place(split, line), split, question, *pair, bool(seen[1]), False,
            tuple(row.get("phrases", ())), row.get("pairs"), shown,
        )  # fmt: skip


def items(case: dict[str, Any]) -> Iterator[Item]:
    """Items by the numbers of people who answered them, and what these answered; ``many`` repeats one."""
    control = next(iter(case.get("template", {}).get("controls", {})), "control")
    answers, meta = case.get("answers", []), case.get("meta", [])
    given: list[tuple[list[str], dict[str, Any]]] = [
        (answers[n] if answers else ["x"] * people, meta[n] if meta else {})
        for n, people in enumerate(case.get("people", []))
    ]
    for one in case.get("many", []):
        given += [(one["answers"], one["meta"])] * one["times"]
    yield from map(drawn_item, range(1000), case.get("drawn", []))
    for number, (said, about) in enumerate(given):
        marks = [Annotation(f"{number}-{p}", f"p{p}", {control: a} if a else {}) for p, a in enumerate(said)]
        yield Item(ItemKey("", "", str(number)), {}, marks, meta=about)


def drawn_item(number: int, case: dict[str, Any]) -> Item:
    """An item by what each annotator drew on its image, and a model; ``said``: what they wrote of it."""
    said = case.get("said", {})
    annotations = [
        Annotation(
            f"{number}-{who}", who, {"objects": tuple(map(drawn_shape, shapes))} | {"caption": said[who]}
            if who in said else {"objects": tuple(map(drawn_shape, shapes))},
        )
        for who, shapes in case["by"].items()
    ]  # fmt: skip
    models = (
        [Prediction("m", "m", {"objects": tuple(map(drawn_shape, case["model"]))})] if "model" in case else []
    )
    sizes = {"image": (case["size"][0], case["size"][1])} if "size" in case else {}
    image = case.get("image", f"{number}.png")
    return Item(ItemKey("", "", str(number)), {"image": image}, annotations, models, sizes=sizes)


def drawn_shape(given: dict[str, Any]) -> Shape:
    geometry: Geometry
    if "box" in given:
        geometry = Box(*map(float, given["box"]))
    elif "mask" in given:
        x, y, width, height = given["mask"]
        geometry = Mask(x, y, width, height, (0, width * height))
    elif "ring" in given:
        geometry = Polygon.of(tuple((float(x), float(y)) for x, y in given["ring"]))
    else:
        geometry = Points(tuple((float(x), float(y)) for x, y in given["points"]))
    answers = (("phrase", given["phrase"]),) if "phrase" in given else ()
    return Shape(
        geometry, given.get("label", "CAR"), given.get("id", ""), given.get("unit", ""),
        group=given.get("group", ""), score=given.get("score"), answers=answers,
    )  # fmt: skip


def found(name: str, case: dict[str, Any], tmp_path: Path) -> list[Problem]:
    template = (
        msgspec.convert({"name": tmp_path.name, **case["template"]}, Template) if "template" in case else None
    )
    if template is not None:
        template.folder = str(tmp_path)
        for file, text in case.get("files", {}).items():
            (tmp_path / file).write_text(text, encoding="utf-8")
    rule = lint_rules()[name](
        Context(template, export=bool({"people", "many", "drawn"} & set(case)), splits=2)
    )
    problems = [p for item in items(case) for p in rule.see_item(item, "export.json")]
    problems += [p for row in rows(case) for p in rule.see(row)]
    return [*problems, *rule.finish()]


@pytest.mark.parametrize(("name", "case"), EACH)
def test_case(name: str, case: dict[str, Any], tmp_path: Path) -> None:
    problems = found(name, case, tmp_path)
    assert Counter(p.code for p in problems) == case["found"], problems
    said = "\n".join(f"{p.place} {p.message} {p.remedy}" for p in problems)
    assert [text for text in case.get("says", []) if text not in said] == []
    assert [text for text in case.get("hides", []) if text in said] == []


def test_every_rule_has_cases_in_which_it_speaks_and_in_which_it_is_silent() -> None:
    assert set(LOADED) == set(lint_rules())
    for name, cases in LOADED.items():
        assert any(case["found"] for case in cases), name
        assert any(not case["found"] for case in cases), name


def test_a_rule_is_called_as_its_file() -> None:
    folder = Path(lint.__file__).parent
    files = {p.stem.replace("_", "-") for p in folder.glob("*.py") if not p.name.startswith("_")}
    assert set(lint_rules()) == files
    pages = {name: sys.modules[rule.__module__].__doc__ or "" for name, rule in lint_rules().items()}
    assert [name for name, page in pages.items() if len(page.split()) < 20] == []
