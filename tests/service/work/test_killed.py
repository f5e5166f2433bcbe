"""kill -9 at points of a rebuild, each by the process that goes on where the last one was killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from ls_double import LabelStudio
from service_world import World


def all_is_well(world: World, answered: int, sent: int, folder: Path) -> None:
    """Nothing lost, nothing twice, and the data set is that of a full rebuild.

    A delivery that was sent to a process which died before it answered may be on disk.
    """
    ((state, count),) = world.rows("SELECT state, count(*) FROM deliveries GROUP BY state")
    assert state == "done" and answered <= count <= sent
    # A rebuild that began after everything was settled is ended by the request to end, and stays begun.
    assert world.one("SELECT count(*) FROM builds WHERE state NOT IN ('done', 'failed', 'running')") == 0
    lost = "service.rebuild-lost"
    assert world.rows("SELECT code FROM builds WHERE state = 'failed' AND code <> :lost", lost=lost) == []
    cut_short = world.one("SELECT count(*) FROM builds WHERE state = 'running'")
    left = unrecorded(world)
    assert not left or cut_short
    # What that one left half made or unrecorded, the next rebuild puts right, whoever does it.
    done = world.command("reconcile")
    assert done.returncode == 0, done.stderr
    assert unrecorded(world) == set()
    published = "SELECT count(*) FROM events WHERE type = 'dataset.published'"
    assert world.one(published) == world.one("SELECT count(*) FROM versions WHERE published")
    assert world.newest() == world.afresh(folder)


def unrecorded(world: World) -> set[str]:
    """The folders beside the versions on record: versions without a record, and what is no version yet."""
    numbers = [n for (n,) in world.rows("SELECT number FROM versions")]
    there = {p.name for p in world.versions.iterdir()}
    recorded = {f"{n:04d}" for n in numbers}
    assert recorded <= there
    return there - recorded


@pytest.mark.parametrize(
    "points",
    [("inside work", "inside finish")],
)
def test_whoever_comes_next_goes_on(
    world: World, server: LabelStudio, tmp_path: Path, points: tuple[str, ...]
) -> None:
    answered = 0
    for sent, point in enumerate(points):
        # It takes up what the one before left, and dies on it as well.
        port = world.start(kill=point)
        answered += world.deliver(port, server.annotate(5, 10 + sent, 1)) == 200
        world.dies(port)
    port = world.start()
    assert world.deliver(port, server.annotate(6, 1, 1)) == 200
    world.settled()
    assert world.stop(port) in (0, -15, 143)
    all_is_well(world, answered + 1, len(points) + 1, tmp_path / "fresh")


def test_a_version_that_was_made_and_not_recorded_is_recorded_once(
    world: World, server: LabelStudio, tmp_path: Path
) -> None:
    port = world.start(kill="after work")
    world.dies(port)
    assert unrecorded(world) == {"0001"}  # it is whole, and nobody has heard of it
    (world.versions / ".new-half").mkdir()  # as if it had been killed in the middle of the next, too
    port = world.start()
    assert world.deliver(port, server.annotate(5, 1, 1)) == 200
    world.settled()
    assert world.stop(port) in (0, -15, 143)
    assert world.rows("SELECT published FROM versions WHERE number = 1") == [(True,)]
    all_is_well(world, 1, 1, tmp_path / "fresh")
