"""Who may work on a data folder and a database together.

A data set's versions lie in the folder and are on record in the database. Processes that had the one in
common and not the other would each make a version 1.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from labelwright.problems import UsageError
from labelwright.service.context import Service
from labelwright.service.secrets import private_file
from labelwright.service.store.tables import meta, versions

SERVING, MARK = ".serving", ".folder"
KEY = "data-folder"


@contextlib.contextmanager
def sharing(service: Service) -> Iterator[None]:
    """Hold the place of a process that works. Raises ``UsageError`` if there is none for it."""
    if service.database.embedded:
        with _alone(service.loaded.data):
            yield
        return
    _same_folder(service)
    yield


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """On SQLite, keep a second process out: each would do again what the other is doing."""
    handle = os.open(data / SERVING, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"another labelwright serves from {data}; for several, use PostgreSQL") from None
        yield
    finally:
        os.close(handle)


def _same_folder(service: Service) -> None:
    """On PostgreSQL, take only the folder that the database's other processes have."""
    path = service.loaded.data / MARK
    with service.database.writing() as connection:
        # Whoever comes second waits here for the first.
        mine = path.read_text() if path.is_file() else secrets.token_hex(16)
        connection.execute(service.database.insert_or(meta, {"key": KEY, "value": mine}, ("key",), None))
        known = connection.execute(sa.select(meta.c.value).where(meta.c.key == KEY)).scalar_one()
        if known != mine and _is_another(service, connection, path):
            raise UsageError(
                f"{service.loaded.data} is not the data folder of this database's other processes: "
                "all of them share one folder (and one that was lost is restored from a backup)"
            )
        private_file(path, known.encode())


def _is_another(service: Service, connection: sa.Connection, path: Path) -> bool:
    """A folder without a mark that holds projects was restored; or nothing was ever made of either."""
    if path.is_file():
        return True
    made = connection.execute(sa.select(sa.func.count()).select_from(versions)).scalar_one()
    return not (service.loaded.data / "projects").is_dir() and bool(made)
