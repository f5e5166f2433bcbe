"""``sync`` keeps a data set in step with a project, and does nothing by halves."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.live.command import Labelwright, Ran
from tests.live.dying import Way, way_to
from tests.live.server import ANNOTATORS, Server

from labelwright.state.versions import VersionStore

pytestmark = pytest.mark.live
TEMPLATE = "email-classification"
SUPPORT, SALES = "SUPPORT_REQUEST", "SALES_INQUIRY"
ITEMS = 6
LOOSE = ("--template", TEMPLATE, "--to", "openai", "--min-agreement", 0, "--allow-unmeasured")


def _choice(value: str) -> list[dict[str, Any]]:
    value_of = {"choices": [value]}
    return [{"from_name": "category", "to_name": "text", "type": "choices", "value": value_of, "id": "x"}]


class Data:
    """A project's data set below a folder, brought up to date by way of ``way``."""

    def __init__(self, labelwright: Labelwright, way: Way, project: int, out: Path) -> None:
        self.labelwright, self.way, self.project, self.out = labelwright, way, project, out

    def sync(self, code: int | None = 0) -> Ran:
        given = (*LOOSE, "--out", self.out, "--url", self.way.url, "--json")
        return self.labelwright("sync", "label-studio", self.project, *given, code=code)

    def versions(self) -> list[str]:
        return sorted(p.name for p in (self.out / "versions").glob("*"))

    def snapshot(self) -> dict[str, str]:
        """What lies below the folder: every file's digest, the lock and the links left out."""
        found = sorted(p for p in self.out.rglob("*") if p.is_file() and p.name != ".lock")
        return {str(p.relative_to(self.out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}

    def answers(self, version: str) -> dict[str, str]:
        """The label of each text in a version's training file."""
        lines = (self.out / "versions" / version / "train.jsonl").read_text("utf-8").splitlines()
        rows = [json.loads(line)["messages"] for line in lines]
        return {row[1]["content"]: row[2]["content"] for row in rows}

    def equals_fresh(self, version: str, fresh: Path) -> None:
        """A pull into an empty folder and a convert of all of it write the same files."""
        self.labelwright("pull", "label-studio", self.project, "-o", fresh / "source", "--url", self.way.url)
        export, rows = fresh / "source" / "export.json", fresh / "made" / "train.jsonl"
        self.labelwright("convert", export, *LOOSE, "-o", rows)
        made = {p.name: p.read_bytes() for p in rows.parent.iterdir()}
        kept = {p.name: p.read_bytes() for p in (self.out / "versions" / version).iterdir()}
        assert made.keys() == kept.keys()
        assert [n for n in made if made[n] != kept[n]] == []


def _annotated(labelwright: Labelwright, server: Server, title: str) -> tuple[int, list[int], list[int]]:
    made = ("install", "label-studio", TEMPLATE, "--project", title, "--items", "samples", "--json")
    project = int(labelwright(*made).json["project"])
    tasks = server.tasks(project)[:ITEMS]
    first = [server.annotate(task, _choice(SUPPORT), ANNOTATORS[0]) for task in tasks]
    for task in tasks:
        server.annotate(task, _choice(SUPPORT), ANNOTATORS[1])
    return project, tasks, first


def _text(server: Server, task: int) -> str:
    return str(server.api("GET", f"/api/tasks/{task}/")["data"]["text"])


def test_a_change_makes_a_version_that_equals_a_fresh_convert(
    labelwright: Labelwright, server: Server, tmp_path: Path
) -> None:
    project, tasks, first = _annotated(labelwright, server, "Sync")
    texts = [_text(server, task) for task in tasks]
    with way_to(server.url) as way:
        data = Data(labelwright, way, project, tmp_path / "data")
        done = data.sync().json
        assert done["changed"] and done["counts"]["examples"] == ITEMS
        assert data.versions() == ["0001"]
        assert data.answers("0001") == dict.fromkeys(texts, SUPPORT)
        before = data.snapshot()
        assert data.sync().json["changed"] is False
        assert data.snapshot() == before

        # One answer edited for a tie, one deleted of two, one item deleted, one item turned over.
        server.api("PATCH", f"/api/annotations/{first[0]}/", {"result": _choice(SALES)})
        server.api("DELETE", f"/api/annotations/{first[1]}/")
        server.api("DELETE", f"/api/tasks/{tasks[2]}/")
        for annotation in server.api("GET", f"/api/tasks/{tasks[3]}/annotations/"):
            server.api("PATCH", f"/api/annotations/{annotation['id']}/", {"result": _choice(SALES)})
        assert data.sync().json["changed"]
        assert data.versions() == ["0001", "0002"]
        rest = {texts[1]: SUPPORT, texts[3]: SALES, texts[4]: SUPPORT, texts[5]: SUPPORT}
        assert data.answers("0002") == rest
        assert (data.out / "latest").resolve() == data.out / "versions" / "0002"
        data.equals_fresh("0002", tmp_path / "fresh")

        folders = [data.out / "versions" / name for name in ("0001", "0002")]
        rows = labelwright("diff", *folders, "--json").json["rows"]
        assert sorted(rows["removed_items"]) == sorted([str(tasks[0]), str(tasks[2])])
        assert (rows["changed_items"], rows["added_items"]) == ([str(tasks[3])], [])
        said = labelwright("diff", *folders).out
        assert f"changed: {tasks[3]}" in said


def test_a_second_run_keeps_out(labelwright: Labelwright, server: Server, tmp_path: Path) -> None:
    project, _, _ = _annotated(labelwright, server, "Sync locked")
    with way_to(server.url) as way:
        data = Data(labelwright, way, project, tmp_path / "data")
        with VersionStore(data.out).locked():
            ran = data.sync(code=1)
        assert "another run is working on" in ran.err and "should not overlap" in ran.err
        assert (way.passed, data.snapshot()) == (0, {})
        data.sync()
        assert data.versions() == ["0001"]


@pytest.mark.parametrize("half", [False, True])
def test_a_server_that_stops_midway_leaves_what_there_was(
    labelwright: Labelwright, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: bool
) -> None:
    monkeypatch.setattr("labelwright.io.asking.BACKOFF", 0.01)
    project, _, first = _annotated(labelwright, server, f"Sync midway {half}")
    with way_to(server.url) as way:
        data = Data(labelwright, way, project, tmp_path / "data")
        way.left, way.half = 1, half
        said = "broke in the middle of an answer" if half else "cannot reach"
        assert said in data.sync(code=1).err
        assert data.snapshot() == {}
        way.left = None
        data.sync()
        before = data.snapshot()
        server.api("PATCH", f"/api/annotations/{first[0]}/", {"result": _choice(SALES)})
        assert _stops_everywhere(data, before) >= 4
        assert data.versions() == ["0001", "0002"]


def _stops_everywhere(data: Data, before: dict[str, str]) -> int:
    """Stop the server after one more request each time, until a run needs no more; that many it needs."""
    for passed in range(20):
        data.way.left = passed
        ran = data.sync(code=None)
        if ran.code == 0:
            return passed
        assert ran.code == 1 and "labelwright: " in ran.err
        assert data.snapshot() == before
    raise AssertionError("a run never ended")
