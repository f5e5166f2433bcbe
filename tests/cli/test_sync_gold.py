"""``sync`` keeps gold out of every version, as ``convert`` does."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labelwright_plugins.label_studio import commands

TEXTS = ["a red hat", "a blue coat", "A  red hat", "a green tie", "a brown shoe", "a white scarf"]


def task(number: int, text: str, marked: bool) -> dict[str, Any]:
    said = {"id": "r", "from_name": "category", "to_name": "text", "type": "choices"}
    result = [{**said, "value": {"choices": ["SALES_INQUIRY"]}}]
    annotations = [
        {
            "id": number * 10 + who,
            "completed_by": who,
            "result": result,
            "ground_truth": marked and who == 1,
        }
        for who in (1, 2)
    ]
    return {"id": number, "data": {"text": text}, "annotations": annotations}


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The ids of the project's marked tasks; what is pulled follows them."""
    marked: set[int] = set()

    def pulled(project: str, folder: Path, url: str | None = None) -> SimpleNamespace:
        folder.mkdir(parents=True, exist_ok=True)
        tasks = [task(n, text, n in marked) for n, text in enumerate(TEXTS, 1)]
        (folder / "export.json").write_text(json.dumps(tasks))
        return SimpleNamespace(export=folder / "export.json")

    monkeypatch.setattr(commands, "pull_for_sync", pulled)
    return marked


def test_sync_writes_no_gold(project: set[int], labelwright: Any, tmp_path: Path) -> None:
    out, gold = tmp_path / "data", tmp_path / "gold.jsonl"

    def synced(*more: Any) -> tuple[set[str], dict[str, int]]:
        ran = labelwright(
            "sync", "label-studio", "mails", "-t", "email-classification", "--to", "openai", "--out", out,
            "--min-agreement", 0, "--allow-unmeasured", "--resamples", 0, "--json", *more,
        )  # fmt: skip
        assert ran.code == 0, ran.err
        version = Path(ran.json["version"])
        rows = [json.loads(line)["messages"] for line in (version / "train.jsonl").read_text().splitlines()]
        counts = json.loads((version / "train.report.json").read_text())["counts"]
        return {row[-2]["content"] for row in rows}, counts

    assert len(synced()[0]) == 6
    project.add(1)  # somebody marks one: its copy, of another id, goes too
    rows, counts = synced()
    assert rows == set(TEXTS) - {TEXTS[0], TEXTS[2]}
    assert (counts["gold"], counts["gold_copies"]) == (1, 1)
    gold.write_text('{"item": "4", "answers": {"category": "SALES_INQUIRY"}}\n')
    rows, counts = synced("--gold", gold)
    assert rows == {TEXTS[1], TEXTS[4], TEXTS[5]} and counts["gold"] == 2
    assert len(synced("--gold", gold, "--train-on-gold")[0]) == 6
