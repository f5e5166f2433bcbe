"""PostgreSQL as an ordinary process: Debian's binaries, a folder and a port of its own, gone with the test.

It refuses to run as root, so that root runs it as another user.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from programs import free_port

PLACES = "/usr/lib/postgresql/*/bin"
USERS = ("postgres", "nobody")
PATIENCE = 180.0  # seconds to start or end

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 16MB
max_wal_size = 64MB
"""


def binary(name: str) -> str:
    """Where a program of PostgreSQL lies. Fails with what to do if it is not installed."""
    found = [str(p) for p in sorted(Path("/").glob(f"{PLACES[1:]}/{name}"))]
    place = found[-1] if found else shutil.which(name)
    assert place, f"{name} is missing; run: make setup (Debian: apt-get install postgresql)"
    return place


class Postgres:
    """A running server. Each test takes a database of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._user = None if os.geteuid() else _other_user()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self.port = free_port()

    def url(self, database: str) -> str:
        """How to reach a database."""
        return f"postgresql://tester@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make the folder and start."""
        self._folder.chmod(0o755)
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS)
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [binary("postgres"), "-D", str(self._data), "-p", str(self.port)]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_us,
            **self._as(),
        )
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, "PostgreSQL ended at once"
            assert time.monotonic() < end, "PostgreSQL does not answer"
            time.sleep(0.1)

    def stop(self, how: int = signal.SIGINT) -> None:
        """End: SIGINT ends connections in order, SIGQUIT leaves the log to recover from."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def database(self) -> str:
        """The address of a new database."""
        self._made += 1
        name = f"test{self._made}"
        self._sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def _answers(self) -> bool:
        try:
            self._sql("SELECT 1")
        except AssertionError:
            return False
        return True

    def _sql(self, text: str) -> None:
        self._run("psql", "-X", "-q", "-d", self.url("postgres"), "-c", text)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([binary(program), *arguments], capture_output=True, check=False, **self._as())
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]

    def _as(self) -> dict[str, Any]:
        user = self._user
        own = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return {"cwd": self._folder, "env": {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}, **own}


@contextmanager
def running() -> Iterator[Postgres]:
    """A server until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="labelwright-postgres-"))
    server = Postgres(folder)
    try:
        server.create()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _die_with_us() -> None:
    """Be ended in order when the test's process is gone, however it went."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _other_user() -> pwd.struct_passwd:
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError(f"none of the users {', '.join(USERS)} is there to run PostgreSQL")
