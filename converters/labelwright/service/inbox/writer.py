"""Writes deliveries down, many in one commit, and says so only when they are on disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable

import msgspec

from labelwright.contracts import Heard
from labelwright.service.inbox.rows import DeliveryTable, Row, of_everybody, row_of
from labelwright.service.store.database import Database
from labelwright.service.store.room import reason_of

log = logging.getLogger(__name__)

MOST = 500  # deliveries in one commit
FEW = 3  # deliveries at once that are no rush
PAUSE, PAUSES = 0.004, 4  # seconds, and how often, that a commit waits for more in a rush

Committed = Callable[[set[str]], None]


class Full(Exception):
    """More deliveries wait to be written than may."""


class InboxWriter:
    """One thread that writes; requests wait for the commit that holds their delivery."""

    def __init__(self, database: Database, committed: Committed, most_waiting: int = 10_000) -> None:
        """``committed`` is told the projects of each commit whose deliveries can move something."""
        self._database, self._committed, self._most = database, committed, most_waiting
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._table = DeliveryTable(database)
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._closed = self._busy = False
        self.failing = ""  # why the last commit failed, if it did; ``recovered`` takes it back
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

    def recovered(self) -> None:
        """The database takes something in again."""
        self.failing = ""

    @property
    def waiting(self) -> int:
        """How many deliveries are not on disk yet."""
        return self._queue.qsize()

    @property
    def full(self) -> bool:
        """Whether more deliveries wait than may."""
        return self._queue.qsize() >= self._most

    def put(self, project: str, heard: Heard) -> asyncio.Future[None]:
        """A delivery to be written; what is given back is done when it is on disk, or has what went wrong.

        Raises ``Full``, and what encoding raises.
        """
        if self._closed or self.full:
            raise Full
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.put(_Waiting(row_of(project, heard, time.time()), loop, done))
        return done

    def _run(self) -> None:
        while True:
            batch = self._next()
            if batch:
                self._write(batch)
            if self._closed and self._queue.empty():
                return

    def _next(self) -> list[_Waiting]:
        """The next commit: what waits; and, while many come, what comes within some milliseconds.

        A commit costs the same for one as for a hundred. One that comes alone waits for nobody.
        """
        found = [self._queue.get()]
        self._drain(found)
        if len(found) > FEW or self._busy:
            for _ in range(PAUSES):
                before = len(found)
                time.sleep(PAUSE)
                self._drain(found)
                if len(found) == before:
                    break
        self._busy = len(found) > FEW
        return [one for one in found if one is not None]

    def _drain(self, found: list[_Waiting | None]) -> None:
        with contextlib.suppress(queue.Empty):
            while len(found) < MOST:
                found.append(self._queue.get_nowait())

    def _write(self, batch: list[_Waiting]) -> None:
        failure: Exception | None = None
        began = time.perf_counter()
        try:
            self._table.write([one.row for one in batch])
        except Exception as error:  # whatever it was, those who wait must be told
            failure = error
        if failure is not None and len(batch) > 1 and not of_everybody(failure):
            for one in batch:  # something is wrong with one of them, which must not take the others along
                self._write([one])
            return
        if failure is None:
            self.recovered()
            self.observed(time.perf_counter() - began, len(batch))
            moved = {one.row["project"] for one in batch if one.row["state"] == "new"}
            if moved:
                self._tell(moved)
        elif of_everybody(failure):
            self.failing = reason_of(failure)
        for loop in {one.loop for one in batch}:
            futures = [one.done for one in batch if one.loop is loop]
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, futures, failure)

    def _tell(self, moved: set[str]) -> None:
        try:
            self._committed(moved)
        except Exception as error:  # they are on disk all the same, and the sweep finds them
            log.warning("nobody was told of new deliveries: %s", type(error).__name__)


class _Waiting(msgspec.Struct, gc=False):
    row: Row
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
