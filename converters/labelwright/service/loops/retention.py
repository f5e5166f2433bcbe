"""Removes what is older than it is to be kept: deliveries, events with what was sent of them, rebuilds.

In small pieces, each a transaction of its own, so that deliveries are taken in meanwhile. What waits is
never removed, however old; what was given up stays as long from then on, to be sent again.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import sqlalchemy as sa

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.store.database import Database
from labelwright.service.store.tables import builds, deliveries, events, sends, versions

log = logging.getLogger(__name__)

EVERY = 3600.0  # seconds
AT_ONCE = 500  # rows of a transaction
PAUSE = 0.02  # seconds between two
DAY = 86_400.0


def _run(service: Service) -> None:
    before = time.time() - service.loaded.config.service.keep_deliveries_days * DAY
    removed = clean(service, before)
    if any(removed.values()):
        log.info("removed what was too old: %s", ", ".join(f"{n} {name}" for name, n in removed.items() if n))


def clean(service: Service, before: float) -> dict[str, int]:
    """Remove what is from before a moment; the number of rows by table."""
    database = service.database
    old = sa.select(deliveries.c.id).where(
        deliveries.c.last_at < before, deliveries.c.state.in_(("done", "ignored"))
    )
    wanted = sa.or_(sends.c.state == "waiting", sa.and_(sends.c.state == "dead", sends.c.next_at >= before))
    waiting = sa.select(sends.c.event).where(sends.c.event == events.c.id, wanted)
    told = sa.select(events.c.id).where(events.c.at < before, ~waiting.exists())
    _say_unsent(database, told)
    alone = sa.select(sends.c.event).where(~sa.exists().where(events.c.id == sends.c.event)).distinct()
    return {
        "deliveries": _remove(service, database, deliveries, deliveries.c.id, old),
        "events": _remove(service, database, events, events.c.id, told),
        "sends": _remove(service, database, sends, sends.c.event, alone),
        "rebuilds": _remove(service, database, builds, builds.c.id, _ended(before)),
    }


def _say_unsent(database: Database, told: sa.Select[Any]) -> None:
    """Nothing is lost in silence: what nobody sent again in all that time is counted."""
    dead = sa.select(sa.func.count()).where(sends.c.state == "dead", sends.c.event.in_(told))
    with database.reading() as connection:
        count = connection.execute(dead).scalar_one()
    if count:
        log.warning("%d events that were given up are kept no longer, and were never sent", count)


def _ended(before: float) -> sa.Select[Any]:
    """Rebuilds that no version is of, and that are not the last of their project."""
    later = builds.alias()
    return sa.select(builds.c.id).where(
        builds.c.ended_at < before,
        builds.c.state != "running",
        ~sa.exists().where(versions.c.build == builds.c.id),
        sa.exists().where(later.c.project == builds.c.project, later.c.started_at > builds.c.started_at),
    )


def _remove(
    service: Service, database: Database, table: sa.Table, column: sa.Column[Any], chosen: sa.Select[Any]
) -> int:
    count = 0
    while not service.closing.is_set():
        with database.writing() as connection:
            ids = list(connection.execute(chosen.limit(AT_ONCE)).scalars())
            if ids:
                count += connection.execute(table.delete().where(column.in_(ids))).rowcount
        if len(ids) < AT_ONCE:
            break
        time.sleep(PAUSE)
    return count


loop = Loop("retention", lambda service: EVERY, _run)
