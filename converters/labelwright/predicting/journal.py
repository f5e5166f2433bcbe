"""What a run over a project has done, kept beside it: one short line an item, appended as it is done."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from labelwright.io.atomic import sync, writing
from labelwright.problems import UsageError

BEGUN, DONE, EMPTY = "begun", "done", "empty"


class Journal:
    """The items of one project that one version of a predictor is done with.

    A line that was cut off by the end of a process is passed over: its item is looked at again. Nothing is
    written before the first item is done.
    """

    def __init__(self, path: Path) -> None:
        """Read what there is. Raises ``DataError`` for a file that cannot be read."""
        self._path = path
        self._known: dict[str, str] = {}
        self._file: IO[bytes] | None = None
        self._lock: IO[bytes] | None = None
        self._whole = True
        if path.is_file():
            with writing(path), path.open("rb") as lines:
                for line in lines:
                    self._read(line)

    def __enter__(self) -> Journal:
        """Keep other runs out, which would write the same. Raises ``UsageError`` if one is at work."""
        path = self._path.with_name(f"{self._path.name}.lock")
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = path.open("ab")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._lock.close()
                raise UsageError("another run of this predictor over this project is at work") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file, and let others in."""
        if self._lock is not None:
            self._lock.close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self, line: bytes) -> None:
        self._whole = line.endswith(b"\n")
        try:
            state, item = msgspec.json.decode(line, type=tuple[str, str])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        self._known[item] = state

    def state(self, item: str) -> str:
        """``begun``, ``done``, ``empty``, or nothing for an item that was never written."""
        return self._known.get(item, "")

    def add(self, item: str, state: str) -> None:
        """An item is begun, or done. Raises ``DataError``.

        That one is begun is on the disk, with all before it, before anything is written of it, whatever
        becomes of the machine. The lines behind it may be lost with the machine: then it is looked at again.
        """
        self._known[item] = state
        with writing(self._path):
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("ab")
                sync(self._path.parent)  # the name of a file that is new
                if not self._whole:
                    self._file.write(b"\n")
            self._file.write(msgspec.json.encode((state, item)) + b"\n")
            self._file.flush()
            if state == BEGUN:
                os.fsync(self._file.fileno())


def path_of(state: Path, tool: str, server: str, project: str, version: str) -> Path:
    """Where the journal of a version of a predictor over a project of a tool lies."""
    name = hashlib.sha256(f"{tool}\0{server}\0{project}".encode()).hexdigest()[:16]
    safe = "".join(c if c.isalnum() or c in "-+." else "_" for c in version)
    return state / "prelabel" / f"{tool}-{name}" / f"{safe}.journal"
