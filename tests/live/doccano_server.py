"""A real doccano on loopback: its web server and its task worker, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests
from programs import end, free_port

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_BINARY = ROOT / ".servers" / "doccano" / "bin" / "doccano"
TEMPLATE_HOME = ROOT / ".servers" / "doccano-data"
START_SECONDS = 180.0

ADMIN, PASSWORD = "admin", "only-for-tests-1"
ANNOTATORS = ("ann", "bob")
ROLE = "annotator"


class CannotStart(RuntimeError):
    """The server did not come up; the message says why."""


class Doccano:
    """A running server with an administrator and two annotators."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home
        self._keys: dict[str, str] = {}
        self.users: dict[str, int] = {}

    def api(self, method: str, path: str, body: Any = None, by: str = ADMIN, **query: Any) -> Any:
        """Call the API directly as one of the users; fails on any error."""
        if by not in self._keys:
            given = {"username": by, "password": PASSWORD}
            login = requests.post(f"{self.url}/v1/auth/login/", json=given, timeout=60)
            assert login.ok, login.text[:300]
            self._keys[by] = str(login.json()["key"])
        headers = {"Authorization": f"Token {self._keys[by]}"}
        answer = requests.request(
            method, f"{self.url}{path}", json=body, params=query, headers=headers, timeout=60
        )
        assert answer.ok, f"{method} {path}: HTTP {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def examples(self, project: int) -> list[dict[str, Any]]:
        """A project's examples, by id."""
        found = self.api("GET", f"/v1/projects/{project}/examples", limit=1000)["results"]
        return sorted(found, key=lambda x: int(x["id"]))

    def join(self, project: int, *names: str) -> None:
        """Make users annotators of a project."""
        roles = {x["name"]: x["id"] for x in self.api("GET", "/v1/roles")}
        for name in names:
            self.api(
                "POST", f"/v1/projects/{project}/members", {"user": self.users[name], "role": roles[ROLE]}
            )

    def types(self, project: int, where: str) -> dict[str, int]:
        """Ids of a project's labels by their names."""
        return {x["text"]: x["id"] for x in self.api("GET", f"/v1/projects/{project}/{where}")}

    def put(self, project: int, example: int, kind: str, body: Any, by: str = ADMIN) -> None:
        """Store an answer as one of the users."""
        self.api("POST", f"/v1/projects/{project}/examples/{example}/{kind}", body, by)

    def confirm(self, project: int, example: int, by: str = ADMIN) -> None:
        """Mark an example as done; a second time takes the mark back."""
        self.api("POST", f"/v1/projects/{project}/examples/{example}/states", {}, by)


def binary() -> Path:
    """The server's program. Raises ``CannotStart``."""
    named = os.environ.get("LABELWRIGHT_DOCCANO", "")
    path = Path(named) if named else DEFAULT_BINARY
    if not path.is_file():
        raise CannotStart(f"no doccano at {path}; `make servers` installs it")
    return path


@contextmanager
def running(folder: Path, workers: int = 1) -> Iterator[Doccano]:
    """Start a server over a fresh copy of the migrated data, stop it at the end.

    ``workers``: how many requests it can answer at a time.
    """
    program = binary()
    home = folder / "home"
    shutil.copytree(_migrated(program), home)
    port = free_port()
    with ExitStack() as stack:
        # The worker alone first: where both make the broker's queue at once, the worker dies of it.
        stack.enter_context(_process(program, home, folder / "task.log", "task", "--concurrency", "1"))
        _until_ready(folder / "task.log")
        web = ("webserver", "--port", str(port), "--workers", str(workers))
        stack.enter_context(_process(program, home, folder / "web.log", *web))
        server = Doccano(f"http://127.0.0.1:{port}", home)
        _wait(server, folder)
        for name in ANNOTATORS:
            body = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
            server.api("POST", "/v1/users/create", body)
        server.users = {u["username"]: int(u["id"]) for u in server.api("GET", "/v1/users")}
        yield server


def _migrated(program: Path) -> Path:
    """The data folder with all migrations done and an administrator; made once, since that takes long."""
    done = TEMPLATE_HOME / "done"
    if not done.is_file():
        shutil.rmtree(TEMPLATE_HOME, ignore_errors=True)
        home = TEMPLATE_HOME / "home"
        home.mkdir(parents=True)
        for arguments in (
            ("init",),
            ("createuser", "--username", ADMIN, "--password", PASSWORD),
        ):
            ran = subprocess.run(
                [str(program), *arguments], env=_environment(program, home), capture_output=True, timeout=600
            )
            if ran.returncode:
                raise CannotStart(f"doccano {arguments[0]}: {ran.stderr.decode('utf-8', 'replace')[-2000:]}")
        done.touch()
    return TEMPLATE_HOME / "home"


def _environment(program: Path, home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DATABASE_URL", "MEDIA_ROOT")}
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**kept, "PATH": path, "DOCCANO_HOME": str(home)}


@contextmanager
def _process(program: Path, home: Path, log: Path, *arguments: str) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(program), *arguments],
            env=_environment(program, home),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        end(process)


def _until_ready(log: Path) -> None:
    """Until the task worker says that it takes tasks."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if b" ready." in log.read_bytes():
            return
        time.sleep(0.2)
    raise CannotStart(f"doccano's worker did not start:\n{log.read_text('utf-8', 'replace')[-1500:]}")


def _wait(server: Doccano, folder: Path) -> None:
    """Until the web server answers and says that the task worker does too."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if requests.get(f"{server.url}/v1/health/?format=json", timeout=20).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.5)
    tails = [(folder / f"{name}.log").read_text("utf-8", "replace")[-1500:] for name in ("web", "task")]
    raise CannotStart("doccano did not start:\n" + "\n".join(tails))
