"""Writes deliveries down, many in one commit, and says so only when they are on disk."""

from __future__ import annotations

import asyncio
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

MOST = 500  # deliveries in one commit

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
        self.observed: Callable[[float, int], None] = lambda seconds, rows: None  # told of each commit

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

    @property
    def full(self) -> bool:
        """Whether more deliveries wait than may."""
        return self._queue.qsize() >= self._most

    async def put(self, project: str, heard: Heard) -> None:
        """Wait until a delivery is on disk. Raises ``Full``, or what the database raised."""
        if self._closed or self.full:
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
        failure: Exception | None = None
        began = time.perf_counter()
        try:
            with self._database.writing() as connection:
                connection.execute(self._statement, [one.row for one in batch])
        except Exception as error:  # whatever it was, those who wait must be told
            failure = error
        if failure is None:
            self.observed(time.perf_counter() - began, len(batch))
            moved = {one.row["project"] for one in batch if one.row["state"] == "new"}
            if moved:
                self._committed(moved)
        for loop in {one.loop for one in batch}:
            futures = [one.done for one in batch if one.loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, futures, failure)


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


def _row(project: str, heard: Heard, now: float) -> dict[str, Any]:
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
        "body": zlib.compress(msgspec.json.encode(heard.kept), 1),
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
