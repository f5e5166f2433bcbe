"""A real Label Studio server on loopback, in an environment of its own, without outgoing calls."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from programs import end, free_port

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_BINARY = ROOT / ".servers" / "label-studio" / "bin" / "label-studio"
TEMPLATE_DATA = ROOT / ".servers" / "label-studio-data"
START_SECONDS = 300.0

ADMIN = "admin@example.com"
PASSWORD = "only-for-tests-1"
LEGACY_TOKEN = "0123456789abcdef0123456789abcdef01234567"
ANNOTATORS = ("ann@example.com", "bob@example.com", "cem@example.com")
PREDICT = 20  # seconds that the server waits for predictions; 100 unless it is told otherwise
HEALTH, SETUP = 6, 8  # seconds that it waits for a backend to connect; 1 and 3 unless told otherwise
# Nothing of these tests may leave the machine.
QUIET = {
    "COLLECT_ANALYTICS": "0",
    "LATEST_VERSION_CHECK": "0",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "SENTRY_RATE": "0",
    "SSRF_PROTECTION_ENABLED": "0",
    "ML_BLOCK_LOCAL_IP": "0",
}


class CannotStart(RuntimeError):
    """The server did not come up; the message says why."""


class Server:
    """A running server. ``token`` is a personal access token, ``legacy`` a legacy token."""

    def __init__(self, url: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.url = url
        self.process = process
        self.log = log
        self.legacy = LEGACY_TOKEN
        self.token = ""
        self.annotators: dict[str, int] = {}
        self.cookies: dict[str, list[Any]] = {}  # of the browser, by who logged in
        self.seconds = 0.0

    def api(self, method: str, path: str, body: Any = None, token: str = "", seconds: float = 60) -> Any:
        """Call the API directly, as admin unless a legacy token is given; fails on any error."""
        headers = {"Authorization": f"Token {token or self.legacy}"}
        answer = requests.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=seconds)
        assert answer.ok, f"{method} {path}: HTTP {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def annotate(self, task: int, result: list[Any], by: str = ANNOTATORS[0], **more: Any) -> int:
        """Store an annotation by one of the annotators; returns its id."""
        body = {"result": result, "completed_by": self.annotators[by], **more}
        return int(self.api("POST", f"/api/tasks/{task}/annotations/", body)["id"])

    def tasks(self, project: int) -> list[int]:
        """Ids of a project's tasks."""
        answer = self.api("GET", f"/api/tasks/?project={project}&page_size=1000&include=id")
        return sorted(int(t["id"]) for t in answer["tasks"])


def binary() -> Path:
    """The server's program. Raises ``CannotStart``."""
    named = os.environ.get("LABELWRIGHT_LABEL_STUDIO", "")
    path = Path(named) if named else DEFAULT_BINARY
    if not path.is_file():
        raise CannotStart(f"no Label Studio at {path}; `make servers` installs it")
    return path


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Start a server over a fresh copy of the migrated data, set up its users, stop it at the end."""
    began = time.monotonic()
    program = binary()
    seed = _migrated(program)
    data = folder / "data"
    shutil.copytree(seed, data)
    with _process(program, data, folder / "server.log") as server:
        server.token = personal_token(server)
        for email in ANNOTATORS:
            _sign_up(server, email)
        users = {u["email"]: int(u["id"]) for u in server.api("GET", "/api/users/")}
        server.annotators = {email: users[email] for email in ANNOTATORS}
        server.seconds = time.monotonic() - began
        yield server


def _migrated(program: Path) -> Path:
    """The data folder with all migrations done; made once, since that takes most of a start."""
    done = TEMPLATE_DATA / "done"
    if not done.is_file():
        shutil.rmtree(TEMPLATE_DATA, ignore_errors=True)
        TEMPLATE_DATA.mkdir(parents=True)
        with _process(program, TEMPLATE_DATA / "data", TEMPLATE_DATA / "server.log"):
            pass
        done.touch()
    return TEMPLATE_DATA / "data"


@contextmanager
def _process(program: Path, data: Path, log: Path) -> Iterator[Server]:
    port = free_port()
    data.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LABEL_STUDIO_", "HEARTEX_"))}
    environment = {
        **kept,
        **QUIET,
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "ML_TIMEOUT_PREDICT": str(PREDICT),
        "ML_TIMEOUT_HEALTH": str(HEALTH),
        "ML_TIMEOUT_SETUP": str(SETUP),
        "LABEL_STUDIO_USERNAME": ADMIN,
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": LEGACY_TOKEN,
    }
    command = [
        *(str(program), "start", "--no-browser", "--internal-host", "127.0.0.1", "-p", str(port)),
        *("--data-dir", str(data), "--log-level", "INFO", "--enable-legacy-api-token"),
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        server = Server(f"http://127.0.0.1:{port}", process, log)
        _wait(server)
        yield server
    finally:
        end(process)


def _wait(server: Server) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.process.poll() is not None:
            break
        try:
            if requests.get(f"{server.url}/health", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.5)
    tail = server.log.read_text("utf-8", "replace")[-2000:]
    raise CannotStart(f"Label Studio did not start (exit code {server.process.poll()}):\n{tail}")


def _csrf(page: requests.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, f"no form on {page.url}"
    return found[1]


def personal_token(server: Server, email: str = ADMIN) -> str:
    """Create somebody's personal access token, the way the settings page does."""
    with requests.Session() as session:
        page = session.get(f"{server.url}/user/login/", timeout=60)
        form = {"email": email, "password": PASSWORD, "csrfmiddlewaretoken": _csrf(page)}
        session.post(f"{server.url}/user/login/", data=form, timeout=60)
        headers = {"X-CSRFToken": session.cookies["csrftoken"]}
        answer = session.post(f"{server.url}/api/token/", headers=headers, timeout=60)
        assert answer.ok, answer.text[:500]
        return str(answer.json()["token"])


def _sign_up(server: Server, email: str) -> None:
    """Create an annotator who can log in, the way an invitation link does."""
    with requests.Session() as session:
        address = f"{server.url}/user/signup/"
        page = session.get(address, timeout=60)
        form = {"email": email, "password": PASSWORD, "csrfmiddlewaretoken": _csrf(page)}
        answer = session.post(address, data=form, timeout=60)
        assert answer.ok and "/user/signup" not in answer.url, f"{email} could not sign up"
