"""Durable rebuilds on DBOS: at most one waits per project, and one that was begun is ended.

A rebuild takes up the deliveries that are new, does its work, and records what came of it in one
transaction. After a kill the same rebuild runs again from its last recorded step.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import msgspec

from labelwright.problems import DataError, UsageError
from labelwright.service.context import Service
from labelwright.service.work import patience, reasons
from labelwright.service.work.job import Done
from labelwright.service.work.logged import log_begun, log_rebuild
from labelwright.service.work.process import Running
from labelwright.service.work.record import BUSY, SHORT, begin, finish, recorded, unable
from labelwright.state.versions import LOCKED, VersionStore

if TYPE_CHECKING:
    from dbos import Debouncer

log = logging.getLogger(__name__)

QUEUE = "rebuilds"  # what was taken over; and what the names of the others begin with
NAME = "labelwright"
EMBEDDED = "embedded"  # the executor of the one process that works on SQLite
VERSION = "1"  # of the steps: those of another version would not be taken up
BUSY_AGAIN = 5.0  # seconds until a project that another process rebuilds is looked at again
# Reasons that do not wait out a pause after failures: somebody asked, and may have mended what was wrong.
URGENT = frozenset(("demand", "reconcile", "replay", "start"))
EARLY = 0.05  # seconds before its time that a rebuild may begin; the engine counts in milliseconds
RETRIED: dict[str, Any] = {"retries_allowed": True, "interval_seconds": 1.0, "max_attempts": 8}


class Hand:
    """A rebuild in hand, with the lock of its project's folder once this process has that."""

    def __init__(self, stack: ExitStack) -> None:
        """``stack`` lets the lock go when it closes."""
        self.stack = stack
        self.lock: int | None = None


class Workflows:
    """The engine of one process. One ``Service`` a process has it, as the engine itself is one."""

    def __init__(self, service: Service, node: str) -> None:
        """Register the workflows; nothing runs yet. Raises ``UsageError`` without the extra."""
        try:
            from dbos import DBOS
        except ModuleNotFoundError:
            raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
        self._service = service
        self._running = Running()
        self._debouncers: dict[tuple[str, float], Debouncer[Any, Any]] = {}
        self._lock = threading.Lock()
        self._mine: dict[str, Hand] = {}
        self.executor = EMBEDDED if service.database.embedded else node
        DBOS(
            config={
                "name": NAME,
                "system_database_url": service.database.work_url,
                "executor_id": self.executor,
                "application_version": VERSION,
                "log_level": "WARNING",
                "use_listen_notify": False,
                "sys_db_pool_size": 10,
            }
        )
        self._rebuild = _rebuild_workflow(self)

    def start(self) -> None:
        """Begin to work, with what a killed process left unfinished."""
        from dbos import DBOS

        config = self._service.loaded.config.service
        DBOS.launch()
        # A tool whose server drips, or never ends, holds the workers of its own projects alone.
        wanted = {QUEUE, *map(self._queue, self._service.projects)}
        left = DBOS.list_workflows(status=["ENQUEUED", "DELAYED"], load_input=False, load_output=False)
        for name in sorted(wanted | {one.queue_name for one in left if one.queue_name}):
            DBOS.register_queue(
                name,
                worker_concurrency=config.workers,
                polling_interval_sec=min(0.5, max(config.quiet / 2, 0.05)),
            )

    def stop(self, seconds: float) -> None:
        """Begin nothing new, and end within some seconds; what is not done by then the next start does."""
        from dbos import DBOS

        late = threading.Timer(max(seconds, 0.0), self._running.stop)
        late.start()
        try:
            DBOS.destroy(workflow_completion_timeout_sec=int(seconds) + 2 if self.here() else 0)
        finally:
            late.cancel()
            self._running.stop()

    def _queue(self, project: str) -> str:
        """A queue for each tool that is configured."""
        return f"{QUEUE}-{self._service.project(project).config.tool}"

    def ask(self, project: str, reason: str, wait: float | None = None) -> None:
        """Have a project rebuilt, once for all that ask within its quiet time.

        After rebuilds that failed it is put off; see ``patience``.
        """
        from dbos import Debouncer

        times = self._service.times(project)
        reasons.note(self._service.database, project, reason, time.time())
        delay = max(times.quiet if wait is None else wait, self._pause(project, reason))
        most = max(times.ceiling, patience.LONGEST if delay > times.ceiling else 0.1)
        debouncer = self._debouncers.setdefault(
            (project, most),
            Debouncer.create(self._rebuild, debounce_timeout_sec=most, queue=self._queue(project)),
        )
        debouncer.debounce(project, delay, project, reason)

    def ask_once(self, project: str, reason: str, name: str) -> None:
        """Have a project rebuilt at once, one time for all that ask under that name, on whichever node."""
        from dbos import DBOS, SetWorkflowID

        with SetWorkflowID(name):
            DBOS.enqueue_workflow(self._queue(project), self._rebuild, project, reason)

    def here(self) -> frozenset[str]:
        """The rebuilds that this process has in hand."""
        with self._lock:
            return frozenset(self._mine)

    def _pause(self, project: str, reason: str) -> float:
        """The seconds that a request has to wait because rebuilds failed."""
        with self._service.database.reading() as connection:
            if not URGENT.isdisjoint((reason, *reasons.waiting(connection, project))):
                return 0.0
            return patience.wait(connection, project, time.time())

    @contextmanager
    def holding(self, build: str, project: str) -> Iterator[None]:
        """Have a rebuild in hand, and keep others out of its project unless one is there already."""
        with ExitStack() as stack:
            hand = Hand(stack)
            with suppress(DataError):  # another one's, or a disk that is full: the first step will say
                self._hold(hand, project)
            with self._lock:
                self._mine[build] = hand
            try:
                yield
            finally:
                with self._lock:
                    del self._mine[build]

    def _hold(self, hand: Hand, project: str) -> None:
        """Keep others out of the project until the rebuild ends. Raises ``DataError`` if one is there."""
        if hand.lock is None and project in self._service.projects:
            store = VersionStore(self._service.projects[project].folder)
            hand.lock = hand.stack.enter_context(store.locked(SHORT))

    def begin(self, build: str, project: str, reason: str) -> str:
        """First step: take up the deliveries; or why not."""
        why, hand = BUSY, self._mine[build]
        try:
            self._hold(hand, project)
            if self._pause(project, reason) <= EARLY:  # else it was asked for before the last one failed
                why = begin(self._service, build, project, reason, time.time(), hand.lock is not None)
        except DataError as error:
            if error.problem.code != LOCKED.code:
                return unable(self._service, build, project, reason, error.problem, time.time())
        if why == BUSY:
            self._ask_later(project, reason)
        elif not why:
            log_begun(build, project, reason)
        return why

    def work(self, build: str, project: str) -> Done:
        """Second step: the rebuild itself, in a process of its own."""
        found = self._service.projects.get(project)
        if found is None:
            return Done()
        lock, began = self._mine[build].lock, time.perf_counter()
        with self._service.telemetry.span("rebuild", project=project) as came:
            done = self._running.run(self._service, found, build, recorded(self._service, project), lock)
            came("failed" if done.failed else "done", done.failed.code if done.failed else "")
        self._service.metrics.rebuild("failed" if done.failed else "done", time.perf_counter() - began)
        return done

    def finish(self, build: str, project: str, reason: str, done: Done) -> str:
        """Third step: record what came of it; the state."""
        held = self._mine[build].lock is not None
        state = finish(self._service, build, project, done, time.time(), held)
        log_rebuild(self._service, build)
        if state == BUSY:
            self._ask_later(project, reason)
        return state

    def _ask_later(self, project: str, reason: str) -> None:
        """Ask again when another's rebuild may have ended. Not in a step's own thread: steps may not."""
        later = min(BUSY_AGAIN, max(self._service.times(project).quiet, 0.5))
        with ThreadPoolExecutor(1) as thread:
            thread.submit(self.ask, project, reason, later).result()


def _rebuild_workflow(parts: Workflows) -> Any:
    """The durable workflow; the engine wants plain functions, and JSON between the steps."""
    from dbos import DBOS

    @DBOS.step(name="begin", **RETRIED)
    def first(build: str, project: str, reason: str) -> str:
        return parts.begin(build, project, reason)

    @DBOS.step(name="work", **RETRIED)
    def second(build: str, project: str) -> str:
        return msgspec.json.encode(parts.work(build, project)).decode()

    @DBOS.step(name="finish", **RETRIED)
    def third(build: str, project: str, reason: str, done: str) -> str:
        return parts.finish(build, project, reason, msgspec.json.decode(done, type=Done))

    @DBOS.workflow(name="rebuild")
    def rebuild(project: str, reason: str) -> str:
        build = str(DBOS.workflow_id)
        with parts.holding(build, project):
            return first(build, project, reason) or third(build, project, reason, second(build, project))

    return rebuild
