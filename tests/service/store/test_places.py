"""Files where folders should be, and folders that nobody may write to: a sentence, and exit code 2."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from service_world import PROJECT, World

from labelwright.io.atomic import CANNOT_WRITE
from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded
from labelwright.service.running import opened
from labelwright.service.store.database import FILE, WORK_FILE
from labelwright.service.store.places import usable
from labelwright.state.versions import VersionStore

FOLDERS = [
    "projects", "state", "secrets", "secrets/webhooks", f"projects/{PROJECT}", f"projects/{PROJECT}/source",
    f"projects/{PROJECT}/datasets", f"projects/{PROJECT}/datasets/train",
    f"projects/{PROJECT}/datasets/train/versions",
]  # fmt: skip


def refused(loaded: Loaded) -> str:
    with pytest.raises(UsageError) as caught, opened(loaded):
        pass
    return str(caught.value)


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("kind", ["file", "link to nowhere"])
def test_no_folder(world: World, name: str, kind: str) -> None:
    path = world.loaded.data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch() if kind == "file" else path.symlink_to("/nowhere/at/all")
    assert refused(world.loaded) == f"{path} is no folder, and the service keeps data in it: move it away"


@pytest.mark.parametrize("name", [FILE, WORK_FILE])
def test_no_file(world: World, name: str) -> None:
    (world.loaded.data / name).mkdir(parents=True)
    assert "is no file" in refused(world.loaded)


@pytest.mark.parametrize("name", ["", "projects", "state", FILE])
def test_not_to_be_written(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(world.loaded):
        pass
    path = world.loaded.data / name
    if name != FILE:
        path.mkdir(exist_ok=True)
    access = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p) != path and access(p, mode))
    assert refused(world.loaded).startswith(f"{path} cannot be written to")


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file/data cannot be made"):
        usable(tmp_path / "file" / "data", {})


def test_the_command_ends_with_the_sentence(world: World) -> None:
    (world.loaded.data / "projects").parent.mkdir(mode=0o700)
    (world.loaded.data / "projects").touch()
    for command in ("serve", "reconcile"):
        ended = world.command(command)
        assert ended.returncode == 2 and "is no folder" in ended.stderr
        assert "Traceback" not in ended.stderr and "DBOS" not in ended.stderr


def test_a_folder_that_is_lost_meanwhile_is_a_rebuild_that_failed_and_is_done_later(world: World) -> None:
    folder = world.loaded.data / "projects" / PROJECT
    folder.parent.mkdir(parents=True, mode=0o700)
    port = world.start()
    world.built()
    world.rests()
    with VersionStore(folder).locked(60.0):  # what comes behind the record is written, too
        shutil.rmtree(folder)
        folder.touch()
    told = world.server.annotate(5, 1, 1)
    assert world.deliver(port, told) == 200
    world.until(
        lambda: world.rows("SELECT code FROM builds WHERE state = 'failed'"), "the rebuild is known to fail"
    )
    (code, message) = world.rows("SELECT code, message FROM builds WHERE state = 'failed'")[0]
    assert code == CANNOT_WRITE.code and str(folder) in message
    folder.unlink()
    world.built(2)
    world.settled()
    assert [p.name for p in world.versions.iterdir() if p.name.isdigit()] == ["0002"]
