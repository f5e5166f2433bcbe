"""Records a rebuild: what it took up, what came of it, what is to be told. Each in one transaction."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from labelwright.service.context import Service
from labelwright.service.store.tables import builds, deliveries, versions
from labelwright.service.work.job import Done, VersionMade


def begin(service: Service, build: str, project: str, reason: str, now: float) -> None:
    """Take up every new delivery of the project. Doing it again takes up what came since, too."""
    with service.database.writing() as connection:
        taken = connection.execute(
            deliveries.update()
            .where(deliveries.c.project == project, deliveries.c.state == "new")
            .values(build=build)
        ).rowcount
        row = {
            "id": build, "project": project, "reason": reason, "started_at": now, "ended_at": None,
            "state": "running", "code": "", "message": "", "remedy": "", "deliveries": taken,
            "moved": "{}", "missed": "[]",
        }  # fmt: skip
        again = {"deliveries": taken, "state": "running"}
        connection.execute(service.database.insert_or(builds, row, ("id",), again))


def finish(service: Service, build: str, project: str, done: Done, now: float) -> str:
    """Record what came of it; the state of the rebuild."""
    failed = done.failed
    state = "done" if failed is None else "failed"
    with service.database.writing() as connection:
        values = {"ended_at": now, "state": state}
        if failed is not None:
            values |= {"code": failed.code, "message": failed.message, "remedy": failed.remedy}
        connection.execute(builds.update().where(builds.c.id == build).values(values))
        if failed is not None:
            return state
        connection.execute(
            deliveries.update()
            .where(deliveries.c.build == build, deliveries.c.state == "new")
            .values(state="done", done_at=now)
        )
        for made in done.versions:
            _version(service, connection, build, project, made, now)
    return state


def _version(
    service: Service, connection: sa.Connection, build: str, project: str, made: VersionMade, now: float
) -> None:
    row = {
        "project": project, "dataset": made.dataset, "number": made.number, "build": build,
        "created_at": now, "published": made.published, "gate": made.gate, "measure": made.measure,
        "agreement": made.agreement, "threshold": made.threshold,
        "counts": msgspec.json.encode(made.counts).decode(),
        "problems": msgspec.json.encode(made.problems).decode(),
        "files": msgspec.json.encode(made.files).decode(),
    }  # fmt: skip
    connection.execute(service.database.insert_or(versions, row, ("project", "dataset", "number"), None))
