"""What the loops ask for, each gone through once by hand."""

from __future__ import annotations

import time

import sqlalchemy as sa
from parts import Parts
from service_world import PROJECT, World

from labelwright.service.loops import nodes, reconcile, sweep
from labelwright.service.work import tending


def test_the_loops_ask_for_nothing_that_is_not_needed(parts: Parts, world: World) -> None:
    asked: list[tuple[str, str]] = []

    class Engine:
        def ask(self, project: str, reason: str) -> None:
            asked.append((project, reason))

        def ask_once(self, project: str, reason: str, name: str) -> None:
            asked.append((project, name))

    parts.service.loaded.config.service.ceiling = 600.0  # what comes now is younger, however long it takes
    parts.service.extra |= {"workflows": Engine(), sweep.STARTED: True}
    parts.rebuild("b1")
    parts.name("5")
    sweep.loop.run(parts.service)
    reconcile.loop.run(parts.service)  # it is asked for on demand alone
    assert asked == [] and reconcile.loop.every(parts.service) == 0.0
    with parts.service.database.writing() as connection:
        connection.execute(sa.text("UPDATE deliveries SET last_at = 1"))
        connection.execute(sa.text("UPDATE builds SET started_at = 1"))
    sweep.loop.run(parts.service)
    with parts.service.database.writing() as connection:  # the clock was put back by an hour
        connection.execute(sa.text("UPDATE deliveries SET last_at = :at"), {"at": time.time() + 3600})
    sweep.loop.run(parts.service)
    assert asked == [(PROJECT, "sweep")] * 2
    parts.service.loaded.config.service.reconcile_every = 10**6
    for _ in range(2):
        reconcile.loop.run(parts.service)
    assert asked[2] == asked[3] == (PROJECT, f"reconcile-{PROJECT}-1e+06-{time.time() // 10**6:.0f}")
    assert nodes.loop.every(parts.service) < tending.ALIVE / 2
