"""Opens the database, SQLite or PostgreSQL, with the settings that make a commit durable."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from labelwright.problems import DataError, Place, ProblemType, UsageError
from labelwright.service.secrets import private_folder

ORPHAN = ProblemType(
    "service.database-missing",
    "The database is gone and its journal is there",
    "{file} is missing beside its journal {file}-wal, which holds deliveries that only it knows",
    "Put the file back, or restore a backup. To begin with an empty database, remove the journal as well: "
    "versions of data sets are kept, and what else happened is found by asking the tools.",
)
FILE, WORK_FILE = "labelwright.sqlite", "work.sqlite"
BUSY = 30.0  # seconds that a writer waits for another


class Database:
    """An engine and the few things that the two databases say differently."""

    def __init__(self, engine: sa.Engine, work_url: str) -> None:
        """``work_url`` is where the workflow engine keeps its own."""
        self.engine = engine
        self.work_url = work_url
        self._turn = threading.Lock()

    @property
    def embedded(self) -> bool:
        """Whether it is SQLite, so that one process alone works on it."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes: committed at the end, durable when this returns."""
        with self._in_turn(), self.engine.connect() as connection:
            if self.embedded:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One writer of this process at a time.

        SQLite has one at all, and lets the others sleep up to a tenth of a second between two looks.
        """
        if not self.embedded:
            yield
            return
        if not self._turn.acquire(timeout=BUSY):
            raise sa.exc.TimeoutError("another writer does not end")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read with; what it sees belongs together."""
        with self.engine.connect() as connection:
            if self.embedded:
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield connection
            finally:
                connection.rollback()

    def insert_or(
        self, table: sa.Table, rows: Mapping[str, Any], on: Sequence[str], change: Mapping[str, Any] | None
    ) -> Any:
        """INSERT that changes the row which is there already, or (``change`` None) leaves it."""
        kind: Any = sqlite.insert if self.embedded else postgresql.insert
        statement = kind(table).values(rows)
        if change is None:
            return statement.on_conflict_do_nothing(index_elements=list(on))
        return statement.on_conflict_do_update(index_elements=list(on), set_=dict(change))

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def open_database(url: str, data: Path) -> Database:
    """The database at ``url``, or SQLite below the data folder. Raises ``UsageError``, ``DataError``."""
    if not url:
        private_folder(data)
        _not_torn(data)
        return Database(_sqlite(data / FILE), f"sqlite:///{data / WORK_FILE}")
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise UsageError(
            "the database URL is none; write it like postgresql://user@host/name (the password: PGPASSWORD)"
        ) from None
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise UsageError(f"{parsed.get_backend_name()} is no database that serves; use postgresql:// or none")
    named = parsed.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(named, pool_pre_ping=True, pool_size=5, max_overflow=10, hide_parameters=True)
    return Database(engine, named.render_as_string(hide_password=False))


def _not_torn(data: Path) -> None:
    """Raises ``DataError`` where SQLite would throw a journal away because its database is not there."""
    journal = data / f"{FILE}-wal"
    if not (data / FILE).exists() and journal.is_file() and journal.stat().st_size:
        raise DataError(ORPHAN.at(Place(source=str(data)), file=FILE))


def _sqlite(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": BUSY, "check_same_thread": False},
        pool_size=5,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _settings(connection: Any, record: Any) -> None:
        del record
        connection.isolation_level = None  # transactions are begun above, by hand
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY:.0f}000",
        ):
            try:
                connection.execute(f"PRAGMA {pragma}").close()
            except UnicodeDecodeError:  # SQLite's own words, which quote what it found
                raise sqlite3.DatabaseError("its tables cannot be read") from None

    return engine
