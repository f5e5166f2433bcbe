"""Databases of others, files that something wrote over, and backups that would not be whole."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from ls_double import LabelStudio
from parts import Parts
from service_post import Post
from service_world import World

from labelwright.problems import DataError, UsageError
from labelwright.service.inbox.rows import of_everybody
from labelwright.service.running import opened
from labelwright.service.store import archive as a
from labelwright.service.store import room
from labelwright.service.store.backup import backup
from labelwright.service.store.database import FILE
from labelwright.service.store.restore import restore
from labelwright.service.work import found as f
from labelwright.state.versions import VersionStore

FOREIGN = {
    "other tables": "CREATE TABLE people (name TEXT)",
    "tables of our names": "CREATE TABLE events (what TEXT)",
    "a table meta": "CREATE TABLE meta (what TEXT)",
    "both": "CREATE TABLE meta (what TEXT); CREATE TABLE deliveries (id INTEGER)",
}


def tables(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        return [row[0] for row in connection.execute("SELECT sql FROM sqlite_master ORDER BY name")]
    finally:
        connection.close()


@pytest.mark.parametrize("kind", FOREIGN)
def test_another_programs_database_is_left_alone(world: World, kind: str) -> None:
    data = world.loaded.data
    data.mkdir(mode=0o700)
    connection = sqlite3.connect(data / FILE)
    connection.executescript(FOREIGN[kind])
    connection.close()
    before = tables(data / FILE)
    ended = world.command("status")
    assert ended.returncode == 2 and "another program" in ended.stderr and str(data / FILE) in ended.stderr
    assert tables(data / FILE) == before


@pytest.mark.parametrize("table", ["deliveries", "sends", "versions"])
def test_a_table_that_was_lost_is_not_made_anew_empty(world: World, table: str) -> None:
    with opened(world.loaded):
        pass
    connection = sqlite3.connect(world.loaded.data / FILE)
    connection.execute(f"DROP TABLE {table}")
    connection.commit()
    connection.close()
    with pytest.raises(UsageError, match=f"lacks tables .{table}.: restore a backup"), opened(world.loaded):
        pass


@pytest.mark.parametrize("garbage", [b"\xff\xfe\xfd", b"", b"{", b'{"server": "\xff"}', b"[1]"])
@pytest.mark.parametrize("name", [f.FOUND, f.KNOWN, "source/cursor.json", "source/export.json",
                                  "source/project.json", "source/label_config.xml"])  # fmt: skip
def test_what_a_rebuild_keeps_for_itself_is_made_again(
    world: World, server: LabelStudio, parts: Parts, name: str, garbage: bytes
) -> None:
    parts.begin("b1")
    parts.finish("b1", parts.work("b1"))
    whole = world.newest()
    (parts.project.folder / name).write_bytes(garbage)
    parts.begin("b2")
    assert parts.finish("b2", parts.work("b2")) == "done"
    assert world.newest() == whole
    assert (parts.project.folder / name).read_bytes() != garbage


def test_a_database_that_is_damaged_while_in_use_is_everybodys_failure() -> None:
    damaged = sa.exc.DatabaseError("INSERT", {}, Exception("database disk image is malformed"))
    assert of_everybody(damaged) and room.reason_of(damaged) == room.DAMAGED
    assert not of_everybody(sa.exc.DataError("INSERT", {}, Exception("value out of range")))
    assert not of_everybody(sa.exc.IntegrityError("INSERT", {}, Exception("NOT NULL")))


def test_a_backup_with_a_latest_that_points_nowhere_can_be_restored(post: Post, tmp_path: Path) -> None:
    data = post.folder / "data"
    store = VersionStore(data / "projects" / "emails" / "datasets" / "sft")
    for _ in range(2):
        with store.new() as folder:
            (folder / "train.jsonl").write_text("{}\n")
            store.publish(folder, good=True)
    shutil.rmtree(store.folder(2))
    made = backup(post.database, data, tmp_path / "b.tar")
    assert made.links == {}
    restore(tmp_path / "b.tar", tmp_path / "new", "", False)
    assert (tmp_path / "new/projects/emails/datasets/sft/versions/0001/train.jsonl").is_file()


@pytest.mark.parametrize("odd", ["link", "folder that is a link", "name"])
def test_a_backup_that_would_not_be_whole_is_none(post: Post, tmp_path: Path, odd: str) -> None:
    data = post.folder / "data"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "pseudonym.key").write_text("key")
    (data / "projects").mkdir()
    if odd == "link":
        (data / "state").mkdir()
        (data / "state" / "pseudonym.key").symlink_to(elsewhere / "pseudonym.key")
    elif odd == "name":
        (data / "projects" / "a").mkdir()
        (data / "projects" / "a" / "back\\slash\n").write_text("x")
    else:
        (data / "state").symlink_to(elsewhere)
    with pytest.raises(DataError) as caught:
        backup(post.database, data, tmp_path / "b.tar")
    assert caught.value.problem.code == a.NOT_WHOLE.code
    assert not (tmp_path / "b.tar").exists() and not list(tmp_path.glob(".b.tar*"))


@pytest.mark.parametrize("kept", [0, 100, 5000, -600, -1])
def test_a_backup_that_was_cut_changes_nothing(post: Post, tmp_path: Path, kept: int) -> None:
    data = post.folder / "data"
    (data / "state").mkdir()
    (data / "state" / "pseudonym.key").write_text("key")
    backup(post.database, data, tmp_path / "b.tar")
    whole = (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "b.tar") as tar:
        end = max(info.offset_data + info.size for info in tar)
    (tmp_path / "b.tar").write_bytes(whole[: kept if kept >= 0 else end + kept])
    there = tmp_path / "there"
    there.mkdir()
    (there / "mine").write_text("mine")
    with pytest.raises(DataError) as caught:
        restore(tmp_path / "b.tar", there, "", True)
    assert caught.value.problem.code == a.REFUSED.code
    assert [p.name for p in there.iterdir()] == ["mine"]


def test_a_version_that_is_gone_is_no_fault_of_the_program(
    world: World, parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    parts.begin("b1")
    parts.finish("b1", parts.work("b1"))
    shutil.rmtree(world.versions / "0001")
    with caplog.at_level(logging.WARNING):
        for command in ("status", "datasets"):
            ended = world.command(command)
            assert ended.returncode == 0 and "Traceback" not in ended.stderr
