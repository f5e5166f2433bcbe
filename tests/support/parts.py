"""The steps of a rebuild one by one, in the test's own process: what a kill between two of them leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from service_world import PROJECT, World

from labelwright.contracts import Heard
from labelwright.service.context import Project, Service, environment_of
from labelwright.service.inbox.rows import DeliveryTable, row_of
from labelwright.service.running import opened
from labelwright.service.store.tables import deliveries
from labelwright.service.work.job import Done
from labelwright.service.work.process import make_job
from labelwright.service.work.rebuild import rebuild
from labelwright.service.work.record import begin, finish, recorded


class Parts:
    """A service that is not running, and its steps."""

    def __init__(self, world: World, service: Service) -> None:
        self.world, self.service = world, service
        self._count = 0

    @property
    def project(self) -> Project:
        """The one project."""
        return self.service.projects[PROJECT]

    def hear(self, payload: Any, at: float | None = None) -> None:
        """A delivery comes in."""
        row = row_of(PROJECT, self.project.hooks.hear(payload), at or time.time())
        DeliveryTable(self.service.database).write([row])

    def name(self, *items: str) -> None:
        """A delivery that names items."""
        self._count += 1
        row = row_of(PROJECT, Heard("TOLD", f"told:{self._count}", items=items, kept={}), time.time())
        with self.service.database.writing() as connection:
            connection.execute(deliveries.insert().values(row))

    def begin(self, build: str, reason: str = "webhook") -> str:
        """The first step."""
        return begin(self.service, build, PROJECT, reason, time.time())

    def work(self, build: str) -> Done:
        """The second step."""
        known = recorded(self.service, PROJECT)
        return rebuild(make_job(self.service, self.project, build, known))

    def finish(self, build: str, done: Done) -> str:
        """The third step."""
        return finish(self.service, build, PROJECT, done, time.time())

    def rebuild(self, build: str, reason: str = "webhook") -> Done:
        """All three."""
        assert self.begin(build, reason) == ""
        done = self.work(build)
        assert self.finish(build, done) == "done"
        return done

    def build(self, build: str) -> dict[str, Any]:
        """The record of a rebuild."""
        (row,) = self.world.rows("SELECT * FROM builds WHERE id = :id", id=build)
        found = dict(row._mapping)
        return {**found, "moved": json.loads(found["moved"]), "missed": json.loads(found["missed"])}

    def events(self, kind: str = "%") -> list[dict[str, Any]]:
        """The data of the events of a kind, in the order of their keys."""
        query = "SELECT data FROM events WHERE type LIKE :kind ORDER BY at, key"
        return [json.loads(data) for (data,) in self.world.rows(query, kind=kind)]


@contextmanager
def parts_of(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """The parts for a configuration, which is read now."""
    with opened(world.loaded, world.database_url) as service:
        project = service.projects[PROJECT]
        for name, value in environment_of(project.tool, project.server).items():
            monkeypatch.setenv(name, value)
        yield Parts(world, service)
