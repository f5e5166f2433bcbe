"""``labelwright predictors order``: uncertain and unlike items come first, the same way every time."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.predicting.ordering.output import read

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="kind" toName="text">'
    '<Choice value="A"/><Choice value="B"/></Choices></View>'
)
SURE = """
from labelwright.contracts import Guess


class Sure:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        made = []
        for query in batch:
            label, score = query.text("text").split()[:2]
            made.append(Guess({self.control: label}, scores={self.control: float(score)}))
        return made


class Silent(Sure):
    def predict(self, batch):
        return [Guess({self.control: "A"}) for _ in batch]
"""


def world(folder: Path, *tasks: tuple[str, list[str]]) -> list[str]:
    """An export of texts and what people said of each, and a predictor that says what the text says."""
    made = [
        {
            "id": n,
            "data": {"text": text},
            "annotations": [
                {
                    "id": n * 100 + who,
                    "completed_by": who,
                    "result": [
                        {
                            "from_name": "kind",
                            "to_name": "text",
                            "type": "choices",
                            "value": {"choices": [said]},
                        }
                    ],
                }
                for who, said in enumerate(people, 1)
            ],
        }
        for n, (text, people) in enumerate(tasks, 1)
    ]
    (folder / "export.json").write_text(json.dumps(made))
    (folder / "config.xml").write_text(CONFIG)
    (folder / "sure.py").write_text(SURE)
    return ["--against", str(folder / "export.json"), "--label-config", str(folder / "config.xml")]


def ordered(ran: Any) -> list[str]:
    assert ran.code == 0, ran.err
    return [one["item"] for one in ran.json["order"]]


def test_uncertain_items_come_first_and_answered_ones_not_at_all(labelwright: Any, tmp_path: Path) -> None:
    named = world(tmp_path, ("A 0.9", []), ("B 0.55", []), ("A 0.7", []), ("A 0.5", ["A"]))
    model = f"{tmp_path}/sure.py:Sure"
    ran = labelwright("predictors", "order", model, *named, "--by", "uncertainty", "--json")
    assert ordered(ran) == ["2", "3", "1"]
    assert ran.json["by"] == "uncertainty"
    assert [one["uncertainty"] for one in ran.json["order"]] == [0.45, 0.3, 0.1]
    assert (ran.json["items"], ran.json["candidates"]) == (4, 3)
    first = labelwright(
        "predictors", "order", model, *named, "--by", "uncertainty", "--share", "34", "--json"
    )
    assert ordered(first) == ["2", "3"]  # a part of an item is a whole one
    assert first.json["cut"] == 1


def test_an_item_on_which_person_and_predictor_differ_wants_a_second_answer(
    labelwright: Any, tmp_path: Path
) -> None:
    named = world(tmp_path, ("A 0.9", ["A"]), ("A 0.9", ["B"]), ("B 0.6", ["B"]))
    ran = labelwright(
        "predictors",
        "order",
        f"{tmp_path}/sure.py:Sure",
        *named,
        "--by",
        "uncertainty",
        "--answers",
        2,
        "--json",
    )
    assert ordered(ran) == ["2", "3", "1"]
    assert [one["disagreement"] for one in ran.json["order"]] == [1.0, 0.0, 0.0]
    assert [one["value"] for one in ran.json["order"]] == [1.0, 0.4, 0.1]


def test_without_scores_the_lot_or_diversity_stands_in_and_says_so(labelwright: Any, tmp_path: Path) -> None:
    texts = ["A cat", "A cat too", "A stock market crash", "A kitten", "A bank loses money"]
    named = world(tmp_path, *((text, []) for text in texts))
    model = f"{tmp_path}/sure.py:Silent"
    ran = labelwright("predictors", "order", model, *named, "--json")
    assert ran.json["by"] == "diversity"
    assert ran.json["problem_counts"] == {"ordering.no-scores": 1}
    first, second, *_ = ordered(ran)
    assert {first, second} & {"3", "5"} and {first, second} & {"1", "2", "4"}, "one of money, one of cats"
    by_lot = labelwright("predictors", "order", model, *named, "--by", "uncertainty", "--json")
    assert by_lot.json["by"] == "lot"
    other = labelwright("predictors", "order", model, *named, "--by", "lot", "--seed", 3, "--json")
    assert sorted(ordered(other)) == sorted(ordered(by_lot)) and ordered(other) != ordered(by_lot)


def test_the_order_is_that_of_keys_and_seed_whatever_the_order_of_the_source(
    labelwright: Any, tmp_path: Path
) -> None:
    named = world(tmp_path, *((f"A 0.{n % 3 + 5} text number {n}", []) for n in range(12)))
    model = f"{tmp_path}/sure.py:Sure"
    first = ordered(labelwright("predictors", "order", model, *named, "--json"))
    export = tmp_path / "export.json"
    export.write_text(json.dumps(json.loads(export.read_text())[::-1]))
    assert ordered(labelwright("predictors", "order", model, *named, "--json")) == first
    for out in ("order.csv", "order.json"):
        ran = labelwright("predictors", "order", model, *named, "-o", tmp_path / out)
        assert ran.code == 0, ran.err
        assert read(tmp_path / out) == first
    ran = labelwright("predictors", "order", model, *named, "-o", tmp_path / "items.jsonl")
    shown = [json.loads(line)["text"] for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    tasks = {str(task["id"]): task["data"]["text"] for task in json.loads(export.read_text())}
    assert shown == [tasks[item] for item in first]
    again = labelwright("predictors", "order", model, *named, "-o", tmp_path / "order.csv")
    assert again.code == 2 and "--force" in again.err
    rows = list(csv.DictReader(io.StringIO((tmp_path / "order.csv").read_text(), newline="")))
    assert [row["rank"] for row in rows] == [str(n) for n in range(1, 13)]


def test_a_predictor_that_learns_learns_of_the_answers_that_there_are(
    labelwright: Any, tmp_path: Path
) -> None:
    cats = ["The cat sleeps", "A kitten plays", "My cat purrs", "Cats drink milk"]
    money = ["The bank lends money", "Stocks fell today", "Interest rates rise", "He sold his shares"]
    answered = [*((text, ["A"]) for text in cats), *((text, ["B"]) for text in money)]
    waiting = [
        "A tabby cat and her kittens",
        "The stock market and the bank",
        "The cat sat on the bank's shares",
    ]
    named = world(tmp_path, *answered, *((text, []) for text in waiting))
    ran = labelwright("predictors", "order", "classify", *named, "--by", "uncertainty", "--json")
    assert ordered(ran)[0] == "11", "the one that is of both kinds"
    assert "cross-validation" in ran.json["learnt"]
    again = labelwright(
        "predictors", "order", "classify", *named, "--by", "uncertainty", "--answers", 2, "--json"
    )
    assert len(ordered(again)) == 11


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--by", "fame"], "give one of both, uncertainty, diversity, lot"),
        (["--uncertainty", "doubt"], "give one of margin, entropy, least-confidence"),
        (["-o", "order.txt"], "name a file that ends in .csv, .json, .jsonl"),
        (["--option", "nonsense"], "is no NAME=VALUE"),
    ],
)
def test_misuse_is_one_sentence(labelwright: Any, tmp_path: Path, more: list[str], said: str) -> None:
    named = world(tmp_path, ("A 0.9", []))
    ran = labelwright("predictors", "order", f"{tmp_path}/sure.py:Sure", *named, *more)
    assert ran.code == 2
    assert said in ran.err


def test_nothing_left_to_answer_is_said(labelwright: Any, tmp_path: Path) -> None:
    named = world(tmp_path, ("A 0.9", ["A"]))
    ran = labelwright("predictors", "order", f"{tmp_path}/sure.py:Sure", *named, "--json")
    assert ran.code == 1
    assert ran.json["problems"][0]["code"] == "ordering.nothing-left"


def test_a_queue_needs_one_order(labelwright: Any) -> None:
    for more in ([], ["--order", "a.csv", "--predictor", "classify"]):
        ran = labelwright("queue", "label-studio", "Mine", *more)
        assert ran.code == 2 and "pass --order FILE, or --predictor NAME" in ran.err
    both = labelwright("queue", "label-studio", "Mine", "--predictor", "x", "--rank", "a", "--by-score")
    assert both.code == 2 and "one at a time" in both.err
