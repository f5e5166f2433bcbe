"""What somebody put into the data folder, or made of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ls_double import LabelStudio, running
from service_world import World

from labelwright.state.versions import VersionStore


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with one version, and something new in the tool."""
    with running(LabelStudio()) as server:
        for number in range(3):
            task = server.add(f"text {number}")
            server.annotate(task, 1, number)
            server.annotate(task, 2, number)
        made = World(tmp_path, server)
        assert made.command("reconcile").returncode == 0
        server.annotate(1, 3, 0)
        yield made
        made.close()


def test_what_is_no_version_is_not_counted(world: World) -> None:
    for name in ("7", "00005", "-1", "abc", "\u00b2", "0099x"):
        (world.versions / name).mkdir()
    assert VersionStore(world.versions.parent).numbers() == [1]
    done = world.command("reconcile")
    assert "1 items new or changed" in done.stdout, done.stderr
    assert (world.versions / "0002").is_dir()


def test_a_version_that_is_damaged_is_named(world: World) -> None:
    (world.versions / "0009").mkdir()
    done = world.command("reconcile")
    assert done.returncode == 1
    assert "service.version-damaged" in done.stderr and str(Path("versions", "0009")) in done.stderr


def test_a_folder_in_place_of_the_link_to_the_latest_is_named(world: World) -> None:
    latest = world.versions.parent / "latest"
    latest.unlink()
    (latest / "mine").mkdir(parents=True)
    done = world.command("reconcile")
    assert done.returncode == 1 and "latest" in done.stderr
    assert (latest / "mine").is_dir()
