"""Secrets that the service makes itself: files below the data folder that nobody else may read."""

from __future__ import annotations

import fcntl
import os
import secrets as random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from labelwright.io.atomic import writing

LENGTH = 48  # random bytes of a webhook's secret; 32 is the least that is taken
GRACE = 86400.0  # seconds that a secret is believed after another took its place


class Held(msgspec.Struct):
    """One secret: until when it is believed (0: for good)."""

    secret: str
    until: float = 0.0


class WebhookSecrets:
    """The secrets of each project's webhook, the newest first. Looked up anew when the file has changed.

    The newest is the one to register in the tool. One that follows it and has no end may still be the one
    that the tool knows: it is believed until the newest is known to be registered (``settle``). So at every
    moment of a change the tool's secret is believed, wherever the change is interrupted.
    """

    def __init__(self, data: Path) -> None:
        """``data`` is the service's folder."""
        self._folder = data / "secrets" / "webhooks"
        self._seen: dict[str, tuple[bytes, list[Held]]] = {}

    def believed(self, project: str, now: float | None = None) -> list[str]:
        """The secrets that a delivery for a project may know, the newest first."""
        moment = time.time() if now is None else now
        return [held.secret for held in self._held(project) if not held.until or held.until > moment]

    def newest(self, project: str) -> str:
        """The secret to register; made where there is none."""
        found = self._held(project)
        return found[0].secret if found else self._made(project, only_first=True)

    def unsettled(self, project: str) -> bool:
        """Whether the tool may still know another secret than the newest."""
        return any(not held.until for held in self._held(project)[1:])

    def prepare(self, project: str) -> str:
        """A new secret, believed from now on, as all are that are believed now.

        One that was prepared and never settled is taken up again: it may be what the tool knows.
        """
        return self._made(project, only_first=False)

    def settle(self, project: str, grace: float = GRACE, now: float | None = None) -> None:
        """The newest is registered: the others are believed for ``grace`` seconds more at most."""
        moment = time.time() if now is None else now
        end = moment + grace
        with self._alone(project):
            held = self._held(project)
            ended = [Held(h.secret, min(h.until, end) if h.until else end) for h in held[1:]]
            kept = [*held[:1], *(h for h in ended if h.until > moment)]
            if kept != held:
                self._write(project, kept)

    def rotate(self, project: str, grace: float, now: float | None = None) -> str:
        """A new secret at once; those before it are believed for ``grace`` seconds more."""
        made = self.prepare(project)
        self.settle(project, grace, now)
        return made

    def forget(self, project: str) -> None:
        """Remove a project's secrets."""
        with self._alone(project):
            self._path(project).unlink(missing_ok=True)

    def _made(self, project: str, only_first: bool) -> str:
        with self._alone(project):
            held = self._held(project)
            if not held or not (only_first or self.unsettled(project)):
                held = [Held(random.token_urlsafe(LENGTH)), *held]
                self._write(project, held)
            return held[0].secret

    def _path(self, project: str) -> Path:
        return self._folder / f"{project}.json"

    @contextmanager
    def _alone(self, project: str) -> Iterator[None]:
        """No other process changes secrets meanwhile: the folder is locked."""
        with writing(self._path(project)):
            private_folder(self._folder)
            handle = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _held(self, project: str) -> list[Held]:
        try:
            # Read each time: two changes may fall into one tick of the file system's clock.
            content = self._path(project).read_bytes()
        except FileNotFoundError:
            return []
        before = self._seen.get(project)
        if before is None or before[0] != content:
            before = (content, msgspec.json.decode(content, type=list[Held]))
            self._seen[project] = before
        return before[1]

    def _write(self, project: str, held: list[Held]) -> None:
        private_file(self._path(project), msgspec.json.encode(held))


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone to enter."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def private_file(path: Path, content: bytes) -> None:
    """Write a file whole that its owner alone may read, in a folder that its owner alone may enter."""
    with writing(path):
        private_folder(path.parent)
        new = path.with_name(f".{path.name}.{os.getpid()}.new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
