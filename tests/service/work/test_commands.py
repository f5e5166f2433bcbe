"""status, datasets, replay and reconcile: beside a service that runs or does not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from cli_in_process import run
from ls_double import LabelStudio
from parts import Parts
from service_world import PROJECT, World

from labelwright.service.work import demand
from labelwright.state.versions import VersionStore


def _json(capsys: pytest.CaptureFixture[str], world: World, *arguments: str, code: int = 0) -> Any:
    found = _run(capsys, world, *arguments, "--json")
    assert found[0] == code, found
    return json.loads(found[1])


def _run(capsys: pytest.CaptureFixture[str], world: World, *arguments: str) -> tuple[int, str, str]:
    return run(capsys, *arguments, "--config", str(world.folder / "labelwright.toml"))


def test_before_anything_there_is_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    status = _json(capsys, world, "status")
    (project,) = status["projects"]
    assert (project["project"], project["standing"]["state"], project["datasets"]) == (PROJECT, "new", [])
    assert (status["deliveries"], status["nodes"]) == ({}, [])
    assert status["sends"] == {"waiting": 0, "dead": 0}
    assert _json(capsys, world, "datasets") == {"projects": {PROJECT: []}}
    code, out, _ = _run(capsys, world, "status")
    assert code == 0 and "emails (label-studio): new, 0 deliveries wait" in out and "none runs" in out
    assert "no versions yet" in _run(capsys, world, "datasets")[1]


def test_what_was_missed_is_said_and_healed(
    world: World,
    server: LabelStudio,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demand, "GRACE", 0.0)
    assert _run(capsys, world, "reconcile")[:2] == (
        0, "emails: nothing had been missed; 4 items new or changed, 0 gone\n",
    )  # fmt: skip
    server.annotate(5, 1, 1)
    server.delete_task(2)
    found = _json(capsys, world, "reconcile", PROJECT, code=1)
    (one,) = found["projects"]
    assert (one["state"], one["count"], one["missed"], one["changed"], one["gone"]) == (
        "done", 2, ["5", "2"], 1, 1,
    )  # fmt: skip
    code, out, _ = _run(capsys, world, "reconcile")
    assert (code, out) == (0, "emails: nothing had been missed; 0 items new or changed, 0 gone\n")
    server.annotate(6, 1, 1)
    code, out, _ = _run(capsys, world, "reconcile")
    assert (code, out) == (1, "emails: 1 changes had been missed; 1 items new or changed, 0 gone\n  6\n")


def test_the_versions_with_their_files(
    world: World, server: LabelStudio, parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.rebuild("b1")
    server.annotate(5, 1, 1)
    parts.rebuild("b2")
    newest, first = _json(capsys, world, "datasets", PROJECT)["projects"][PROJECT]
    assert (newest["number"], newest["latest"], first["number"], first["latest"]) == (2, True, 1, False)
    assert (newest["gate"], newest["agreement"], newest["threshold"], newest["measure"]) == (
        "passed", 1.0, 0.8, "percent",
    )  # fmt: skip
    assert Path(newest["path"]) == world.versions / "0002"
    assert {f["name"]: f["size"] for f in newest["files"]} == {
        p.name: p.stat().st_size for p in (world.versions / "0002").iterdir()
    }
    assert newest["counts"]["examples"] == 5
    out = _run(capsys, world, "datasets")[1]
    assert "train 0002: gate passed (percent 1.00, threshold 0.8), 5 examples" in out and "(latest)" in out
    status = _json(capsys, world, "status")
    assert status["projects"][0]["standing"]["state"] == "current"
    assert [d["number"] for d in status["projects"][0]["datasets"]] == [2]
    assert "last rebuild: 20" in _run(capsys, world, "status")[1]


def test_a_gate_that_cannot_be_measured_is_no_gate_that_was_met(
    world: World, server: LabelStudio, parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.project.config.datasets["train"].allow_unmeasured = False
    for annotation in server.annotations()[1::2]:  # one person an item is left
        server.delete(annotation)
    parts.rebuild("b1")
    code, out, _ = _run(capsys, world, "status")
    assert code == 1 and "gate not measurable" in out and "no training file" in out


def test_a_delivery_is_new_again(
    world: World, server: LabelStudio, parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.hear(server.annotate(5, 1, 1))
    parts.rebuild("b1")
    assert world.rows("SELECT id, state FROM deliveries") == [(1, "done")]
    assert _json(capsys, world, "replay", "1") == {"delivery": 1, "project": PROJECT, "state": "new"}
    assert world.rows("SELECT state, build, done_at FROM deliveries") == [("new", "", None)]
    assert _json(capsys, world, "status")["projects"][0]["standing"]["state"] == "waiting"
    code, out, error = _run(capsys, world, "replay", "7")
    assert (code, out) == (2, "") and "no delivery 7" in error
    assert _run(capsys, world, "replay", "0")[0] == 2
    assert "Delivery 1 of emails is new again" in _run(capsys, world, "replay", "1")[2]


def test_a_tool_that_is_away_is_said_with_what_to_do(
    world: World, server: LabelStudio, capsys: pytest.CaptureFixture[str]
) -> None:
    server.refusing = (500, {"detail": "out of order"})
    code, out, error = _run(capsys, world, "reconcile")
    assert (code, out) == (1, "") and "[label-studio.server-error]" in error
    found = _json(capsys, world, "status", code=1)["projects"][0]["standing"]
    assert (found["state"], found["code"], found["attempts"]) == ("failing", "label-studio.server-error", 1)
    assert found["message"] and found["remedy"] and found["next_at"] > found["since"]
    code, out, _ = _run(capsys, world, "status")
    assert code == 1 and "failing since" in out and "[label-studio.server-error]" in out


def test_a_project_at_which_another_works_keeps_no_other_from_its_own(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (world.folder / "labelwright.toml").open("a") as file:
        file.write(
            '[projects.busy]\ntool = "label-studio"\nproject = "E-mails"\n'
            'template = "email-classification"\n[projects.busy.datasets.train]\nto = "ionos"\n'
        )
    monkeypatch.setattr(demand.attempt, "__defaults__", (0.0,))
    with VersionStore(world.loaded.data / "projects" / "busy").locked():
        code, out, error = _run(capsys, world, "reconcile")
    assert code == 1 and out.startswith("emails: nothing had been missed; 4 items new")
    assert "labelwright: busy: " in error and "[state.locked]" in error


def test_a_folder_of_another_user_is_not_worked_on(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _run(capsys, world, "status")[0] == 0
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    code, out, error = _run(capsys, world, "reconcile")
    assert (code, out) == (2, "") and "belongs to another user" in error
    assert not world.versions.exists()


@pytest.mark.parametrize("command", ["status", "datasets", "reconcile", "replay"])
def test_misuse_and_a_database_that_is_away_are_told(
    world: World, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    more = ["1"] if command == "replay" else []
    away = "postgresql://nobody@127.0.0.1:9/none"
    code, out, error = _run(capsys, world, command, *more, "--database-url", away)
    assert (code, out) == (1, "") and "[service.database-away]" in error and "does not answer" in error
    if command in ("datasets", "reconcile"):
        code, out, error = _run(capsys, world, command, "another")
        assert (code, out) == (2, "") and "'another'" in error and PROJECT in error
    code, _, error = run(capsys, command, *more, "--config", str(world.folder / "none.toml"))
    assert code == 2 and "labelwright init" in error


def test_beside_a_service_at_work(
    world: World, server: LabelStudio, capsys: pytest.CaptureFixture[str]
) -> None:
    port = world.start()
    world.built()
    assert world.deliver(port, server.annotate(5, 1, 1)) == 200
    world.settled()
    server.annotate(6, 1, 1)
    code, out, error = _run(capsys, world, "reconcile", "--json")
    (one,) = json.loads(out)["projects"]
    assert code == bool(one["missed"]), error
    # A rebuild of the service itself may have been the one that found it.
    assert world.rows("SELECT missed FROM builds WHERE missed <> '[]'") == [('["6"]',)]
    before = world.one("SELECT count(*) FROM builds")
    assert _run(capsys, world, "replay", "1")[0] == 0
    world.settled()
    world.until(lambda: world.one("SELECT count(*) FROM builds") > before, "it is rebuilt")
    status = _json(capsys, world, "status")
    assert len(status["nodes"]) == 1 and status["deliveries"] == {"done": 1}
    world.kill(port)
    assert _json(capsys, world, "datasets")["projects"][PROJECT][0]["number"] == 3
