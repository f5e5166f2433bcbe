"""Writes everything that the service keeps into one file, while it runs.

The database is copied first, as it is at one moment; the files after it, each project while no rebuild
changes it. So every version that the database tells of is there.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import msgspec
import sqlalchemy as sa

from labelwright import __version__
from labelwright.io.atomic import CANNOT_WRITE, must_not_exist, writing
from labelwright.problems import DataError, Place, UsageError
from labelwright.service.store import archive as a
from labelwright.service.store.database import FILE, WORK_FILE, Database
from labelwright.service.store.migrate import version
from labelwright.service.store.tables import metadata
from labelwright.state.versions import VersionStore

PATIENCE = 600.0  # seconds for a rebuild to end
NOT_KEPT = (
    f"{FILE}*",
    f"{WORK_FILE}*",
    ".lock",
    ".*.lock",
    ".serving",
    ".new-*",
    ".gone-*",
    ".restoring",
    "*.part",
    ".*.new",
)


def backup(
    database: Database, data: Path, target: Path, patience: float = PATIENCE, force: bool = False
) -> a.Manifest:
    """Write ``target`` whole or not at all, for its owner alone to read.

    ``force`` replaces what is there. Raises ``UsageError`` for a target that is there already or lies in
    the data folder, and if there is nothing to back up; ``DataError`` if a rebuild goes on for longer than
    ``patience`` seconds.
    """
    must_not_exist(target, force)
    if target.absolute().parent.resolve().is_relative_to(data.resolve()):
        raise UsageError("the backup would lie in the data folder, which may be lost; name another place")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
        try:
            return _write(database, data, target, work, patience)
        except sqlite3.Error as error:  # no room for the copy, or the database is damaged
            raise DataError(CANNOT_WRITE.at(Place(source=str(target)), reason=str(error))) from None
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _write(database: Database, data: Path, target: Path, work: Path, patience: float) -> a.Manifest:
    new = work / "archive.tar"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as tar:
            packed = _Packing(tar, data)
            schema = _database(database, data, work, packed)
            for project in sorted(p for p in (data / "projects").glob("*") if p.is_dir()):
                with _still(project, patience):
                    packed.folder(project)
            packed.folder(data, without=data / "projects")
            kind = database.engine.dialect.name
            made = a.Manifest(a.FORMAT, __version__, schema, kind, time.time(), packed.files, packed.links)
            packed.text(a.MANIFEST, a.encode(made))
        file.flush()
        os.fsync(file.fileno())
    new.replace(target)
    return made


class _Packing:
    """An archive that is being written, and what it holds so far."""

    def __init__(self, tar: tarfile.TarFile, data: Path) -> None:
        self._tar, self._data = tar, data
        self.files: dict[str, a.Kept] = {}
        self.links: dict[str, str] = {}

    def folder(self, folder: Path, without: Path | None = None) -> None:
        """Every file below a folder of the data."""
        for root, folders, names in os.walk(folder):
            here = Path(root)
            folders[:] = sorted(f for f in folders if not _left_out(f) and here / f != without)
            for name in sorted({*names, *folders}):
                path = here / name
                if path.is_symlink():
                    self._link(path)
                elif path.is_file() and not _left_out(name):
                    self.file(f"{a.DATA}/{path.relative_to(self._data).as_posix()}", path)

    def file(self, name: str, path: Path) -> None:
        """One file."""
        if not a.is_safe(name):
            refuse(path, "its name is none that every system takes, so that nobody could restore it")
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = stat.st_size, stat.st_mode & 0o777, int(stat.st_mtime)
            told = _Hashed(file)
            self._tar.addfile(info, cast(BinaryIO, told))  # reading is all that is asked of it
        self.files[name] = a.Kept(info.size, told.digest.hexdigest(), info.mode)

    def text(self, name: str, content: bytes) -> None:
        """One file from memory."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))

    def _link(self, path: Path) -> None:
        name, target = path.relative_to(self._data).as_posix(), path.readlink().as_posix()
        if not a.is_link(name, target):
            refuse(path, "it is a link, which a backup does not follow: put in its place what it points to")
        if path.is_dir():  # not to a version that was removed
            self.links[name] = target


def refuse(path: Path, reason: str) -> NoReturn:
    """Say why a backup would not be whole. Raises ``DataError``."""
    raise DataError(a.NOT_WHOLE.at(Place(source=str(path)), reason=reason))


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        self.digest.update(found)
        return found


def _left_out(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in NOT_KEPT)


@contextlib.contextmanager
def _still(project: Path, patience: float) -> Iterator[None]:
    """Wait until nobody works on a project, and keep others out meanwhile."""
    end = time.monotonic() + patience
    with contextlib.ExitStack() as held:
        while True:
            try:
                held.enter_context(VersionStore(project).locked())
                break
            except DataError:
                if time.monotonic() > end:
                    raise DataError(a.BUSY.at(Place(source=str(project)), folder=project.name)) from None
                time.sleep(0.2)
        yield


def _database(database: Database, data: Path, work: Path, packed: _Packing) -> int:
    """Copy the database as it is at one moment; the version of its tables."""
    if database.embedded:
        copy = work / a.SQLITE
        there = f"{(data / FILE).absolute().as_uri()}?mode=ro"
        with (
            contextlib.closing(sqlite3.connect(there, uri=True)) as source,
            contextlib.closing(sqlite3.connect(copy)) as into,
        ):
            source.backup(into)
            into.execute("PRAGMA journal_mode=DELETE").close()
        copy.chmod(0o600)
        packed.file(a.SQLITE, copy)
        with contextlib.closing(sqlite3.connect(copy)) as into:
            found = into.execute("SELECT value FROM meta WHERE key='schema'").fetchone()
        return int(found[0]) if found else 1
    with database.reading() as connection:
        schema = version(connection)
        for table in metadata.sorted_tables:
            path = work / f"{table.name}.jsonl"
            with path.open("wb") as file:
                for line in _lines(connection, table):
                    file.write(line)
            packed.file(f"{a.TABLES}/{path.name}", path)
    return schema


def _lines(connection: sa.Connection, table: sa.Table) -> Iterator[bytes]:
    """The rows of a table as JSON lines, bytes in base64."""
    rows = connection.execution_options(stream_results=True, yield_per=500).execute(
        sa.select(table).order_by(*table.primary_key)
    )
    for row in rows:
        told: dict[str, Any] = {
            name: base64.b64encode(value).decode() if isinstance(value, (bytes, memoryview)) else value
            for name, value in row._mapping.items()
        }
        yield msgspec.json.encode(told) + b"\n"
