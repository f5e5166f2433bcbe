"""Finds deliveries that no rebuild has taken up, and asks for one.

They are left behind when the service ended between the commit of a delivery and the request for its
rebuild, when a rebuild failed, and when a command put them back.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.store.tables import builds, deliveries


def _every(service: Service) -> float:
    return max(1.0, min(service.loaded.config.service.quiet * 2, 30.0))


def _run(service: Service) -> None:
    ceiling = service.loaded.config.service.ceiling
    old = time.time() - ceiling
    with service.database.reading() as connection:
        waiting = connection.execute(
            sa.select(deliveries.c.project)
            .where(deliveries.c.state == "new", deliveries.c.last_at < old)
            .distinct()
        ).scalars()
        busy = set(
            connection.execute(sa.select(builds.c.project).where(builds.c.state == "running")).scalars()
        )
        found = [name for name in waiting if name in service.projects and name not in busy]
    for name in found:
        service.extra["workflows"].ask(name, "sweep")


loop = Loop("sweep", _every, _run)
