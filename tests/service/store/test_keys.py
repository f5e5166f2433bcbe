"""The key of the pseudonyms is gone or another one: nobody gets a new name silently."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ls_double import LabelStudio
from service_world import World

from labelwright.problems import DataError
from labelwright.service.store.keys import CHANGED, MARK, MISSING, keep_names
from labelwright.state.pseudonyms import KEY_FILE
from labelwright.state.versions import VersionStore

OTHER = b"0123456789abcdef0123456789abcdef\n"


def people(world: World) -> set[str]:
    """The annotators of the newest version."""
    report = json.loads(world.newest()["train.report.json"])
    return set(report["annotators"])


def built(world: World) -> Path:
    """A version is there; the key."""
    assert world.command("reconcile").returncode == 0
    key = world.loaded.data / "state" / KEY_FILE
    assert key.is_file() and people(world)
    return key


@pytest.mark.parametrize("how", ["gone", "folder", "other"])
def test_the_service_does_not_start_with_another_key(world: World, how: str) -> None:
    key = built(world)
    if how == "gone":
        key.unlink()
    elif how == "folder":
        shutil.rmtree(key.parent)
    else:
        key.write_bytes(OTHER)
    ended = world.command("serve")
    code = CHANGED.code if how == "other" else MISSING.code
    assert ended.returncode == 1
    assert code in ended.stderr and "backup" in ended.stderr and "Traceback" not in ended.stderr
    assert str(key) in ended.stderr
    assert how == "other" or not key.exists()


@pytest.mark.parametrize("how", ["gone", "other"])
def test_a_rebuild_fails_and_says_why(world: World, server: LabelStudio, how: str) -> None:
    key = built(world)
    before, names = key.read_bytes(), people(world)
    key.unlink() if how == "gone" else key.write_bytes(OTHER)
    server.annotate(5, 1, 1)
    failed = world.command("reconcile")
    assert failed.returncode == 1
    assert (MISSING if how == "gone" else CHANGED).code in failed.stderr
    assert how == "other" or not key.exists()
    assert len(list(world.versions.iterdir())) == 1
    key.write_bytes(before)
    assert world.command("reconcile").returncode in (0, 1)
    assert len(list(world.versions.iterdir())) == 2 and people(world) == names


def test_one_can_start_over_on_purpose(world: World, server: LabelStudio) -> None:
    key = built(world)
    names = people(world)
    key.write_bytes(OTHER)
    (world.loaded.data / MARK).unlink()
    server.annotate(5, 1, 1)
    world.command("reconcile")
    assert len(list(world.versions.iterdir())) == 2
    assert people(world).isdisjoint(names)


def test_without_versions_there_is_nothing_to_keep(tmp_path: Path) -> None:
    keep_names(tmp_path)
    first = (tmp_path / "state" / KEY_FILE).read_bytes()
    (tmp_path / "state" / KEY_FILE).unlink()
    keep_names(tmp_path)
    assert (tmp_path / "state" / KEY_FILE).read_bytes() != first
    keep_names(tmp_path)


def test_versions_of_a_program_that_kept_no_mark_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    key = tmp_path / "state" / KEY_FILE
    key.write_bytes(OTHER)
    store = VersionStore(tmp_path / "projects" / "p" / "datasets" / "train")
    with store.new() as folder:
        store.publish(folder, good=True)
    keep_names(tmp_path)
    key.write_bytes(OTHER + b"more")
    with pytest.raises(DataError) as caught:
        keep_names(tmp_path)
    assert caught.value.problem.code == CHANGED.code
    assert OTHER.decode().strip() not in (tmp_path / MARK).read_text()
    key.write_bytes(OTHER)
    (tmp_path / MARK).write_bytes(b"\xff\xfe")
    with pytest.raises(DataError):
        keep_names(tmp_path)
