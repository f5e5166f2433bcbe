"""Asks for rebuilds of what nothing else asks for.

Deliveries are left behind when the service ended between the commit of a delivery and the request for
its rebuild, when a rebuild failed, and when a command put them back. A project whose last rebuild
failed is tried again, ever more rarely. With the first round every project is brought up to date, since
much may have happened while no service ran, to its configuration also.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.store.tables import deliveries
from labelwright.service.work import patience, tending
from labelwright.service.work.record import at_work

STARTED = "swept"  # set once the first round is over


def _every(service: Service) -> float:
    return max(1.0, min(service.loaded.config.service.quiet * 2, 30.0))


def _run(service: Service) -> None:
    ask = service.extra["workflows"].ask
    if not service.extra.get(STARTED):
        for name in service.projects:
            ask(name, "start")
        service.extra[STARTED] = True
        return
    tending.close_lost(service)
    for name, project in service.projects.items():
        if _left_behind(service, name) and not at_work(project):
            ask(name, "sweep")


def _left_behind(service: Service, project: str) -> bool:
    """Whether old deliveries wait, or the last rebuild failed and its pause is over."""
    ceiling, now = service.times(project).ceiling, time.time()
    # One from the future came before the clock was put right.
    old = sa.or_(deliveries.c.last_at < now - ceiling, deliveries.c.last_at > now + ceiling)
    waiting = sa.select(sa.literal(1)).where(
        deliveries.c.project == project, deliveries.c.state == "new", old
    )
    with service.database.reading() as connection:
        if not patience.failing(connection, project):
            return connection.execute(waiting.limit(1)).first() is not None
        return patience.wait(connection, project, now) == 0.0


loop = Loop("sweep", _every, _run)
