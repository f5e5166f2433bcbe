"""The engine with its queue, its pauses and its sweep, on SQLite in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from ls_double import LabelStudio
from parts import Parts
from service_world import PROJECT, World

from labelwright.problems import UsageError
from labelwright.service.running import at_work, opened
from labelwright.service.work import patience, record, tending, workflows
from labelwright.service.work.job import Done
from labelwright.service.work.process import Running
from labelwright.state.versions import VersionStore

Working = Callable[[], AbstractContextManager[Parts]]


@pytest.fixture
def working(world: World) -> Working:
    """Runs the service in this process, as long as a block lasts."""

    @contextmanager
    def run() -> Iterator[Parts]:
        with opened(world.loaded) as service, at_work(service):
            yield Parts(world, service)

    return run


def _send(parts: Parts, payload: Any) -> None:
    parts.hear(payload)
    parts.service.poke({PROJECT})


def test_a_burst_is_one_rebuild_and_a_busy_project_does_not_starve(
    working: Working, world: World, server: LabelStudio
) -> None:
    sent, taken = 0, "SELECT deliveries FROM builds WHERE deliveries > 0"
    with working() as parts:
        config = parts.service.loaded.config.service
        world.built()
        config.quiet, config.ceiling = 5.0, 60.0  # a busy machine may stand still between two deliveries
        for person in range(10, 15):
            _send(parts, server.annotate(5, person, 1))
        world.settled()
        assert world.rows(taken) == [(5,)]
        config.ceiling = config.quiet

        def more() -> bool:
            """Another, so that it is never quiet for long enough; whether it was rebuilt all the same."""
            nonlocal sent
            _send(parts, server.annotate(6, 100 + sent, 1))
            sent += 1
            return sent >= 20 and len(world.rows(taken)) > 1

        world.until(more, "it is rebuilt")
        world.settled()
    assert len(world.rows(taken)) < sent
    assert world.one("SELECT sum(deliveries) FROM builds") == 5 + sent


def test_a_delivery_during_a_rebuild_leads_to_another(
    working: Working, world: World, server: LabelStudio
) -> None:
    with working() as parts:
        world.built()
        server.going.clear()
        _send(parts, server.annotate(5, 1, 1))
        world.until(lambda: world.one("SELECT count(*) FROM builds WHERE state = 'running'"), "it runs")
        _send(parts, server.annotate(5, 2, 1))
        assert world.one("SELECT count(*) FROM deliveries WHERE build = ''") == 1
        server.going.set()
        world.settled()
        ended = "SELECT state, message, deliveries FROM builds WHERE deliveries > 0"
        assert world.rows(ended) == [("done", "", 1), ("done", "", 1)]
        assert len(world.newest()["train.jsonl"].splitlines()) == 5


def test_a_tool_that_is_away_is_tried_ever_more_rarely(
    working: Working, world: World, server: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST", patience.LONGEST)  # no test lasts as long
    with working() as parts:
        world.built()
        server.refusing = (500, {"detail": "out of order"})
        failed = "SELECT count(*) FROM builds WHERE state = 'failed'"
        _send(parts, server.annotate(5, 1, 1))
        world.until(lambda: world.one(failed), "it is tried")
        for person in range(2, 11):
            _send(parts, server.annotate(5, person, 1))
            time.sleep(0.2)
        # Without the pause it would have been tried with nearly every delivery.
        assert world.one(failed) == 1
        assert world.one("SELECT count(*) FROM deliveries WHERE state = 'new'") == 10
        with parts.service.database.reading() as connection:
            standing = patience.state_of(connection, PROJECT)
        assert (standing.state, standing.code) == ("failing", "label-studio.server-error")
        server.refusing = None
        monkeypatch.setattr(patience, "FIRST", 0.01)
        world.settled()
        assert world.one("SELECT count(*) FROM deliveries WHERE state = 'done'") == 10
        assert b"mail number 4" in world.newest()["train.jsonl"]


def test_what_was_asked_for_before_a_failure_waits_out_the_pause_too(
    working: Working, world: World, server: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST", 4.0)
    with working() as parts:
        world.built()
        server.refusing = (500, {"detail": "out of order"})
        server.going.clear()
        _send(parts, server.annotate(5, 1, 1))
        world.until(lambda: world.one("SELECT count(*) FROM builds WHERE state = 'running'"), "it runs")
        _send(parts, server.annotate(5, 2, 1))  # heard while the first is about to fail
        world.until(lambda: world.rows("SELECT key FROM meta WHERE key LIKE 'asked:%'"), "it is asked for")
        server.going.set()
        failed = "SELECT started_at, ended_at FROM builds WHERE state = 'failed' ORDER BY started_at"
        world.until(lambda: len(world.rows(failed)) >= 2, "it is tried again")
        first, second = world.rows(failed)[:2]
        assert second[0] - first[1] >= 0.95 * patience.FIRST
        # Who asks need not wait, and nor need those who come before its rebuild begins.
        monkeypatch.setattr(patience, "FIRST", patience.LONGEST)
        began, asked = time.time(), ("demand", "webhook")
        server.refusing = None
        with VersionStore(parts.project.folder).locked(60.0):
            for reason in asked:
                parts.service.extra["workflows"].ask(PROJECT, reason)
        query = "SELECT started_at, reason FROM builds WHERE started_at > :at ORDER BY started_at DESC"

        def named() -> dict[str, float]:
            """When what was asked for began."""
            rows = world.rows(query, at=began)
            return {reason: row[0] for row in rows for reason in row[1].split(", ") if reason in asked}

        world.until(lambda: len(named()) == len(asked), "what was asked for has begun")
        assert max(named().values()) - began < 0.9 * patience.pause(2)  # more than it was waited for
        world.settled()  # one that came behind for nothing may wait out the pause
    taken = "SELECT deliveries FROM builds WHERE started_at > :at ORDER BY started_at"
    assert [row[0] for row in world.rows(taken, at=began) if row[0]] == [2]


def test_who_waited_for_another_keeps_others_out(
    working: Working, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    def run(self: Running, service: Any, project: Any, build: str, recorded: Any, lock: int | None) -> Done:
        held.append(lock is not None)
        return Done()

    monkeypatch.setattr(Running, "run", run)
    with working() as parts:
        engine = parts.service.extra["workflows"]
        world.built()
        with VersionStore(parts.project.folder).locked(60.0):
            engine.ask(PROJECT, "demand", 0.0)
            world.until(engine.here, "it waits")
            time.sleep(0.4 * record.SHORT)  # its first step waits now
        world.built(2)
    assert held == [True, True]


def test_what_nobody_told_is_found_on_schedule(
    working: Working, world: World, server: LabelStudio, caplog: pytest.LogCaptureFixture
) -> None:
    world.service["reconcile_every"] = 1.0
    world.write()
    with working():
        world.built()
        server.annotate(5, 1, 1)
        query = "SELECT missed FROM builds WHERE reason LIKE '%reconcile%' AND missed <> '[]'"
        assert world.until(lambda: world.rows(query), "it is found") == [('["5"]',)]
        world.until(lambda: "1 changes had been missed" in caplog.text, "it is told")


def test_a_record_that_nobody_works_on_holds_up_nothing(working: Working, world: World, parts: Parts) -> None:
    parts.rebuild("b1")
    parts.name("5")
    parts.begin("killed")  # no workflow of that name is known to anybody
    with parts.service.database.writing() as connection:
        connection.execute(sa.text("UPDATE builds SET started_at = 0 WHERE id = 'killed'"))
    with working():
        world.settled()
        world.until(lambda: world.rows("SELECT 1 FROM builds WHERE state = 'failed'"), "it is closed")
    assert world.rows("SELECT id, code FROM builds WHERE state = 'failed'") == [
        ("killed", patience.LOST.code)
    ]
    assert world.rows("SELECT state FROM deliveries") == [("done",)]


def test_an_end_in_the_middle_is_taken_up_by_the_next_start(
    working: Working, world: World, server: LabelStudio
) -> None:
    world.service["drain"] = 0
    world.write()
    with working() as parts:
        world.built()
        server.going.clear()
        _send(parts, server.annotate(5, 1, 1))
        world.until(lambda: world.one("SELECT count(*) FROM builds WHERE state = 'running'"), "it runs")
    (left,) = world.rows("SELECT id FROM builds WHERE state = 'running'")
    server.going.set()
    with working():
        world.settled()
    # The start has a rebuild of its own: where that comes first, the other leaves no record.
    assert world.rows("SELECT state FROM builds WHERE id = :id", id=left[0]) in ([("done",)], [])
    assert world.one("SELECT count(*) FROM builds WHERE state = 'failed'") == 0
    assert world.rows("SELECT state FROM deliveries") == [("done",)]
    assert b"mail number 4" in world.newest()["train.jsonl"]


def test_a_database_that_is_away_for_a_moment_delays_and_loses_nothing(
    working: Working, world: World, server: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = record.finish, [2]

    def fails(*arguments: Any) -> str:
        if left[0]:
            left[0] -= 1
            raise sa.exc.OperationalError("COMMIT", {}, Exception("database or disk is full"))
        return real(*arguments)

    monkeypatch.setattr(workflows, "finish", fails)
    with working() as parts:
        _send(parts, server.annotate(5, 1, 1))
        world.settled()
        world.until(lambda: not world.rows("SELECT id FROM builds WHERE state <> 'done'"), "all are done")
    assert left == [0]


def test_what_the_engine_keeps_is_bounded(working: Working, world: World) -> None:
    from dbos import DBOS

    with working() as parts:
        world.built()
        world.rests()  # the next one would find it at work, and end for another to come
        parts.service.extra["workflows"].ask(PROJECT, "demand", 0.0)
        world.built(2)
        world.rests()
        assert len(DBOS.list_workflows(status="SUCCESS")) == 2
        assert tending.forget_finished() == 0
        assert tending.forget_finished(time.time() + tending.KEPT + 1) == 2
        assert DBOS.list_workflows() == []
    assert world.one("SELECT count(*) FROM builds") == 2


def test_one_process_alone_works_on_a_sqlite_file(working: Working) -> None:
    with working(), pytest.raises(UsageError, match="another labelwright serves"), working():
        raise AssertionError("a second one")


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        ("token", "label-studio.token-refused"),
        ("deleted", "label-studio.project-unknown"),
        ("down", "label-studio.unreachable"),
    ],
)
def test_what_stops_a_rebuild_is_said_by_code(
    parts: Parts, server: LabelStudio, world: World, happens: str, code: str
) -> None:
    if happens == "token":
        server.token = "another"
    elif happens == "deleted":
        server.there = False
    else:
        server.url = "http://127.0.0.1:9"
        world.write()
        with opened(world.loaded) as service:
            failed = Running().run(service, service.projects[PROJECT], "b", {}).failed
    if happens != "down":
        failed = Running().run(parts.service, parts.project, "b", {}).failed
    assert failed is not None and failed.code == code
    assert failed.message and failed.remedy and not failed.busy
    assert "0123456789abcdef" not in failed.message
