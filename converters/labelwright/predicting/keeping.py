"""Keeps the process of a predictor alive: one that ends is started again, ever later if it ends again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from labelwright.predicting import problems as p
from labelwright.predicting.model import FAILED, LOADING, READY
from labelwright.predicting.pipe import Hello, Job
from labelwright.predicting.process import Lost, Process
from labelwright.problems import DataError

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # commands say themselves what went wrong

LOAD = 900.0  # seconds to load a model in
SLOWEST = 60.0  # seconds at most until a process that ended is started again
HOPELESS = 600.0  # the same for one that does not even load


class Keeper:
    """Starts processes for one job. ``told`` hears what each says of itself before it is asked anything."""

    def __init__(
        self, job: Job, environment: Mapping[str, str] | None, told: Callable[[Hello], None]
    ) -> None:
        """Nothing is started yet."""
        self._job, self._environment, self._told = job, environment, told
        self._known = threading.Condition()  # of what follows
        self._process: Process | None = None
        self._reason = ""
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self.answered = False  # since the process began

    @property
    def state(self) -> str:
        """``loading``, ``ready`` or ``failed``."""
        if self._process is not None:
            return READY
        return FAILED if self._reason else LOADING

    @property
    def reason(self) -> str:
        """Why it failed; else empty."""
        return self._reason if self._process is None else ""

    @property
    def pid(self) -> int:
        """The number of the process; 0: there is none."""
        process = self._process
        return process.pid if process is not None else 0

    @property
    def closed(self) -> bool:
        """Whether all is to end."""
        return self._closed.is_set()

    def start(self) -> None:
        """Start the first process; nobody waits for it who does not have to."""
        self._thread = threading.Thread(target=self._keep, name=f"keep {self._job.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the process, and start it no more."""
        self._closed.set()
        with self._known:
            process = self._process
            self._known.notify_all()
        if process is not None:
            process.end()
        if self._thread is not None:
            self._thread.join(10.0)

    def loaded(self) -> None:
        """Wait until the process has loaded, or could not."""
        with self._known:
            self._known.wait_for(lambda: self._process or self._reason or self.closed, LOAD)

    def ready(self, seconds: float) -> Process:
        """The process, waited for. Raises ``DataError`` if it failed or is not there in time."""
        with self._known:
            self._known.wait_for(lambda: self._process or self._reason or self.closed, seconds)
            if self._process is not None and not self.closed:
                return self._process
            reason = "the service ends" if self.closed else self._reason or "it is still loading"
        raise DataError(p.NOT_LOADED.at(predictor=self._job.name, reason=reason))

    def living(self, seconds: float) -> Process:
        """The process, if it has not ended meanwhile by itself; else its successor. Raises ``DataError``."""
        while not (process := self.ready(seconds)).alive:
            self._forget(process)
        return process

    def another(self) -> Process:
        """One more process that has loaded, for whoever closes it. Raises ``DataError``."""
        try:
            process = Process(self._job, self._environment)
        except OSError as error:
            raise DataError(p.NOT_LOADED.at(predictor=self._job.name, reason=_unstarted(error))) from None
        reason = _loaded(process)
        if reason:
            process.close()
            raise DataError(p.NOT_LOADED.at(predictor=self._job.name, reason=reason))
        return process

    def replace(self, process: Process) -> None:
        """Let another process take over. Nobody may be asking the one before."""
        with self._known:
            before = self._take(process)
        if before is not None:
            before.end()

    def _take(self, process: Process) -> Process | None:
        """The process from now on; ``_known`` is held. The one before."""
        before, self._process = self._process, process
        self._reason, self.answered = "", False
        self._told(process.hello)
        self._known.notify_all()
        return before

    def _forget(self, process: Process) -> bool:
        with self._known:
            if self._process is not process:
                return False
            self._process = None
            return True

    def _keep(self) -> None:
        deaths = failures = 0
        told = ""
        while not self.closed:
            process = self._process or self._begun()
            wait = 0.0
            if process is None:
                failures += 1
                wait = min(HOPELESS, 2.0 ** min(failures, 20))
                if self._reason not in ("", told) and not self.closed:
                    told = self._reason
                    log.error("predictor %s could not be loaded: %s", self._job.name, told)
            else:
                failures, told = 0, ""
                process.wait()
                process.close()
                if self._forget(process) or self._process is None:
                    blameless = self.answered or process.overdue  # what was late has taken its time already
                    deaths = 0 if blameless else deaths + 1
                    wait = 0.0 if deaths < 2 else min(SLOWEST, 0.25 * 2.0 ** min(deaths, 20))
            if self._process is None and not self.closed:
                if process is not None:
                    log.warning("predictor %s: its process ended; another is started", self._job.name)
                self._closed.wait(wait)

    def _begun(self) -> Process | None:
        """A process that has loaded; None if it could not."""
        try:
            process = Process(self._job, self._environment)
        except OSError as error:  # no memory, no more processes
            self._failed(_unstarted(error))
            return None
        loaded = threading.Event()
        threading.Thread(target=self._stopping, args=(process, loaded), daemon=True).start()
        reason = _loaded(process)
        loaded.set()
        with self._known:
            if not reason and not self.closed:
                self._take(process)
                return process
        process.close()
        self._failed(reason)
        return None

    def _failed(self, reason: str) -> None:
        with self._known:
            self._reason = reason
            self._known.notify_all()

    def _stopping(self, process: Process, loaded: threading.Event) -> None:
        """End a process that still loads when all ends."""
        while not loaded.wait(0.2):
            if self.closed:
                process.end()
                return


def _loaded(process: Process) -> str:
    """Wait for it; why it could not load, or nothing."""
    try:
        return process.load(LOAD).reason
    except Lost as lost:
        return f"its process ended while it loaded ({lost.how})"


def _unstarted(error: OSError) -> str:
    return f"no process could be started: {error.strerror or error}"
