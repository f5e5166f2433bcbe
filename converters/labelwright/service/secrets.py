"""Secrets that the service makes itself: files below the data folder that nobody else may read."""

from __future__ import annotations

import os
import secrets as random
import time
from pathlib import Path

import msgspec

from labelwright.io.atomic import writing

LENGTH = 48  # random bytes of a webhook's secret; 32 is the least that is taken


class Held(msgspec.Struct):
    """One secret: until when it is believed (0: for good)."""

    secret: str
    until: float = 0.0


class WebhookSecrets:
    """The secrets of each project's webhook, the newest first. Looked up anew when the file has changed."""

    def __init__(self, data: Path) -> None:
        """``data`` is the service's folder."""
        self._folder = data / "secrets" / "webhooks"
        self._seen: dict[str, tuple[int, list[Held]]] = {}

    def believed(self, project: str, now: float | None = None) -> list[str]:
        """The secrets that a delivery for a project may know, the newest first."""
        moment = time.time() if now is None else now
        return [held.secret for held in self._held(project) if not held.until or held.until > moment]

    def newest(self, project: str) -> str:
        """The secret to register; made where there is none."""
        found = self._held(project)
        return found[0].secret if found else self.rotate(project, 0.0)

    def rotate(self, project: str, grace: float, now: float | None = None) -> str:
        """A new secret; those before it are believed for ``grace`` seconds more."""
        moment = time.time() if now is None else now
        end = moment + grace
        kept = [Held(h.secret, min(h.until, end) if h.until else end) for h in self._held(project)]
        made = Held(random.token_urlsafe(LENGTH))
        self._write(project, [made, *(h for h in kept if h.until > moment)])
        return made.secret

    def forget(self, project: str) -> None:
        """Remove a project's secrets."""
        self._path(project).unlink(missing_ok=True)

    def _path(self, project: str) -> Path:
        return self._folder / f"{project}.json"

    def _held(self, project: str) -> list[Held]:
        path = self._path(project)
        try:
            stamp = path.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        before = self._seen.get(project)
        if before is None or before[0] != stamp:
            before = (stamp, msgspec.json.decode(path.read_bytes(), type=list[Held]))
            self._seen[project] = before
        return before[1]

    def _write(self, project: str, held: list[Held]) -> None:
        private_file(self._path(project), msgspec.json.encode(held))


def private_file(path: Path, content: bytes) -> None:
    """Write a file whole that its owner alone may read, in a folder that its owner alone may enter."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = path.with_name(f".{path.name}.{os.getpid()}.new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
