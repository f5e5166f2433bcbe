"""Runs one rebuild in a process of its own and gives back its answer."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import msgspec

from labelwright.problems import Problem, ProblemType
from labelwright.service.context import Project, Service, environment_of
from labelwright.service.work.job import Done, Job, Told

TIMEOUT = 6 * 3600.0  # seconds; a server that never ends its answer must not hold a worker for ever
TOO_LONG = ProblemType(
    "service.rebuild-too-long",
    "A rebuild did not come to an end",
    "the rebuild took more than {seconds:.0f} s",
    "See whether the tool answers, and how fast; it is tried again.",
)
DIED = ProblemType(
    "service.rebuild-died",
    "The process of a rebuild ended before it answered",
    "the process that rebuilt ended with {how} before it answered",
    "See the service's log, and whether the machine has enough memory; it is tried again.",
)
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "PYTHONPATH", "VIRTUAL_ENV", "SSL_CERT_FILE")
_PREFIXES = ("REQUESTS_", "HTTPS_", "HTTP_", "NO_", "AWS_", "GOOGLE_", "AZURE_", "XDG_")


class Stopped(BaseException):
    """The service ends in the middle of a rebuild, which is not recorded: whoever comes next does it again.

    No ``Exception``, since the workflow engine would take that for the rebuild's outcome.
    """


class Running:
    """The processes at work, so that an end of the service ends them."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._all: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(
        self,
        service: Service,
        project: Project,
        build: str,
        recorded: dict[str, int],
        lock: int | None = None,
    ) -> Done:
        """Rebuild a project; never raises for what the tool or the data do.

        ``recorded`` is the newest version of each data set that is on record, ``lock`` the handle that
        holds the project's folder if the caller does. Raises ``Stopped``.
        """
        job = make_job(service, project, build, recorded)
        job.held = lock is not None
        done = self._run(project, job, () if lock is None else (lock,))
        if self._stopped and done.failed is not None:
            raise Stopped
        return done

    def _run(self, project: Project, job: Job, handles: tuple[int, ...]) -> Done:
        with subprocess.Popen(
            [sys.executable, "-m", "labelwright.service.work.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(project),
            pass_fds=handles,
        ) as process:
            with self._lock:
                if self._stopped:
                    process.kill()
                self._all.add(process)
            try:
                return _answer(process, job)
            finally:
                process.kill()
                with self._lock:
                    self._all.discard(process)

    def stop(self) -> None:
        """End every rebuild; each is taken up again by whoever comes next."""
        with self._lock:
            self._stopped = True
            for process in self._all:
                process.kill()


def make_job(service: Service, project: Project, build: str, recorded: dict[str, int]) -> Job:
    """What the process is told."""
    loaded, config = service.loaded, project.config
    datasets = {}
    for name, dataset in config.datasets.items():
        changes = {k: str(loaded.path(v)) for k in ("gold", "references") if (v := getattr(dataset, k))}
        # A place of media is a folder or archive, an address, or a tool's name: the first alone is a path.
        media = [str(path) if (path := loaded.path(place)).exists() else place for place in dataset.media]
        datasets[name] = msgspec.structs.replace(dataset, **changes, media=media)
    return Job(
        build=build,
        project=project.name,
        tool=project.tool.name,
        what=config.project,
        url=project.server.url,
        template=loaded.template(config.template),
        folder=str(project.folder),
        state=str(loaded.data / "state"),
        annotators=config.annotators,
        keep=loaded.config.service.keep_versions,
        datasets=datasets,
        recorded=recorded,
        fetch_within=loaded.config.service.fetch_within,
    )


def _answer(process: subprocess.Popen[bytes], job: Job) -> Done:
    assert process.stdin is not None and process.stdout is not None
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
    try:
        process.stdin.write(msgspec.json.encode(job) + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        return _died(process)
    reader.start()
    reader.join(TIMEOUT)
    if reader.is_alive():
        return _failed(TOO_LONG.at(seconds=TIMEOUT))
    try:
        return msgspec.json.decode(lines[0], type=Done)
    except (msgspec.DecodeError, IndexError):
        return _died(process)


def _died(process: subprocess.Popen[bytes]) -> Done:
    code = process.wait()
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return _failed(DIED.at(how=how))


def _failed(problem: Problem) -> Done:
    return Done(failed=Told(problem.code, problem.message, problem.remedy))


def _environment(project: Project) -> dict[str, str]:
    """What the process may know: the way to its own server, and no other server's secrets."""
    passed = {k: v for k, v in os.environ.items() if k in _PASSED or k.startswith(_PREFIXES)}
    return {**passed, **environment_of(project.tool, project.server)}
