"""A pull that asks only for what moved writes what a full pull writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.live.server import ANNOTATORS, Server

from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.puller import PullResult, pull

pytestmark = pytest.mark.live
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="c" toName="text">'
    '<Choice value="A"/><Choice value="B"/></Choices></View>'
)
ONLY_EXPORTED = {"prediction", "result_count", "unique_id"}
FILES = ("export.json", "label_config.xml", "project.json")


def _choice(value: str) -> list[dict[str, Any]]:
    return [
        {"from_name": "c", "to_name": "text", "type": "choices", "value": {"choices": [value]}, "id": "x"}
    ]


def _agrees(pulled: list[dict[str, Any]], export: list[dict[str, Any]]) -> None:
    """Everything that Label Studio's own export says, but for keys that only it has."""
    assert [t["id"] for t in pulled] == sorted(t["id"] for t in export)
    theirs = {t["id"]: t for t in export}
    for task in pulled:
        other = theirs[task["id"]]
        assert other.keys() - task.keys() == {"allow_skip"}
        nested = {"annotations", "drafts", "predictions"}
        assert {k: other[k] for k in task if k not in nested} == {
            k: v for k, v in task.items() if k not in nested
        }
        assert sorted(other["predictions"]) == [p["id"] for p in task["predictions"]]
        assert {d["id"]: d["result"] for d in other["drafts"]} == {
            d["id"]: d["result"] for d in task["drafts"]
        }
        answers = {a["id"]: a for a in other["annotations"]}
        assert len(answers) == len(task["annotations"])
        for answer in task["annotations"]:
            assert answers[answer["id"]].keys() - answer.keys() == ONLY_EXPORTED
            assert {k: answers[answer["id"]][k] for k in answer} == answer
        for prediction in task["predictions"]:
            assert prediction["result"] == _choice("A") and prediction["score"] == 0.5


class Folders:
    """A folder that is pulled into again and again, compared with a fresh one each time."""

    def __init__(self, client: Client, project: int, root: Path) -> None:
        self.client, self.project, self.root, self.count = client, project, root, 0

    def compare(self) -> PullResult:
        self.count += 1
        again = pull(self.client, str(self.project), self.root / "again")
        fresh_folder = self.root / f"fresh{self.count}"
        fresh = pull(self.client, str(self.project), fresh_folder)
        for name in FILES:
            assert (self.root / "again" / name).read_bytes() == (fresh_folder / name).read_bytes()
        assert fresh.reused == 0
        export = self.client.get(f"/api/projects/{self.project}/export", exportType="JSON")
        _agrees(json.loads((self.root / "again" / "export.json").read_bytes()), export)
        return again


def test_every_change_reaches_the_next_pull(client: Client, server: Server, tmp_path: Path) -> None:
    made = server.api("POST", "/api/projects/", {"title": "Pull", "label_config": CONFIG})
    project = int(made["id"])
    server.api("POST", f"/api/projects/{project}/import", [{"data": {"text": f"item {i}"}} for i in range(6)])
    tasks = server.tasks(project)
    first = [server.annotate(task, _choice("A")) for task in tasks[:5]]
    folders = Folders(client, project, tmp_path)
    assert (found := folders.compare()).written == 5 and found.tasks == 6 and found.changed

    server.api("PATCH", f"/api/annotations/{first[0]}/", {"result": _choice("B")})
    assert folders.compare().changed
    second = server.annotate(tasks[1], [], ANNOTATORS[1], was_cancelled=True)
    assert folders.compare().annotations == 6
    server.api("DELETE", f"/api/annotations/{second}/")
    assert folders.compare().annotations == 5
    server.api("PATCH", f"/api/tasks/{tasks[2]}/", {"data": {"text": "corrected"}})
    assert folders.compare().changed
    draft = server.api("POST", f"/api/tasks/{tasks[3]}/drafts?project={project}", {"result": []})
    assert folders.compare().changed
    server.api("PATCH", f"/api/drafts/{draft['id']}/", {"result": _choice("B")})
    assert folders.compare().changed
    prediction = {"task": tasks[0], "result": _choice("A"), "score": 0.5, "model_version": "m"}
    server.api("POST", "/api/predictions/", prediction)
    assert folders.compare().changed
    everything = {"selectedItems": {"all": True, "excluded": []}}
    server.api("POST", f"/api/dm/actions?id=delete_tasks_predictions&project={project}", everything)
    assert folders.compare().changed
    server.api("DELETE", f"/api/tasks/{tasks[4]}/")
    assert folders.compare().deleted == 1
    server.api("POST", f"/api/projects/{project}/import", [{"data": {"text": "late"}}])
    server.annotate(server.tasks(project)[-1], _choice("B"))
    assert folders.compare().written == 5
    assert not folders.compare().changed
    export = (tmp_path / "again" / "export.json").read_text("utf-8")
    assert "@" not in export + (tmp_path / "again" / "project.json").read_text("utf-8")
    server.api("DELETE", f"/api/projects/{project}/tasks/")
    assert (gone := folders.compare()).written == 0 and gone.deleted == 5
