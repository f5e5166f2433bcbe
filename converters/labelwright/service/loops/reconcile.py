"""Compares each project with its tool now and then, since deliveries get lost and some changes send none.

Every rebuild looks at the whole project, so one is asked for only where there was none for that long.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.store.tables import builds
from labelwright.service.work import patience

MOST, LEAST = 30.0, 0.5  # seconds between two looks at whether it is time


def _every(service: Service) -> float:
    periods = [p for name in service.projects if (p := service.times(name).reconcile_every) > 0]
    return min(MOST, max(LEAST, min(periods) / 5)) if periods else 0.0


def _run(service: Service) -> None:
    now = time.time()
    for name in service.projects:
        period = service.times(name).reconcile_every
        if period > 0 and _due(service, name, now, period):
            # Two nodes give it the same name, so that one of them alone has it done.
            slot = f"reconcile-{name}-{period:g}-{now // period:.0f}"
            service.extra["workflows"].ask_once(name, "reconcile", slot)


def _due(service: Service, project: str, now: float, period: float) -> bool:
    last = sa.select(sa.func.max(builds.c.started_at)).where(builds.c.project == project)
    with service.database.reading() as connection:
        started = connection.execute(last).scalar()
        if started is None or abs(now - started) < period:  # the start has its own rebuild
            return False
        return patience.wait(connection, project, now) == 0.0


loop = Loop("reconcile", _every, _run)
