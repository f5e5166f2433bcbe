"""Answers that people made with a suggestion are no fair test of who suggested them, and that is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.pipeline.opening import open_source
from labelwright.pipeline.settings import Settings
from labelwright.predicting.asking import Wanted
from labelwright.predicting.evaluating.model import Evaluation
from labelwright.predicting.evaluating.output import as_text
from labelwright.predicting.evaluating.run import Asked, evaluate
from labelwright.registry import template_folders
from labelwright.render.load import load_template

TEMPLATE = load_template(template_folders()["email-classification"])
MODEL = """
from labelwright.contracts import Guess

class Same:
    inputs, kinds = ("text",), ("choice",)

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        return [Guess({self.control: "SALES_INQUIRY"}) for _ in batch]
"""


def answer(label: str) -> dict[str, Any]:
    value = {"choices": [label]}
    return {"id": "r", "type": "choices", "from_name": "category", "to_name": "text", "value": value}


def task(number: int, label: str, *suggested: list[dict[str, Any]], made: str = "10") -> dict[str, Any]:
    """A task that one person answered at noon; what was suggested for it at an hour."""
    at = "2026-11-22T{}:00:00Z".format
    given = {
        "id": number, "completed_by": 1, "result": [answer(label)], "was_cancelled": False,
        "created_at": at("12"), "updated_at": at("12"),
    }  # fmt: skip
    predictions = [
        {"id": number, "model_version": "m", "created_at": at(made), "result": one} for one in suggested
    ]
    return {
        "id": number, "data": {"text": f"mail {number}"}, "annotations": [given], "predictions": predictions
    }  # fmt: skip


def evaluated(tmp_path: Path, tasks: list[dict[str, Any]]) -> Evaluation:
    (tmp_path / "same.py").write_text(MODEL)
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    with open_source(str(tmp_path / "export.json")) as opened:
        settings = Settings(TEMPLATE, state=tmp_path / "state", resamples=0)
        return evaluate(opened, settings, Asked(Wanted(f"{tmp_path}/same.py:Same")))


def test_accuracy_on_what_was_answered_without_is_told_apart(tmp_path: Path) -> None:
    sales, support = "SALES_INQUIRY", "SUPPORT_REQUEST"
    tasks = [task(n, sales, [answer(sales)]) for n in range(1, 7)]
    tasks += [
        task(7, support),
        task(8, sales),
        task(9, support, []),
        task(10, support, [answer(sales)], made="14"),
    ]
    found = evaluated(tmp_path, tasks)
    one = found.controls["category"]
    assert found.counts.suggested == 6 and found.problem_counts["evaluation.answers-were-suggested"] == 1
    assert (one.accuracy.value, one.accuracy.n) == (0.7, 10) and (one.unseen.value, one.unseen.n) == (0.25, 4)
    assert "on 4 answered without a suggestion 0.25" in " ".join(as_text(found).split())


@pytest.mark.parametrize("suggested", [[], [[]]])
def test_without_suggestions_nothing_is_said_of_them(tmp_path: Path, suggested: list[Any]) -> None:
    found = evaluated(tmp_path, [task(n, "SALES_INQUIRY", *suggested) for n in range(3)])
    assert found.counts.suggested == 0 and found.problem_counts == {}
    assert "suggestion" not in as_text(found)
