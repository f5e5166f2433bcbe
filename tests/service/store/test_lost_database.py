"""The database is removed beside versions, or versions beside the database: no number is given twice."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from ls_double import LabelStudio
from parts import Parts
from service_world import PROJECT, World

from labelwright.problems import DataError
from labelwright.service.running import opened
from labelwright.service.store.database import FILE, ORPHAN
from labelwright.service.work.adopt import SAID
from labelwright.service.work.overview import dataset_versions
from labelwright.state.versions import VersionStore


def rebuilt(parts: Parts, build: str) -> None:
    parts.begin(build)
    assert parts.finish(build, parts.work(build)) == "done"


def filled(parts: Parts, server: LabelStudio) -> None:
    """Two versions on record, which were told of."""
    rebuilt(parts, "b1")
    server.annotate(5, 1, 1)
    rebuilt(parts, "b2")


def removed(world: World) -> None:
    for path in world.loaded.data.glob(f"{FILE}*"):
        path.unlink()


def recorded(parts: Parts) -> list[dict[str, Any]]:
    import msgspec

    found = dataset_versions(parts.service, parts.project)
    return [{**msgspec.to_builtins(one), "created_at": 0} for one in found]


def test_versions_are_taken_over_and_it_is_said(
    world: World, server: LabelStudio, parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    world.notify = {"team": {"url": "http://127.0.0.1:9/", "secret_file": "secret", "allow_private": True}}
    (world.folder / "secret").write_text("whsec_" + "A" * 44)
    (world.folder / "secret").chmod(0o600)
    world.write()
    filled(parts, server)
    before = recorded(parts)
    assert [one["number"] for one in before] == [2, 1]
    parts.service.database.close()
    removed(world)
    with caplog.at_level(logging.WARNING), opened(world.loaded) as service:
        parts.service = service
        assert recorded(parts) == before
        assert SAID in caplog.text
        caplog.clear()
        server.annotate(6, 1, 1)
        rebuilt(parts, "b3")
        assert [one["number"] for one in recorded(parts)] == [3, 2, 1]
    told = world.rows(
        "SELECT events.type, count(sends.target) FROM events LEFT JOIN sends ON sends.event = events.id "
        "GROUP BY events.id ORDER BY events.at, events.type"
    )
    assert [kind for kind, targets in told if targets] == ["dataset.published"]  # the third alone
    with opened(world.loaded):
        assert SAID not in caplog.text  # once
    status = world.command("status", "--json")
    assert json.loads(status.stdout)["notices"] == [SAID]
    assert SAID in world.command("status").stdout


def test_nothing_is_said_of_a_database_that_was_always_there(world: World, parts: Parts) -> None:
    parts.begin("b1")
    done = parts.work("b1")
    parts.service.database.close()
    with opened(world.loaded) as service:  # killed before the record: it is no adoption, and all is told
        parts.service = service
        assert recorded(parts) == []
        assert parts.finish("b1", done) == "done"
        assert len(recorded(parts)) == 1
    assert json.loads(world.command("status", "--json").stdout)["notices"] == []
    assert world.one("SELECT count(*) FROM events WHERE type = 'dataset.published'") == 1


def test_a_damaged_version_is_left_out_and_keeps_its_number(
    world: World, server: LabelStudio, parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    filled(parts, server)
    (world.versions / "0002" / "train.report.json").write_bytes(b"{")
    parts.service.database.close()
    removed(world)
    with caplog.at_level(logging.WARNING), opened(world.loaded) as service:
        parts.service = service
        assert [one["number"] for one in recorded(parts)] == [1]
        assert "0002" in caplog.text


def test_a_journal_without_its_database_is_not_thrown_away(world: World, parts: Parts) -> None:
    data = world.loaded.data
    parts.name("1")
    journal = (data / f"{FILE}-wal").read_bytes()
    assert journal
    parts.service.database.close()
    (data / FILE).unlink()
    (data / f"{FILE}-wal").write_bytes(journal)
    ended = world.command("status")
    assert ended.returncode == 1 and ORPHAN.code in ended.stderr and "Traceback" not in ended.stderr
    assert (data / f"{FILE}-wal").read_bytes() == journal
    with pytest.raises(DataError), opened(world.loaded):
        pass
    (data / f"{FILE}-wal").unlink()
    with opened(world.loaded) as service:
        parts.service = service
        assert recorded(parts) == []


@pytest.mark.parametrize("how", ["all", "data set", "newest"])
def test_numbers_on_record_are_not_given_again(
    world: World, server: LabelStudio, parts: Parts, how: str
) -> None:
    filled(parts, server)
    gone = {
        "all": world.versions.parents[2],
        "data set": world.versions.parent,
        "newest": world.versions / "0002",
    }
    shutil.rmtree(gone[how])
    rebuilt(parts, "b3")
    assert recorded(parts)[0]["number"] == 3
    assert VersionStore(world.versions.parent).numbers()[-1] == 3
    latest = VersionStore(world.versions.parent).latest()
    assert latest is not None and latest.name == "0003"


def test_a_number_that_latest_names_is_not_given_again(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    for _ in range(3):
        with store.new() as folder:
            store.publish(folder, good=True)
    shutil.rmtree(tmp_path / "versions")
    assert store.latest() is None
    with store.new() as folder:
        assert store.publish(folder, good=True).name == "0004"
    assert store.latest() == store.folder(4)


@pytest.mark.parametrize(
    "lost", ["train.jsonl", "train.manifest.json", "half of the rows", "half of the manifest"]
)
def test_a_version_that_lost_a_file_is_made_again(world: World, parts: Parts, lost: str) -> None:
    rebuilt(parts, "b1")
    whole = world.newest()
    name = {"half of the rows": "train.jsonl", "half of the manifest": "train.manifest.json"}.get(lost, lost)
    path = world.versions / "0001" / name
    if lost.startswith("half"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        path.unlink()
    rebuilt(parts, "b2")
    assert world.newest() == whole
    latest = VersionStore(world.versions.parent).latest()
    assert latest is not None and latest.name == "0002"
    rebuilt(parts, "b3")
    assert VersionStore(world.versions.parent).numbers() == [1, 2]
    assert PROJECT in parts.service.projects
