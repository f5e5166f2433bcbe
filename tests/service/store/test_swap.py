"""Restoring into a folder that can only be changed inside, and restores that are interrupted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from service_post import Post

from labelwright.problems import DataError, UsageError
from labelwright.service.config.model import ProjectConfig
from labelwright.service.store import swap
from labelwright.service.store.backup import backup
from labelwright.service.store.database import FILE
from labelwright.service.store.places import usable
from labelwright.service.store.restore import restore

NONE: dict[str, ProjectConfig] = {}


@pytest.fixture
def archive(post: Post, tmp_path: Path) -> Path:
    """A backup whose data hold ``state/pseudonym.key`` and ``secrets/token``."""
    for name in ("state/pseudonym.key", "secrets/token"):
        path = post.folder / "data" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"restored {name}")
    backup(post.database, post.folder / "data", tmp_path / "b.tar")
    return tmp_path / "b.tar"


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that is a disk of its own, with something in it."""
    data = tmp_path / "disk"
    for name in ("state/pseudonym.key", "projects/mine", "lost+found/kept"):
        (data / name).parent.mkdir(parents=True)
        (data / name).write_text("mine")
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == data)
    return data


def files(data: Path) -> dict[str, str]:
    return {
        p.relative_to(data).as_posix(): p.read_text() for p in sorted(data.rglob("*"))
        if p.is_file() and not p.name.startswith(FILE)
    }  # fmt: skip


RESTORED = {
    "lost+found/kept": "mine",
    "secrets/token": "restored secrets/token",
    "state/pseudonym.key": "restored state/pseudonym.key",
}
MINE = {"lost+found/kept": "mine", "projects/mine": "mine", "state/pseudonym.key": "mine"}


def test_a_disk_of_its_own_is_filled_inside(archive: Path, disk: Path) -> None:
    before = disk.stat().st_ino
    with pytest.raises(UsageError, match="--force"):
        restore(archive, disk, "", False)
    assert files(disk) == MINE
    restore(archive, disk, "", True)
    assert files(disk) == RESTORED and (disk / FILE).is_file()
    assert disk.stat().st_ino == before and not (disk / swap.ROOM).exists()
    usable(disk, NONE)


def test_a_parent_where_nobody_may_write_is_no_hindrance(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "lib" / "labelwright"
    data.mkdir(parents=True)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != data.parent and access(path, mode))
    restore(archive, data, "", False)
    assert (data / FILE).is_file() and [p.name for p in data.parent.iterdir()] == ["labelwright"]


@pytest.mark.parametrize("error", [OSError("no"), KeyboardInterrupt()])
@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("own", [True, False])
def test_a_restore_that_fails_in_the_middle_leaves_what_was_there(
    archive: Path, disk: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException, own: bool
) -> None:
    if not own:
        monkeypatch.setattr(os.path, "ismount", lambda path: False)
    rename, count, done = Path.rename, 0, False

    def fails(self: Path, target: Path) -> Path:
        nonlocal count, done
        if disk in (self, target) or disk in target.parents:
            count += 1
            if count == number + 1 and not done:
                done = True
                raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    try:
        restore(archive, disk, "", True)
    except (DataError, KeyboardInterrupt):
        assert files(disk) == MINE
    else:
        assert not done
        assert files(disk).items() >= {"secrets/token": "restored secrets/token"}.items()
    assert not (disk / swap.ROOM).exists() and not list(disk.parent.glob(".disk.*"))


@pytest.mark.parametrize("half", [True, False])
def test_the_service_does_not_start_on_half_of_a_restore(archive: Path, disk: Path, half: bool) -> None:
    old = disk / swap.ROOM / swap.OLD
    old.mkdir(parents=True)
    (disk / "projects").rename(old / "projects")
    if half:
        (disk / "state").rename(old / "state")
        (disk / swap.ROOM / swap.EMPTIED).touch()
        for name in ("state/pseudonym.key", "secrets/token"):
            (disk / name).parent.mkdir()
            (disk / name).write_text("of the archive")
    with pytest.raises(UsageError, match="interrupted"):
        usable(disk, NONE)
    archive.write_bytes(archive.read_bytes()[:3000])
    with pytest.raises(DataError):
        restore(archive, disk, "", True)
    assert files(disk) == MINE  # what had been put aside is back
    usable(disk, NONE)


def test_an_archive_in_the_folder_is_not_thrown_away(archive: Path, disk: Path) -> None:
    inside = disk / "backups" / "b.tar"
    inside.parent.mkdir()
    archive.rename(inside)
    with pytest.raises(UsageError, match="elsewhere"):
        restore(inside, disk, "", True)
    assert inside.is_file()


def test_a_data_folder_that_is_a_link_stays_one(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "data-link").symlink_to(tmp_path / "big")
    restore(archive, tmp_path / "data-link", "", True)
    assert (tmp_path / "data-link").is_symlink() and (tmp_path / "big" / FILE).is_file()


def test_it_is_given_to_whom_the_folder_belonged(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, given = tmp_path / "owned", []
    data.mkdir()
    own = data.stat()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, *who, follow_symlinks: given.append((Path(path).name, who)))
    stat = Path.stat

    def owned(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = stat(self, follow_symlinks=follow_symlinks)
        return os.stat_result((*found[:4], 1234, 5678, *found[6:])) if self == data else found

    monkeypatch.setattr(Path, "stat", owned)
    restore(archive, data, "", True)
    assert {who for _, who in given} == {(1234, 5678)}
    assert {"pseudonym.key", FILE, "secrets"} <= {name for name, _ in given}
    assert own.st_ino
