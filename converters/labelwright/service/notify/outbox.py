"""The rows of ``sends``: who takes one up, what came of it, and how a dead one comes back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from labelwright.service.store.database import Database
from labelwright.service.store.tables import events, sends

WAITING, SENT, DEAD = "waiting", "sent", "dead"
LEASE = 180.0  # seconds that a row is held: longer than any attempt takes
GONE = "the configuration has no target of this name any more"


class Due(Struct, frozen=True):
    """One event for one target. ``held`` tells whoever records the outcome that the row is still theirs."""

    event: str
    target: str
    attempts: int
    held: float
    project: str
    type: str
    at: float
    data: Any


def waiting_for(database: Database, now: float) -> list[str]:
    """The targets for which something is due, in order."""
    with database.reading() as connection:
        found = connection.execute(
            sa.select(sends.c.target).where(*_due(now)).distinct().order_by(sends.c.target)
        )
        return list(found.scalars())


def claim(database: Database, target: str, now: float) -> Due | None:
    """Take the oldest row up that is due for a target; None: there is none that another has not taken."""
    with database.writing() as connection:
        event = connection.execute(
            sa.select(sends.c.event)
            .where(sends.c.target == target, *_due(now))
            .order_by(sends.c.next_at, sends.c.event)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).scalar()
        if event is None:
            return None
        row = sends.c.event == event, sends.c.target == target
        held = now + LEASE
        connection.execute(sends.update().where(*row).values(held_until=held))
        attempts = connection.execute(sa.select(sends.c.attempts).where(*row)).scalar_one()
        told = connection.execute(sa.select(events).where(events.c.id == event)).one_or_none()
        if told is None:  # it was too old and has been removed
            connection.execute(sends.delete().where(*row))
            return None
    return Due(
        event, target, attempts, held, told.project, told.type, told.at, msgspec.json.decode(told.data)
    )


def record(database: Database, due: Due, **values: Any) -> bool:
    """Write down what came of an attempt and let go; False: another holds the row by now."""
    with database.writing() as connection:
        changed = connection.execute(
            sends.update()
            .where(sends.c.event == due.event, sends.c.target == due.target, sends.c.held_until == due.held)
            .values(held_until=0.0, **values)
        )
        return bool(changed.rowcount)


def bury(database: Database, known: Collection[str]) -> int:
    """What waits for targets that are gone from the configuration is dead; how many there were."""
    with database.writing() as connection:
        return connection.execute(
            sends.update()
            .where(sends.c.state == WAITING, sends.c.target.not_in(sorted(known)))
            .values(state=DEAD, error=GONE)
        ).rowcount


def revive(database: Database, now: float, event: str = "", target: str = "", project: str = "") -> int:
    """Put dead rows back as if never tried: one, all of a target or project, or all; how many there were."""
    chosen = [sends.c.state == DEAD]
    chosen += [sends.c.event == event] if event else []
    chosen += [sends.c.target == target] if target else []
    own = sa.select(events.c.id).where(events.c.project == project)
    chosen += [sends.c.event.in_(own)] if project else []
    with database.writing() as connection:
        return connection.execute(
            sends.update()
            .where(*chosen)
            .values(state=WAITING, attempts=0, next_at=now, held_until=0.0, status=0, error="")
        ).rowcount


def _due(now: float) -> tuple[sa.ColumnElement[bool], ...]:
    return sends.c.state == WAITING, sends.c.next_at <= now, sends.c.held_until <= now
