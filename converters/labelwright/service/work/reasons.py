"""Why a rebuild was asked for: every reason of those requests that become one rebuild.

The workflow engine keeps the last request's alone, so the others are written down until a rebuild begins.
"""

from __future__ import annotations

import sqlalchemy as sa

from labelwright.service.store.database import Database
from labelwright.service.store.tables import meta

APART = ", "  # between two reasons in a record


def note(database: Database, project: str, reason: str, now: float) -> None:
    """Remember a reason until the project's next rebuild begins; one that is remembered stays as it is."""
    key = _prefix(project) + reason
    with database.reading() as connection:
        if connection.execute(sa.select(meta.c.key).where(meta.c.key == key)).first() is not None:
            return
    with database.writing() as connection:
        give_back(database, connection, project, reason, now)


def waiting(connection: sa.Connection, project: str) -> list[str]:
    """What is remembered, in the order of the requests."""
    prefix = _prefix(project)
    chosen = sa.select(meta.c.key, meta.c.value).where(meta.c.key.startswith(prefix, autoescape=True))
    rows = sorted(connection.execute(chosen).all(), key=lambda row: (float(row.value), row.key))
    return [row.key.removeprefix(prefix) for row in rows]


def taken(connection: sa.Connection, project: str) -> list[str]:
    """What is remembered, in the order of the requests; it is forgotten with this transaction."""
    found, prefix = waiting(connection, project), _prefix(project)
    if found:
        connection.execute(meta.delete().where(meta.c.key.in_([prefix + reason for reason in found])))
    return found


def give_back(database: Database, connection: sa.Connection, project: str, recorded: str, now: float) -> None:
    """Remember the reasons that a record says, which is none any more."""
    for number, reason in enumerate(apart(recorded)):
        row = {"key": _prefix(project) + reason, "value": f"{now + number / 1e6:.6f}"}
        connection.execute(database.insert_or(meta, row, ("key",), None))


def joined(*reasons: str) -> str:
    """As a record says them: each once, in their order."""
    return APART.join(dict.fromkeys(reason for reason in reasons if reason))


def apart(recorded: str) -> list[str]:
    """The reasons that a record says."""
    return recorded.split(APART) if recorded else []


def _prefix(project: str) -> str:
    return f"asked:{project}:"
