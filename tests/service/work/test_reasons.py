"""Requests that become one rebuild: it says why it was asked for, each reason once, in their order."""

from __future__ import annotations

import pytest
from ls_double import LabelStudio
from parts import Parts
from service_world import PROJECT, World

from labelwright.service.page.model import Build
from labelwright.service.page.say import build_row
from labelwright.service.running import at_work, opened
from labelwright.service.work import patience, reasons
from labelwright.service.work.job import Done, Told

REASONS = "SELECT reason FROM builds ORDER BY started_at"


def test_a_rebuild_has_every_reason_that_it_was_asked_for(world: World, server: LabelStudio) -> None:
    with opened(world.loaded) as service, at_work(service):
        world.built()
        config, ask = service.loaded.config.service, service.extra["workflows"].ask
        config.quiet, config.ceiling = 300.0, 600.0  # none begins before the last one asks
        for reason in ("reconcile", "webhook", "reconcile", "sweep"):
            ask(PROJECT, reason)
        ask(PROJECT, "webhook", 0.0)
        world.built(2)
    assert world.rows(REASONS) == [("start",), ("reconcile, webhook, sweep",)]
    assert world.rows("SELECT key FROM meta WHERE key LIKE 'asked:%'") == []


def test_one_that_cannot_even_begin_used_up_its_reasons(
    world: World, server: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST", patience.LONGEST)  # it is not tried again meanwhile
    with opened(world.loaded) as service, at_work(service):
        world.built()
        engine, config = service.extra["workflows"], service.loaded.config.service
        world.until(lambda: not engine.here(), "the first has written all")
        folder = service.projects[PROJECT].folder
        folder.rename(folder.with_name("aside"))
        folder.write_bytes(b"")  # something lies in its way
        config.quiet, config.ceiling = 300.0, 600.0  # it does not begin before the second asks
        engine.ask(PROJECT, "reconcile")
        engine.ask(PROJECT, "webhook", 0.0)
        failed = "SELECT reason, code FROM builds WHERE state = 'failed'"
        world.until(lambda: world.rows(failed), "it is tried")
        ((reason, code),) = world.rows(failed)
        assert (reason, code) == ("reconcile, webhook", "io.cannot-write")
        world.until(lambda: not engine.here(), "it is over")
        assert world.rows("SELECT key FROM meta WHERE key LIKE 'asked:%'") == []
        folder.unlink()
        folder.with_name("aside").rename(folder)


def _note(parts: Parts, *asked: str, project: str = PROJECT) -> None:
    for at, reason in enumerate(asked):
        reasons.note(parts.service.database, project, reason, 1000.0 + at)


def test_a_rebuild_that_begins_twice_keeps_what_it_had(parts: Parts, world: World) -> None:
    _note(parts, "reconcile", "webhook")
    _note(parts, "replay", project="emails-2")
    parts.begin("b1", "webhook")
    _note(parts, "demand", "reconcile")
    parts.begin("b1", "webhook")  # as after a kill
    assert world.rows(REASONS) == [("reconcile, webhook, demand",)]
    with parts.service.database.writing() as connection:
        assert reasons.taken(connection, "emails-2") == ["replay"]
        assert reasons.taken(connection, "emails-2") == reasons.taken(connection, PROJECT) == []


def test_one_that_finds_another_at_work_leaves_its_reasons_to_the_next(parts: Parts, world: World) -> None:
    _note(parts, "reconcile", "replay")
    parts.begin("b1", "webhook")
    assert parts.finish("b1", Done(failed=Told("state.locked", "another run", "", busy=True))) == "busy"
    assert world.rows(REASONS) == []
    parts.begin("b2", "sweep")
    assert world.rows(REASONS) == [("reconcile, replay, webhook, sweep",)]


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ("webhook", "deliveries came in"),
        ("reconcile, webhook", "compared with the tool; deliveries came in"),
        ("<b>", "<b>"),
    ],
)
def test_the_page_says_all(recorded: str, said: str) -> None:
    build = Build("b1", PROJECT, recorded, "running", 1.0, None, "", "", "", 0, [], [], [], 0, 0, 0)
    assert build_row(build, 2.0)["reason"] == said
