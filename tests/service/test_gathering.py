"""The settled answers that a predictor learns of are those of the project's own rule."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labelwright.predicting.pipe import Learnt
from labelwright.registry import template_folders
from labelwright.service import gathering
from labelwright.service.gathering import Gathering, gather

EXPORT = template_folders()["email-classification"] / "export.json"


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is gathered of the shipped export, and of one task that nobody answered."""
    tasks = json.loads(EXPORT.read_bytes())
    empty = {**tasks[0], "id": 10_001, "annotations": [], "predictions": []}
    pulled = tmp_path / "source"
    pulled.mkdir()
    (pulled / "export.json").write_text(json.dumps([*tasks, empty]))
    shutil.copy(EXPORT.parent / "label_studio.xml", pulled / "label_config.xml")
    monkeypatch.setattr(gathering, "pull", lambda *_: pulled / "export.json")

    def run(rule: str = "", unanswered: bool = False) -> tuple[int, dict[str, str]]:
        file = tmp_path / "answers"
        job = Gathering("label-studio", "1", "http://x", str(tmp_path), "email-classification", str(file))
        count = gather(msgspec.structs.replace(job, rule=rule, unanswered=unanswered))
        found = msgspec.msgpack.decode(file.read_bytes(), type=list[Learnt])
        assert all(not one.item.annotations for one in found)
        return count, {one.item.key.item: one.answers.get("category", "") for one in found}

    return run


@pytest.mark.parametrize("rule", ["", "majority", "dawid-skene", "weighted-majority"])
def test_rules_that_are_fitted_first_are_rules_too(gathered: Any, rule: str) -> None:
    count, answers = gathered(rule)
    assert count == len(answers) > 5 and all(answers.values())
    _, plain = gathered()
    agreed = [answers[item] == label for item, label in plain.items() if item in answers]
    assert sum(agreed) >= len(agreed) - 1


def test_items_without_answers_come_along_where_they_are_wanted(gathered: Any) -> None:
    count, answers = gathered()
    more, all_answers = gathered(unanswered=True)
    assert more == count == len(answers)
    assert {item for item, label in all_answers.items() if label} == answers.keys()
    assert all_answers["10001"] == ""
