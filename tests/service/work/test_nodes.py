"""Two processes on one PostgreSQL: one dies, the database dies, and another program version comes."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
from ls_double import LabelStudio
from parts import parts_of
from service_world import World

from labelwright.problems import UsageError
from labelwright.service.running import opened
from labelwright.service.work import tending
from labelwright.service.work.sharing import sharing

NODES = "SELECT count(*) FROM nodes"


@pytest.fixture
def shared(server: LabelStudio, tmp_path: Path, postgresql: postgres.Postgres) -> Iterator[World]:
    """A configuration whose processes share a database and the data folder."""
    folder = tmp_path / "shared"
    folder.mkdir()
    made = World(folder, server, postgresql.database())
    yield made
    made.close()


def test_two_processes_share_the_work_and_survive_each_other_and_the_database(
    shared: World, server: LabelStudio, tmp_path: Path, postgresql: postgres.Postgres
) -> None:
    # Longer than a node takes between two signs, or one that is alive would be taken for dead.
    ports = [shared.start(tending__ALIVE=12.0, tending__FORGOTTEN=3600.0) for _ in range(2)]
    shared.until(lambda: shared.one(NODES) == 2, "both are there")
    shared.rests()
    server.going.clear()  # whatever comes while a rebuild is at work waits for the next
    for n in range(8):  # each says half of it, and each delivery twice
        told = server.annotate(5, 10 + n, 1)
        assert [shared.deliver(port, told) for port in ports] == [200, 200]
    server.going.set()
    shared.rests()
    assert shared.rows("SELECT count(*), sum(copies) FROM deliveries") == [(8, 16)]
    assert len(shared.rows("SELECT id FROM builds WHERE deliveries > 0")) <= 2

    # The one at work dies; the other finishes what it had begun.
    server.going.clear()
    assert shared.deliver(ports[0], server.annotate(6, 1, 1)) == 200
    pending = (
        "SELECT executor_id, workflow_uuid FROM dbos.workflow_status"
        " JOIN builds ON id = workflow_uuid WHERE status = 'PENDING' AND state = 'running'"
    )
    ((executor, workflow),) = shared.until(lambda: shared.rows(pending), "one is at work")
    victim = next(p for p in ports if executor.endswith(f"-{shared.processes[p].pid}"))
    shared.kill(victim)
    server.going.set()
    shared.settled()
    over = "SELECT status FROM dbos.workflow_status WHERE workflow_uuid = :id"
    shared.until(lambda: shared.rows(over, id=workflow) == [("SUCCESS",)], "it is taken over")
    shared.until(lambda: shared.one(NODES) == 1, "the dead one is forgotten")

    # The database goes without a word, and comes back.
    (left,) = shared.processes
    postgresql.stop(signal.SIGQUIT)
    assert shared.deliver(left, server.annotate(6, 2, 1)) != 200
    postgresql.start()
    told = server.annotate(6, 3, 1)
    shared.until(lambda: shared.deliver(left, told) == 200, "it takes deliveries again")
    shared.settled()
    assert shared.rows("SELECT count(*) FROM deliveries") == [(10,)]
    assert shared.newest() == shared.afresh(tmp_path / "fresh")
    assert shared.stop(left) in (0, -15, 143)
    assert shared.one(NODES) == 0


def test_a_node_that_gives_no_sign_is_dead_by_the_databases_clock(shared: World) -> None:
    with opened(shared.loaded, shared.database_url) as service:
        tending.sign(service, "one")
        tending.sign(service, "two")
        assert tending._alive(service) == {"one", "two"}
        shared_now = shared.one("SELECT extract(epoch FROM clock_timestamp())")
        assert abs(float(shared_now) - shared.one("SELECT max(seen_at) FROM nodes")) < 5
        with service.database.writing() as connection:
            from labelwright.service.store.tables import nodes

            connection.execute(
                nodes.update().where(nodes.c.id == "one").values(seen_at=float(shared_now) - 60)
            )
        assert tending._alive(service) == {"two"}
        tending.sign_off(service, "two")
        assert tending._alive(service) == set()


def test_all_processes_of_a_database_share_one_folder(
    shared: World, server: LabelStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with parts_of(shared, monkeypatch) as parts:
        for _ in range(2):
            with sharing(parts.service):
                pass
        parts.rebuild("b1")
    other = tmp_path / "other"
    other.mkdir()
    apart = World(other, server, shared.database_url)
    with opened(apart.loaded, apart.database_url) as service:
        with pytest.raises(UsageError, match="share one folder"), sharing(service):
            raise AssertionError("a folder of its own")
        # One that was restored is the folder from now on.
        shutil.copytree(shared.loaded.data / "projects", apart.loaded.data / "projects")
        for _ in range(2):
            with sharing(service):
                pass
    apart.close()
