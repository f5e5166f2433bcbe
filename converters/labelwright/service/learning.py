"""Lets predictors learn of their projects' answers, a while after somebody answered, outside of requests."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from labelwright.contracts import ToLearn
from labelwright.pipeline.resolve import EACH
from labelwright.predicting.apart import Apart
from labelwright.predicting.declared import takes_unanswered
from labelwright.predicting.environment import passed
from labelwright.predicting.finding import find
from labelwright.predicting.pipe import Learnt
from labelwright.problems import DataError, UsageError
from labelwright.service.context import Project, Service, environment_of
from labelwright.service.gathering import Gathered, Gathering
from labelwright.service.lessons import FOLDER, Lessons

log = logging.getLogger(__name__)

MOST = 1000  # answers in a row that put learning off
LONGEST = 3600.0  # seconds to gather answers in
AGAIN = (60.0, 300.0, 900.0, 3600.0)  # seconds until answers that could not be gathered are asked for again


class Learning:
    """What is to be learnt, by predictor and project: once for many answers in a row."""

    def __init__(self, service: Service, served: Mapping[str, Apart]) -> None:
        """Nothing is to be learnt yet."""
        self._service, self._served = service, served
        self._lock = threading.Lock()
        self._timers: dict[tuple[str, str], threading.Timer] = {}
        self._put_off: dict[tuple[str, str], int] = {}
        self._failures: dict[tuple[str, str], int] = {}  # in a row, to gather answers
        self._closed = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None
        self._one = threading.Lock()  # learns at a time

    def ask(self, name: str, learn: ToLearn) -> str:
        """Let a predictor learn of a project, now or when nobody has answered for a while.

        Gives a sentence that says why it will not; empty: it will.
        """
        if not self._served[name].learns:
            return f"{name} does not learn of answers"
        project = self._project(name, learn.projects)
        if project is None:
            known = "no project of the service's configuration is that one, so its answers cannot be pulled"
            return f"{known}: add it to labelwright.toml as [projects.NAME]"
        wait = 0.0 if learn.now else self._service.loaded.config.predictors[name].learn_after
        key = (name, project.name)
        with self._lock:
            before = self._timers.get(key)
            late = self._put_off.get(key, 0)
            if before is not None and not learn.now and late >= MOST:
                return ""  # answers come all the time: it learns in between
            if before is not None:
                before.cancel()
            self._put_off[key] = late + 1
            self._begin(wait, name, project)
        return ""

    def _begin(self, wait: float, name: str, project: Project) -> None:
        """Start a timer; the lock is held."""
        timer = threading.Timer(wait, self._learn, (name, project))
        timer.daemon = True
        self._timers[name, project.name] = timer
        if not self._closed.is_set():
            timer.start()

    def close(self) -> None:
        """Learn no more."""
        self._closed.set()
        with self._lock:
            for timer in self._timers.values():
                timer.cancel()
            if self._running is not None:
                self._running.kill()

    def _project(self, name: str, projects: tuple[str, ...]) -> Project | None:
        tool = self._service.loaded.config.predictors[name].tool
        for project in self._service.projects.values():
            if project.config.project in projects and tool in ("", project.config.tool):
                return project
        return None

    def _learn(self, name: str, project: Project) -> None:
        with self._lock:
            self._timers.pop((name, project.name), None)
            self._put_off.pop((name, project.name), None)
        with self._one:
            if self._closed.is_set():
                return
            items: list[Learnt] | None = None
            try:
                items = self._gathered(name, project)
                answered = sum(bool(one.answers) for one in items)
                version, now = self._served[name].learn(items), time.time()
                self._lessons(name).learnt(project.name, now, answered, version, self._served[name].told)
            except (DataError, UsageError) as error:
                self._failed(name, project, error)
            except Exception as error:  # a full disk, a file that was cut off: this thread is nobody's
                self._failed(name, project, UsageError(f"it could not learn: {type(error).__name__}"))
            else:
                log.info("predictor %s learnt of %d items of %s: %s", name, answered, project.name, version)
            self._later(name, project, failed=items is None)

    def _later(self, name: str, project: Project, failed: bool) -> None:
        """Try again, ever later, where it was not even given the answers."""
        key = (name, project.name)
        with self._lock:
            before = self._failures.pop(key, 0)
            if failed and before < len(AGAIN):
                self._failures[key] = before + 1
                if key not in self._timers:  # somebody answered meanwhile
                    self._begin(AGAIN[before], name, project)

    def _failed(self, name: str, project: Project, error: DataError | UsageError) -> None:
        """Say and keep that a predictor did not learn; what people wrote is in no log."""
        problem = error.problem if isinstance(error, DataError) else None
        code = problem.code if problem else "usage"
        log.warning("predictor %s did not learn of %s: %s", name, project.name, code)
        self._service.metrics.suggested(name, 0, {code: 1})
        if not self._closed.is_set():
            reason = problem.message if problem else str(error)
            with contextlib.suppress(DataError, OSError):  # it was said in the log
                self._lessons(name).failed(project.name, time.time(), reason)

    def _lessons(self, name: str) -> Lessons:
        return Lessons(self._service.loaded.data, name)

    def _gathered(self, name: str, project: Project) -> list[Learnt]:
        """A project's settled answers, pulled by another process. Raises ``UsageError``."""
        folder = self._service.loaded.data / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{name}.answers"
        spec = self._service.loaded.config.predictors[name].predictor
        job = Gathering(
            tool=project.tool.name,
            project=project.config.project,
            url=project.server.url,
            folder=str(project.folder),
            template=self._service.loaded.template(project.config.template),
            file=str(file),
            rule=_rule(project),
            unanswered=takes_unanswered(find(spec, self._service.loaded.folder)),
        )
        try:
            self._run(project, msgspec.json.encode(job) + b"\n")
            return msgspec.msgpack.decode(file.read_bytes(), type=list[Learnt])
        finally:
            Path(file).unlink(missing_ok=True)  # answers are kept in the project's folder alone

    def _run(self, project: Project, job: bytes) -> None:
        command = [sys.executable, "-m", "labelwright.service.gathering"]
        environment = {**passed(), **environment_of(project.tool, project.server)}
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        ) as process:
            with self._lock:
                self._running = process
            try:
                told, _ = process.communicate(job, LONGEST)
                done = msgspec.json.decode(told, type=Gathered)
            except (subprocess.TimeoutExpired, msgspec.DecodeError):
                process.kill()
                raise UsageError("the project's answers could not be gathered") from None
            finally:
                with self._lock:
                    self._running = None
        if done.reason:
            raise UsageError(done.reason)


def _rule(project: Project) -> str:
    """The consensus rule that all data sets of a project have; empty: they differ, or have the template's."""
    rules = {one.consensus for one in project.config.datasets.values()} - {EACH}
    return rules.pop() if len(rules) == 1 else ""
