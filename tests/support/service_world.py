"""A service with a Label Studio double beside it: processes that tests start, kill and look into."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol
from urllib.error import URLError
from urllib.request import Request, urlopen

import sqlalchemy as sa
from ls_double import TOKEN
from programs import free_port

from labelwright.service.config.load import Loaded, load
from labelwright.service.secrets import WebhookSecrets
from labelwright.service.store.database import Database, open_database

HEADER = "X-Labelwright-Secret"
PROJECT = "emails"
PATIENCE = 240.0  # seconds; the machine may be busy, and a rebuild gives way to everybody
LOOK = 0.05  # seconds between two looks
AT_HAND = "SELECT count(*) FROM {} WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')"
DRIVEN = Path(__file__).with_name("driven_service.py")
ROOTS = [str(Path(__file__).parents[2] / n) for n in ("converters", "plugins", "label_configs")]


class HasUrl(Protocol):
    """A server of the tool: the double, or a real one."""

    url: str


class World:
    """One data folder, one configuration, any number of processes."""

    def __init__(self, folder: Path, server: HasUrl, database_url: str = "", **service: Any) -> None:
        """``service`` are keys of ``[service]``; times are short unless said."""
        self.folder, self.database_url = folder, database_url
        self.server: Any = server  # a double that can do more, or a real server
        self.processes: dict[int, subprocess.Popen[bytes]] = {}  # by port
        self.service = {"quiet": 0.2, "ceiling": 1.0, "reconcile_every": 0, "drain": 5, **service}
        self.port = 0  # any that is free
        self.full = folder / "full"  # while it is there, the disk takes nothing more
        self.project: dict[str, Any] = {}
        self.dataset: dict[str, Any] = {"to": "ionos", "allow_unmeasured": True, "resamples": 20}
        self.notify: dict[str, dict[str, Any]] = {}
        (folder / "token").write_text(TOKEN)
        self._database: Database | None = None
        self.write()

    def tables(self) -> dict[str, dict[str, Any]]:
        """The tables of labelwright.toml."""
        project = {
            "tool": "label-studio",
            "project": "28",
            "template": "email-classification",
            **self.project,
        }
        return {
            "service": {**self.service, "port": self.port},
            "tools.label-studio": {"url": self.server.url, "token_file": "token"},
            f"projects.{PROJECT}": project,
            f"projects.{PROJECT}.datasets.train": self.dataset,
            **{f"notify.{name}": values for name, values in self.notify.items()},
        }

    def write(self) -> None:
        """Write labelwright.toml."""
        lines = []
        for name, values in self.tables().items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        (self.folder / "labelwright.toml").write_text("\n".join(lines) + "\n")

    @property
    def loaded(self) -> Loaded:
        """The configuration."""
        return load(self.folder / "labelwright.toml")

    @property
    def database(self) -> Database:
        """The service's database, to look into."""
        if self._database is None:
            self._database = open_database(self.database_url, self.loaded.data)
        return self._database

    def close(self) -> None:
        """End what is still running."""
        for port in list(self.processes):
            self.kill(port)
        if self._database is not None:
            self._database.close()
            self._database = None

    # Processes

    def command(self, *arguments: str, timeout: float = 2 * PATIENCE) -> subprocess.CompletedProcess[str]:
        """Run a command of labelwright in the folder, with the configuration."""
        line = [sys.executable, "-m", "labelwright", *arguments, *self._database_option()]
        return subprocess.run(
            line, cwd=self.folder, env=_environment(), text=True, capture_output=True, check=False,
            timeout=timeout,
        )  # fmt: skip

    def start(self, kill: str = "", **constants: Any) -> int:
        """Start a process of the service; its port, once it answers or has been killed at its point.

        ``constants`` are those of ``labelwright.service.work``, with ``__`` for the dot.
        """
        port = self.port or free_port()
        config = self.folder / f"serve-{port}.toml"
        text = (self.folder / "labelwright.toml").read_text().replace("port = 0\n", f"port = {port}\n")
        config.write_text(text)
        line = [sys.executable, str(DRIVEN), "serve", "--config", str(config), *self._database_option()]
        names = {f"labelwright.service.work.{k.replace('__', '.')}": v for k, v in constants.items()}
        driven = {"LABELWRIGHT_DRIVEN": json.dumps({"kill": kill, "set": names, "full": str(self.full)})}
        with (self.folder / f"serve-{port}.log").open("ab") as log:
            process = subprocess.Popen(
                line, cwd=self.folder, env={**_environment(), **driven}, stdout=log, stderr=log
            )
        self.processes[port] = process
        self.until(lambda: process.poll() is not None or self._answers(port), "the service answers")
        assert process.poll() is None or (kill and process.returncode == -signal.SIGKILL), self.log(port)
        return port

    def dies(self, port: int) -> None:
        """Wait until a process has been killed at its point."""
        process = self.processes[port]
        self.until(lambda: process.poll() is not None, "the process ends")
        assert process.returncode == -signal.SIGKILL, self.log(port)
        del self.processes[port]

    def kill(self, port: int) -> None:
        """kill -9."""
        self._end(port, signal.SIGKILL)

    def stop(self, port: int) -> int:
        """SIGTERM; the exit code."""
        return self._end(port, signal.SIGTERM)

    def _end(self, port: int, how: int) -> int:
        process = self.processes.pop(port)
        process.send_signal(how)
        return process.wait(PATIENCE)

    def log(self, port: int) -> str:
        """What a process said."""
        return (self.folder / f"serve-{port}.log").read_text()

    def _database_option(self) -> Sequence[str]:
        return ["--database-url", self.database_url] if self.database_url else []

    def _answers(self, port: int) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    # Deliveries

    def deliver(self, port: int, payload: Any) -> int:
        """Send a webhook; the status, 0 if nobody answered."""
        secret = WebhookSecrets(self.loaded.data).newest(PROJECT)
        headers = {"Content-Type": "application/json", HEADER: secret}
        url = f"http://127.0.0.1:{port}/webhooks/label-studio/{PROJECT}"
        try:
            with urlopen(Request(url, json.dumps(payload).encode(), headers), timeout=PATIENCE) as answer:
                return int(answer.status)
        except (URLError, OSError) as error:
            return int(getattr(error, "code", 0))

    # What came of it

    def rows(self, query: str, **what: Any) -> list[Any]:
        """Rows of the service's database."""
        with self.database.reading() as connection:
            return list(connection.execute(sa.text(query), what).all())

    def one(self, query: str, **what: Any) -> Any:
        """The single value of a query."""
        (row,) = self.rows(query, **what)
        return row[0]

    def until(self, true: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """Wait for something; its value."""
        end = time.monotonic() + patience
        while not (value := true()):
            logs = "".join(self.log(port)[-3000:] for port in self.processes)
            assert time.monotonic() < end, f"never: {what}\n{logs}"
            time.sleep(LOOK)
        return value

    def settled(self, patience: float = PATIENCE) -> None:
        """Wait until every delivery is done and no rebuild is under way; one may come behind for nothing."""
        self.until(self._done, "everything is done", patience)

    def rests(self, seconds: float = 2.5) -> None:
        """Wait until everything is done, nothing is asked for, and both were so in many looks in a row."""
        calm = 0

        def resting() -> bool:
            nonlocal calm
            calm = calm + 1 if self._done() and not self._at_hand() else 0
            return calm * LOOK >= seconds

        self.until(resting, "no rebuild comes behind")

    def _done(self) -> bool:
        return not (
            self.one("SELECT count(*) FROM deliveries WHERE state = 'new'")
            or self.one("SELECT count(*) FROM builds WHERE state = 'running'")
        )

    def _at_hand(self) -> int:
        """How many rebuilds the workflow engine still has to begin or to end."""
        if not self.database.embedded:
            return int(self.one(AT_HAND.format("dbos.workflow_status")))
        path = self.database.work_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=rw", PATIENCE, uri=True)) as connection:
            return int(connection.execute(AT_HAND.format("workflow_status")).fetchone()[0])

    def built(self, count: int = 1, patience: float = PATIENCE) -> None:
        """Wait until so many rebuilds are done."""
        self.until(
            lambda: self.one("SELECT count(*) FROM builds WHERE state = 'done'") >= count,
            f"{count} rebuilds are done",
            patience,
        )

    @property
    def versions(self) -> Path:
        """The versions of the data set."""
        return self.loaded.data / "projects" / PROJECT / "datasets" / "train" / "versions"

    def newest(self) -> dict[str, bytes]:
        """The files of the newest version."""
        numbers = sorted(p for p in self.versions.iterdir() if p.name.isdigit())
        return {p.name: p.read_bytes() for p in sorted(numbers[-1].iterdir())}

    def afresh(self, folder: Path) -> dict[str, bytes]:
        """The files that a rebuild gives which starts from nothing, with the same key for pseudonyms."""
        folder.mkdir()
        other = World(folder, self.server)
        other.project, other.dataset = self.project, self.dataset
        other.write()
        state, there = self.loaded.data / "state", other.loaded.data / "state"
        there.mkdir(parents=True)
        for path in state.iterdir():
            (there / path.name).write_bytes(path.read_bytes())
        done = other.command("reconcile")
        try:
            assert done.returncode == 0, done.stderr
            return other.newest()
        finally:
            other.close()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(ROOTS)}
