"""A folder with one small file per batch, in the order in which they came; nothing in it is ever changed.

``0001-0f3a9c02d41e.json`` holds the number and the start of the SHA-256 of its content, so that a file
that was damaged or edited is noticed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from labelwright.io.atomic import writing
from labelwright.problems import UsageError

NAME = re.compile(r"([0-9]{4,9})-([0-9a-f]{12})\.json")
LARGEST = 4 << 20  # bytes; an entry has a few thousand


class Entry(Struct, frozen=True):
    """One file of the history; ``content`` is None where it could not be read or is not what it was."""

    number: int
    name: str
    content: bytes | None


class History:
    """The history below ``folder``. Raises ``UsageError`` where that is something else than a folder."""

    def __init__(self, folder: Path) -> None:
        """The folder need not be there yet."""
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file; --history takes a folder")
        self.folder = folder

    def entries(self) -> list[Entry]:
        """Every entry by number; files of other names are none of it."""
        found = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            match = NAME.fullmatch(path.name)
            if match is not None:
                found.append(Entry(int(match[1]), path.name, _content(path, match[2])))
        return sorted(found, key=lambda e: (e.number, e.name))

    def add(self, make: Callable[[list[Entry]], bytes | None]) -> None:
        """Append what ``make`` gives for the entries there are; nothing where it gives None.

        Of two runs at once one waits for the other. Raises ``DataError`` for a folder that cannot be
        written to.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            entries = self.entries()
            content = make(entries)
            if content is not None:
                self._put(max((e.number for e in entries), default=0) + 1, content)

    def _put(self, number: int, content: bytes) -> None:
        """The file appears whole, by renaming."""
        target = self.folder / f"{number:04d}-{digest(content)}.json"
        with writing(target):
            handle, name = tempfile.mkstemp(prefix=".new-", dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).chmod(0o644)
                Path(name).rename(target)
            finally:
                Path(name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with writing(self.folder):
            handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            with contextlib.suppress(
                OSError
            ):  # some file systems know no locks; the names differ all the same
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def digest(content: bytes) -> str:
    """The part of a content's SHA-256 that its file is named by."""
    return hashlib.sha256(content).hexdigest()[:12]


def _content(path: Path, named: str) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST)
    except OSError:
        return None
    return content if digest(content) == named else None
