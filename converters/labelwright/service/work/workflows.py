"""Durable rebuilds on DBOS: at most one waits per project, and one that was begun is ended.

A rebuild takes up the deliveries that are new, does its work, and records what came of it in one
transaction. After a kill the same rebuild runs again from its last recorded step.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import msgspec

from labelwright.problems import UsageError
from labelwright.service.context import Service
from labelwright.service.work.job import Done
from labelwright.service.work.process import Running
from labelwright.service.work.record import begin, finish

if TYPE_CHECKING:
    from dbos import Debouncer

log = logging.getLogger(__name__)

QUEUE = "rebuilds"
NAME = "labelwright"
BUSY_AGAIN = 5.0  # seconds until a project that another process rebuilds is looked at again


class Workflows:
    """The engine of one process. One ``Service`` a process has it, as the engine itself is one."""

    def __init__(self, service: Service, node: str) -> None:
        """Register the workflows; nothing runs yet. Raises ``UsageError`` without the extra."""
        try:
            from dbos import DBOS
        except ModuleNotFoundError:
            raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
        self._service, self._node = service, node
        self._running = Running()
        self._debouncers: dict[str, Debouncer[Any, Any]] = {}
        embedded = service.database.embedded
        self._dbos = DBOS(
            config={
                "name": NAME,
                "system_database_url": service.database.work_url,
                "executor_id": "embedded" if embedded else node,
                "application_version": "1",
                "log_level": "WARNING",
                "use_listen_notify": False,
                "sys_db_pool_size": 10,
            }
        )
        self._rebuild = _rebuild_workflow(self)

    def start(self) -> None:
        """Begin to work, with what a killed process left unfinished."""
        from dbos import DBOS

        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=self._service.loaded.config.service.workers, polling_interval_sec=0.5
        )

    def stop(self, seconds: float) -> None:
        """End within some seconds; what is not done by then is done after the next start."""
        from dbos import DBOS

        self._running.stop()
        DBOS.destroy(workflow_completion_timeout_sec=int(seconds))

    def ask(self, project: str, reason: str, wait: float | None = None) -> None:
        """Have a project rebuilt, once for all that ask within its quiet time."""
        from dbos import Debouncer

        config, service = self._service.project(project).config, self._service.loaded.config.service
        quiet = service.quiet if config.quiet is None else config.quiet
        ceiling = service.ceiling if config.ceiling is None else config.ceiling
        debouncer = self._debouncers.setdefault(
            project,
            Debouncer.create(self._rebuild, debounce_timeout_sec=max(ceiling, 0.1), queue=QUEUE),
        )
        debouncer.debounce(project, quiet if wait is None else wait, project, reason)

    def begin(self, build: str, project: str, reason: str) -> None:
        """First step: take up the deliveries."""
        begin(self._service, build, project, reason, time.time())

    def work(self, project: str) -> Done:
        """Second step: the rebuild itself, in a process of its own."""
        found = self._service.projects.get(project)
        if found is None:  # it was taken out of the configuration while it waited
            return Done()
        began = time.perf_counter()
        with self._service.telemetry.span("rebuild", project=project):
            done = self._running.run(self._service, found)
        self._service.metrics.rebuild("failed" if done.failed else "done", time.perf_counter() - began)
        return done

    def finish(self, build: str, project: str, reason: str, done: Done) -> str:
        """Third step: record what came of it; the state."""
        if done.failed is not None and done.failed.busy:
            self.ask(project, reason, BUSY_AGAIN)
        return finish(self._service, build, project, done, time.time())


def _rebuild_workflow(parts: Workflows) -> Any:
    """The durable workflow; the engine wants plain functions, and JSON between the steps."""
    from dbos import DBOS

    @DBOS.step(name="begin")
    def first(build: str, project: str, reason: str) -> None:
        parts.begin(build, project, reason)

    @DBOS.step(name="work")
    def second(project: str) -> str:
        return msgspec.json.encode(parts.work(project)).decode()

    @DBOS.step(name="finish")
    def third(build: str, project: str, reason: str, done: str) -> str:
        return parts.finish(build, project, reason, msgspec.json.decode(done, type=Done))

    @DBOS.workflow(name="rebuild")
    def rebuild(project: str, reason: str) -> str:
        build = str(DBOS.workflow_id)
        first(build, project, reason)
        return third(build, project, reason, second(project))

    return rebuild
