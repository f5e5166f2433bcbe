"""Says that this process is at work, and forgets those that have not said so for long."""

from __future__ import annotations

import time

from labelwright import __version__
from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.store.tables import nodes

EVERY = 10.0  # seconds
STALE = 120.0  # seconds after which a process has ended without a word
BEAT = "beat"  # in the service's extras: when it was last written down, by the monotonic clock
LATE = 45.0  # seconds without, after which the database takes nothing in


def _run(service: Service) -> None:
    service.extra.setdefault(BEAT, time.monotonic())
    now = time.time()
    row = {"id": service.node, "version": __version__, "started_at": now, "seen_at": now}
    with service.database.writing() as connection:
        connection.execute(service.database.insert_or(nodes, row, ("id",), {"seen_at": now}))
        connection.execute(nodes.delete().where(nodes.c.seen_at < now - STALE))
    service.extra[BEAT] = time.monotonic()


def leave(service: Service) -> None:
    """Say that this process has ended."""
    with service.database.writing() as connection:
        connection.execute(nodes.delete().where(nodes.c.id == service.node))


loop = Loop("heartbeat", lambda service: EVERY, _run)
