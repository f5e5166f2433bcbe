"""Writes deliveries down, many in one commit, and says so only when they are on disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa

from labelwright.contracts import Heard
from labelwright.service.store.database import Database
from labelwright.service.store.tables import deliveries

log = logging.getLogger(__name__)

MOST = 500  # deliveries in one commit
PLAIN = 1024  # bytes up to which compressing a body costs more than it saves

Committed = Callable[[set[str]], None]


class Full(Exception):
    """More deliveries wait to be written than may."""


class InboxWriter:
    """One thread that writes; requests wait for the commit that holds their delivery."""

    def __init__(self, database: Database, committed: Committed, most_waiting: int = 10_000) -> None:
        """``committed`` is told the projects of each commit whose deliveries can move something."""
        self._database, self._committed, self._most = database, committed, most_waiting
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._statement = _upsert(database)
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._closed = False

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what waits, then end."""
        self._closed = True
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    @property
    def waiting(self) -> int:
        """How many deliveries are not on disk yet."""
        return self._queue.qsize()

    async def put(self, project: str, heard: Heard) -> None:
        """Wait until a delivery is on disk. Raises ``Full``, or what the database raised."""
        if self._closed or self._queue.qsize() >= self._most:
            raise Full
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        row = _row(project, heard, time.time())
        self._queue.put(_Waiting(row, loop, done))
        await done

    def _run(self) -> None:
        while True:
            batch = self._next()
            if batch:
                self._write(batch)
            if self._closed and self._queue.empty():
                return

    def _next(self) -> list[_Waiting]:
        found = [self._queue.get()]
        while len(found) < MOST:
            try:
                found.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return [one for one in found if one is not None]

    def _write(self, batch: list[_Waiting]) -> None:
        failure = self._commit(batch)
        if failure is not None and len(batch) > 1 and not _everybody(failure):
            for one in batch:  # something is wrong with one of them, which must not take the others along
                self._write([one])
            return
        if failure is None:
            moved = {one.row["project"] for one in batch if one.row["state"] == "new"}
            if moved:
                self._tell(moved)
        for loop in {one.loop for one in batch}:
            futures = [one.done for one in batch if one.loop is loop]
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, futures, failure)

    def _commit(self, batch: list[_Waiting]) -> Exception | None:
        rows = [one.row for one in batch]
        if not self._database.embedded:
            rows.sort(key=_in_one_order)
        try:
            with self._database.writing() as connection:
                connection.execute(self._statement, rows)
        except Exception as error:  # whatever it was, those who wait must be told
            return error
        return None

    def _tell(self, moved: set[str]) -> None:
        try:
            self._committed(moved)
        except Exception as error:  # they are on disk all the same, and the sweep finds them
            log.warning("nobody was told of new deliveries: %s", type(error).__name__)


class _Waiting(msgspec.Struct):
    row: dict[str, Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


def _settle(futures: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for future in futures:
        if future.done():
            continue
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)


def _everybody(failure: Exception) -> bool:
    """Whether a failure is the database's, so that each delivery of the batch would meet it."""
    return isinstance(
        failure, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError | OSError
    )


def _in_one_order(row: dict[str, Any]) -> tuple[str, str]:
    """Two nodes that write the same deliveries must take their rows in the same order, or both wait."""
    return row["project"], row["key"]


def _row(project: str, heard: Heard, now: float) -> dict[str, Any]:
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


def _upsert(database: Database) -> Any:
    """The same delivery again is counted, and looked into again: a rebuild that has begun may not see it."""
    columns: dict[str, Any] = {name: sa.bindparam(name) for name in _row("", Heard("", ""), 0.0)}
    again = sa.case((deliveries.c.state == "done", "new"), else_=deliveries.c.state)
    return database.insert_or(
        deliveries,
        columns,
        ("project", "key"),
        {
            "copies": deliveries.c.copies + 1,
            "last_at": sa.literal_column("excluded.last_at"),
            "state": again,
            "build": "",
        },
    )
