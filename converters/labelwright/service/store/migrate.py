"""Brings the tables to the version that this program knows: at every start, one process at a time."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping

import sqlalchemy as sa

from labelwright import __version__
from labelwright.problems import DataError, ProblemType, UsageError
from labelwright.service.redaction import Redactor
from labelwright.service.store import migrations
from labelwright.service.store.database import Database
from labelwright.service.store.tables import VERSION, meta, metadata

SCHEMA = "schema"  # the key in ``meta``
LOCK = 0x6C61_6277  # of PostgreSQL's advisory locks; SQLite has one writer anyhow

AWAY = ProblemType(
    "service.database-away",
    "The database does not answer",
    "the database does not answer: {reason}",
    "See that it runs, who may log in, and that its disk has room; then start again.",
)

DAMAGED = ProblemType(
    "service.database-damaged",
    "A database file is damaged",
    "a database file in the data folder is damaged: {reason}",
    "Keep a copy of the folder, then restore a backup. If work.sqlite alone is damaged, move it away: "
    "it is made anew, and nothing is lost.",
)

Change = Callable[[sa.Connection], None]


def migrate(database: Database, newest: int = VERSION, changes: Mapping[int, Change] | None = None) -> int:
    """Make the tables, or change those of an older version; the version they had (0: there were none).

    Two processes that start at once do it once. Raises ``UsageError`` for tables of a newer program, and
    ``DataError`` for a database that does not answer.
    """
    steps = _changes() if changes is None else changes
    try:
        with database.writing() as connection:
            if not database.embedded:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            found = version(connection)
            if found > newest:
                raise UsageError(
                    f"the database was used by a newer labelwright (schema {found}; this is {__version__}, "
                    f"which knows {newest}): use that one, or restore a backup made before"
                )
            if found == 0:
                metadata.create_all(connection)
            for number in range(found + 1 if found else newest + 1, newest + 1):
                steps[number](connection)
            if found != newest:
                row = {"key": SCHEMA, "value": str(newest)}
                connection.execute(database.insert_or(meta, row, ["key"], {"value": str(newest)}))
            return found
    except sa.exc.OperationalError as error:
        raise away(database, error) from None
    except sa.exc.ProgrammingError as error:
        if database.embedded:
            raise
        raise away(database, error) from None  # who logged in may not make tables


@contextlib.contextmanager
def undamaged() -> Iterator[None]:
    """Tell of a file of SQLite's that is none, or is not whole. Raises ``DataError``."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        if type(error) is not sa.exc.DatabaseError:  # each of its kinds means something else
            raise
        raise DataError(DAMAGED.at(reason=str(error.orig))) from None


@contextlib.contextmanager
def answering(database: Database) -> Iterator[None]:
    """Tell of a database that does not answer, or whose disk is full. Raises ``DataError``."""
    try:
        yield
    except sa.exc.OperationalError as error:
        raise away(database, error) from None


def away(database: Database, error: sa.exc.DBAPIError) -> DataError:
    """What is said of a database that does not answer: its own first line, without the password."""
    reason = (str(error.orig).splitlines() or [""])[0].strip() or type(error).__name__
    return DataError(AWAY.at(reason=Redactor(values=[database.engine.url.password or ""])(reason)))


def version(connection: sa.Connection) -> int:
    """The version of the tables; 0 where there are none.

    Raises ``UsageError`` where they are of no version, not whole, or another program's.
    """
    there = sa.inspect(connection)
    found, ours = set(there.get_table_names()), set(metadata.tables)
    if not found & ours:
        if found and connection.dialect.name == "sqlite":  # the other may be shared
            raise UsageError(f"{_file(connection)} is another program's database: move it away")
        return 0
    if meta.name not in found or {c["name"] for c in there.get_columns(meta.name)} != set(meta.c.keys()):
        raise UsageError(f"{_file(connection)} has another program's tables, or lacks some: restore a backup")
    value = connection.execute(sa.select(meta.c.value).where(meta.c.key == SCHEMA)).scalar()
    if value and not (value.isascii() and value.isdigit()):
        raise UsageError("the database's tables are of no version: restore a backup")
    if value == str(VERSION) and (missing := ours - found):
        raise UsageError(f"the database lacks tables ({', '.join(sorted(missing))}): restore a backup")
    return int(value) if value else 1


def _file(connection: sa.Connection) -> str:
    return connection.engine.url.database or "the database"


def _changes() -> dict[int, Change]:
    found = {}
    for info in pkgutil.iter_modules(migrations.__path__):
        module = importlib.import_module(f"{migrations.__name__}.{info.name}")
        found[int(info.name.removeprefix("m"))] = module.change
    return found
