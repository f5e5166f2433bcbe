"""Deliveries as rows, and the one way in which they are written."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from labelwright.contracts import Heard
from labelwright.service.store.database import Database
from labelwright.service.store.tables import deliveries

PLAIN = 1024  # bytes up to which compressing a body costs more than it saves
_TOGETHER = (128, 32, 8, 1)  # rows of one statement

Row = dict[str, Any]


def row_of(project: str, heard: Heard, now: float) -> Row:
    """A delivery as it is stored. Raises what encoding raises."""
    kept = msgspec.json.encode(heard.kept)
    return {
        "project": project,
        "key": heard.key,
        "event": heard.event,
        "known": heard.known,
        "items": msgspec.json.encode(heard.items).decode(),
        "received_at": now,
        "last_at": now,
        "copies": 1,
        "state": "new" if heard.moves else "ignored",
        "build": "",
        "body": zlib.compress(kept, 0 if len(kept) < PLAIN else 1),
    }


def of_everybody(failure: Exception) -> bool:
    """Whether a failure is the database's, so that each delivery of a commit would meet it."""
    damaged = type(failure) is sa.exc.DatabaseError  # each of its kinds means something else
    return damaged or isinstance(
        failure, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError | OSError
    )


class DeliveryTable:
    """Writes rows. A delivery that comes again is counted, and is new again.

    A rebuild that had begun may not have seen what it tells of.
    """

    def __init__(self, database: Database) -> None:
        """Make the statements."""
        self._database = database
        self._statement = _upsert(database)
        self._texts = {count: _text(database, self._statement, count) for count in _TOGETHER}

    def write(self, rows: Sequence[Row]) -> None:
        """All of them in one transaction, durable when this returns; else none."""
        with self._database.writing() as connection:
            if self._database.embedded:
                self._many(connection, rows)
            else:  # two nodes must take the same rows in the same order, or each waits for the other
                connection.execute(self._statement, sorted(rows, key=_project_and_key))

    def _many(self, connection: sa.Connection, rows: Sequence[Row]) -> None:
        """Several rows a statement: after each, this thread has to wait for its turn again."""
        at = 0
        for count in _TOGETHER:
            while len(rows) - at >= count:
                values = tuple(value for row in rows[at : at + count] for value in row.values())
                connection.exec_driver_sql(self._texts[count], values)
                at += count


def _project_and_key(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["project"], row["key"]


def _upsert(database: Database) -> Any:
    columns: dict[str, Any] = {name: sa.bindparam(name) for name in row_of("", Heard("", ""), 0.0)}
    new: sa.ColumnElement[str] = sa.literal_column("'new'")
    done: sa.ColumnElement[str] = sa.literal_column("'done'")
    return database.insert_or(
        deliveries,
        columns,
        ("project", "key"),
        {
            "copies": deliveries.c.copies + sa.literal_column("1"),
            "last_at": sa.literal_column("excluded.last_at"),
            "state": sa.case((deliveries.c.state == done, new), else_=deliveries.c.state),
            "build": sa.literal_column("''"),
        },
    )


def _text(database: Database, statement: Any, count: int) -> str:
    """The statement for several rows, whose values are its only parameters, in the order of a row."""
    if not database.embedded:
        return ""
    compiled = statement.compile(dialect=database.engine.dialect)
    assert compiled.positiontup == list(row_of("", Heard("", ""), 0.0))
    one = f"({', '.join('?' * len(compiled.positiontup))})"
    text = str(compiled)
    assert text.count(one) == 1
    return text.replace(one, ", ".join([one] * count))
