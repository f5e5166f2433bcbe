"""Takes a backup in: everything is looked at beside the data folder before anything of it is touched."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from labelwright.io.atomic import CANNOT_WRITE, writing
from labelwright.problems import DataError, Place, UsageError
from labelwright.service.store import archive as a
from labelwright.service.store.database import FILE, Database, open_database
from labelwright.service.store.migrate import migrate
from labelwright.service.store.swap import ROOM, room, swap
from labelwright.service.store.tables import VERSION, builds, deliveries, meta, metadata, nodes, sends
from labelwright.service.store.unpack import refuse, unpack

RESTORED = "restored"  # the key in ``meta`` by which the next start knows that it must look at everything
SERVING = ".serving"  # the file that a service on SQLite holds locked
ALIVE = 60.0  # seconds since a process said that it is at work
PIECE = 500  # rows at once


def restore(archive: Path, data: Path, database_url: str, force: bool) -> a.Manifest:
    """Make the data folder (and PostgreSQL's tables) what a backup holds; ``force`` replaces what is there.

    Raises ``UsageError`` if there is something there, or a service at work on it; ``DataError`` for an
    archive that is not whole or holds what no backup holds.
    """
    data = data.resolve()  # one that is a link stays a link
    if archive.resolve().is_relative_to(data):
        raise UsageError(f"{archive} lies in the folder that would be replaced; put it elsewhere first")
    kept = any(path.name != ROOM for path in data.iterdir()) if data.is_dir() else data.exists()
    if kept and not force:
        raise UsageError(f"{data} holds data already; pass --force to replace it")
    try:
        with writing(data), room(data) as new:
            manifest = unpack(archive, new)
            _fits(archive, manifest, database_url)
            into = new / a.DATA
            into.mkdir(mode=0o700, exist_ok=True)
            into.chmod(0o700)
            if database_url:
                _tables(archive, database_url, new, force, lambda: swap(into, data))
            else:
                _nobody_at_work(data)
                _embedded(archive, new / a.SQLITE, into)
                swap(into, data)
            return manifest
    except sa.exc.OperationalError as error:
        raise DataError(CANNOT_WRITE.at(Place(source=str(data)), reason=str(error.orig))) from None


def _fits(archive: Path, manifest: a.Manifest, database_url: str) -> None:
    """Raises ``UsageError`` for a backup of the other database or a newer program."""
    kind = "postgresql" if database_url else "sqlite"
    if manifest.database != kind:
        raise UsageError(f"{archive} is of {manifest.database}, and the configuration says {kind}")
    if manifest.schema > VERSION or (database_url and manifest.schema != VERSION):
        raise UsageError(f"{archive} was written by labelwright {manifest.version}; restore it with that")


def _embedded(archive: Path, copy: Path, into: Path) -> None:
    """Put the copy of the database where the service looks for it, brought to this version."""
    if not copy.is_file():
        refuse(archive, "it holds no database")
    try:
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        refuse(archive, "its database is damaged")
    copy.replace(into / FILE)
    database = open_database("", into)
    try:
        migrate(database)
        with database.writing() as connection:
            _begin_anew(database, connection)
    finally:
        database.close()


def _tables(archive: Path, url: str, new: Path, force: bool, swap: Callable[[], None]) -> None:
    """Fill PostgreSQL's tables in one transaction, at whose end the folders are swapped."""
    database = open_database(url, new)
    try:
        migrate(database)
        with database.writing() as connection:
            _nobody(connection, "the database")
            filled = [t for t in (deliveries, builds) if connection.execute(sa.select(t).limit(1)).first()]
            if filled and not force:
                raise UsageError("the database holds data already; pass --force to replace it")
            for table in metadata.sorted_tables:
                connection.execute(table.delete())
                for rows in _rows(archive, new / a.TABLES / f"{table.name}.jsonl", table):
                    connection.execute(table.insert(), rows)
            newest = sa.func.coalesce(sa.select(sa.func.max(deliveries.c.id)).scalar_subquery(), 0) + 1
            sequence = sa.func.pg_get_serial_sequence(deliveries.name, "id")
            connection.execute(sa.select(sa.func.setval(sequence, newest, False)))
            _begin_anew(database, connection)
            swap()
    finally:
        database.close()


def _rows(archive: Path, path: Path, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    binary = [c.name for c in table.c if isinstance(c.type, sa.LargeBinary)]
    names = {c.name for c in table.c}
    rows: list[dict[str, Any]] = []
    try:
        with path.open("rb") as file:
            for line in file:
                row = msgspec.json.decode(line, type=dict[str, Any])
                if set(row) != names:
                    refuse(archive, f"the rows of {table.name} are of other columns")
                rows.append({**row, **{name: base64.b64decode(row[name]) for name in binary}})
                if len(rows) >= PIECE:
                    yield rows
                    rows = []
    except (FileNotFoundError, ValueError):
        refuse(archive, f"the rows of {table.name} are not there or cannot be read")
    if rows:
        yield rows


def _begin_anew(database: Database, connection: sa.Connection) -> None:
    """What was under way when the backup was made is not: it comes round again."""
    connection.execute(
        builds.update()
        .where(builds.c.state == "running")
        .values(
            state="failed", code="service.restored", message="a backup was restored", ended_at=time.time()
        )
    )
    connection.execute(sends.update().values(held_until=0.0))
    connection.execute(nodes.delete())
    row = {"key": RESTORED, "value": "1"}
    connection.execute(database.insert_or(meta, row, ["key"], {"value": "1"}))


def _nobody_at_work(data: Path) -> None:
    """Raises ``UsageError`` if a service says that it works on the folder that would be replaced."""
    lock = data / SERVING
    if lock.is_file():
        with lock.open("rb") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError(f"a service is at work on {data}; stop it first") from None
    if not (data / FILE).is_file():
        return
    database = open_database("", data)
    try:
        with contextlib.suppress(sa.exc.DatabaseError), database.reading() as connection:
            _nobody(connection, str(data))
    finally:
        database.close()


def _nobody(connection: sa.Connection, what: str) -> None:
    found = connection.execute(sa.select(nodes.c.id).where(nodes.c.seen_at > time.time() - ALIVE)).scalars()
    if any(_alive(name) for name in found):
        raise UsageError(f"a service is at work on {what}; stop it first")


def _alive(node: str) -> bool:
    """Whether a process is there; of another machine that is not known, and taken for so."""
    host, _, process = node.rpartition("-")
    if host != os.uname().nodename or not process.isdigit():
        return True
    return Path(f"/proc/{process}").exists() or not Path("/proc/self").exists()
