"""What the page on predictors shows works as it is shown."""

from __future__ import annotations

import re
import tomllib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from chatting import question, shipped

from labelwright.contracts import Control, Guess, Input, Query, Template
from labelwright.geometry.shapes import Box
from labelwright.predicting.asking import Wanted, loaded
from labelwright.predicting.binding import bind
from labelwright.predicting.model import Model
from labelwright.records import Kind, Segment, Shape, Span
from labelwright.registry import predictors
from labelwright.service.config.load import parsed
from labelwright.service.predicting import models

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/predictors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
EMAILS = shipped("email-classification")
NAMES = {"Span": Span, "Segment": Segment, "Shape": Shape, "Box": Box}


def blocks(language: str, saying: str) -> str:
    (found,) = [text for kind, text in BLOCKS if kind == language and saying in text]
    return str(found)


def emails(*texts: str) -> list[Query]:
    return [question(EMAILS, str(n), text=text) for n, text in enumerate(texts)]


def test_the_table_names_every_predictor() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", PAGE, re.M)
    assert sorted(rows) == sorted(predictors())


def test_the_configurations_are_of_predictors_that_can_be_served(tmp_path: Path) -> None:
    (tmp_path / "my_model.py").write_text(blocks("python", "class Model"), encoding="utf-8")
    (tmp_path / "labelling_functions.py").write_text(blocks("python", "def lf_price"), encoding="utf-8")
    text = "\n".join(one for kind, one in BLOCKS if kind == "toml" and "[predictors." in one)
    found = parsed(text.replace('tool = "label-studio"', ""), tmp_path / "labelwright.toml")
    assert sorted(models(found)) == ["mails", "own", "people", "rules"]


def test_a_class_of_ones_own_is_enough(tmp_path: Path) -> None:
    (tmp_path / "my_model.py").write_text(blocks("python", "class Model"), encoding="utf-8")
    with ExitStack() as stack:
        model = loaded(Wanted(f"{tmp_path / 'my_model.py'}:Model"), EMAILS, stack)
        (found,) = model.predict(emails("x"))
    assert (found.answers, found.score, found.problems) == ({"category": "SUPPORT_REQUEST"}, 0.5, [])


def test_patterns_find_what_the_page_says(tmp_path: Path) -> None:
    text = blocks("toml", "[[pattern]]")
    labels = [one["label"] for one in tomllib.loads(text)["pattern"]]
    (tmp_path / "patterns.toml").write_text(text, encoding="utf-8")
    asked = Template("t", inputs={"text": Input("text")}, controls={"found": Control(Kind.SPANS, labels)})
    with ExitStack() as stack:
        model = loaded(Wanted("patterns", {"file": str(tmp_path / "patterns.toml")}), asked, stack)
        (found,) = model.predict([question(asked, text="Send AB-123456 to frankfurt am main")])
    assert [(s.text, s.label) for s in (found.answers or {})["found"]] == [
        ("AB-123456", "ORDER"),
        ("frankfurt am main", "CITY"),
    ]


def test_labelling_functions_choose_and_tell_what_they_hesitate_between(tmp_path: Path) -> None:
    file = tmp_path / "labelling_functions.py"
    file.write_text(blocks("python", "def lf_price"), encoding="utf-8")
    with ExitStack() as stack:
        model = loaded(Wanted("labelling-functions", {"file": str(file)}), EMAILS, stack)
        price, both, neither = model.predict(emails("What is the PRICE?", "Help, the price is wrong", "Hi"))
    assert price.answers == {"category": "SALES_INQUIRY"}
    assert price.shares == {
        "category": {"SUPPORT_REQUEST": 0.15, "SALES_INQUIRY": 0.7, "GENERAL_FEEDBACK": 0.15}
    }
    assert both.answers == neither.answers == {}


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (Kind.CHOICE, '`"A"`'),
        (Kind.CHOICES, '`("A", "B")`'),
        (Kind.RATING, "`4`"),
        (Kind.NUMBER, "`4`"),
        (Kind.TEXT, '`"words"`'),
        (Kind.TRANSCRIPT, '`"words"`'),
        (Kind.DATE, '`"2026-01-31"`'),
        (Kind.TAXONOMY, '`(("Europe", "Spain"),)`'),
        (Kind.SPANS, '`(Span(0, 5, "PERSON", score=0.9),)`'),
        (Kind.SEGMENTS, '`(Segment(0.5, 2.25, "SPEECH"),)`'),
        (Kind.SHAPES, '`(Shape(Box(10, 20, 30, 40), "CAR", score=0.9),)`'),
    ],
)
def test_values_of_the_table_are_taken(kind: Kind, shown: str) -> None:
    assert shown in PAGE
    value = eval(shown.strip("`"), dict(NAMES))
    type_ = {Kind.SEGMENTS: "audio", Kind.TRANSCRIPT: "audio", Kind.SHAPES: "image"}.get(kind, "text")
    template = Template("t", inputs={"shown": Input(type_)}, controls={"asked": Control(kind)})

    class Says:
        inputs, kinds = (type_,), (kind,)

        def __init__(self, asked: Any) -> None:
            del asked

        def predict(self, batch: Any) -> list[Guess]:
            return [Guess({"asked": value}) for _ in batch]

    model = Model("says", Says, bind(Says, template))
    model.load()
    (found,) = model.predict([question(template, shown="Hello world")])
    assert found.problems == [] and list(found.answers or {}) == ["asked"]
