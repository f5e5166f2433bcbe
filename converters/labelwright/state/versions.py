"""Versioned outputs: numbered folders, each whole, with a pointer to the newest good one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from labelwright.io.atomic import writing
from labelwright.problems import DataError, Place, ProblemType

LOCKED = ProblemType(
    "state.locked",
    "Another run works on the same folder",
    "another run is working on {folder}",
    "Wait for it to end; runs started by a scheduler should not overlap.",
)

VERSIONS, LATEST, SOURCE = "versions", "latest", "source"
_NEW, _GONE = ".new-", ".gone-"  # before a version has its number, and when it is about to go
_LOOK = 0.05  # seconds between two looks whether another run has ended


class VersionStore:
    """The versions of one data set below a folder.

    ``versions/0001`` and so on appear by rename, so a reader never sees half of one. ``latest`` is a
    link to the newest version whose training file appeared.
    """

    def __init__(self, root: Path, given: int = 0) -> None:
        """Keep versions below ``root``; numbers up to ``given`` were used, whether they are there or not."""
        self.root, self._given = root, given
        self.source = root / SOURCE

    def numbers(self) -> list[int]:
        """The versions there are, oldest first; what somebody else put beside them is none."""
        folder = self.root / VERSIONS
        if not folder.is_dir():
            return []
        names = (p.name for p in folder.iterdir() if p.name.isascii() and p.name.isdigit())
        return sorted(int(name) for name in names if name == f"{int(name):04d}")

    def folder(self, number: int) -> Path:
        """Where a version lies."""
        return self.root / VERSIONS / f"{number:04d}"

    def newest(self) -> Path | None:
        """The newest version, good or not."""
        numbers = self.numbers()
        return self.folder(numbers[-1]) if numbers else None

    @contextlib.contextmanager
    def new(self) -> Iterator[Path]:
        """A folder to fill, removed unless ``publish`` takes it."""
        base = self.root / VERSIONS
        with writing(base):
            base.mkdir(parents=True, exist_ok=True)
            path = Path(tempfile.mkdtemp(prefix=_NEW, dir=base))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, filled: Path, good: bool) -> Path:
        """Give a filled folder a number that no version has had; point ``latest`` at it if it is good."""
        target = self.folder(max([*self.numbers(), self._pointed(), self._given]) + 1)
        with writing(target):
            filled.chmod(0o755)
            filled.rename(target)
            _flush(target.parent)
        if good:
            self.point(target)
        return target

    def _pointed(self) -> int:
        """The number that ``latest`` names, be it there or not."""
        link = self.root / LATEST
        name = link.readlink().name if link.is_symlink() else ""
        return int(name) if name.isascii() and name.isdigit() else 0

    def latest(self) -> Path | None:
        """The version that ``latest`` points to."""
        link = self.root / LATEST
        return self.root / VERSIONS / link.readlink().name if link.is_symlink() and link.is_dir() else None

    def point(self, version: Path) -> None:
        """Let ``latest`` point to a version, in one step; nothing if it does already.

        A run that was ended between the version's appearing and this leaves it to the next one.
        """
        if self.latest() == version:
            return
        link = self.root / f".{LATEST}.new"
        with writing(self.root / LATEST):
            link.unlink(missing_ok=True)
            link.symlink_to(Path(VERSIONS) / version.name)
            link.replace(self.root / LATEST)
            _flush(self.root)

    def withdraw(self) -> None:
        """Let ``latest`` point to nothing: the work that its version was made of is gone."""
        with writing(self.root / LATEST):
            if (self.root / LATEST).is_symlink():
                (self.root / LATEST).unlink()
                _flush(self.root)

    def prune(self, keep: int) -> list[int]:
        """Remove the oldest versions but ``keep``; what is left, oldest first.

        The newest stays, and so does the one that ``latest`` points to, whatever its age. A version
        goes by a rename first, so that a reader sees it whole or not at all.
        """
        numbers = self.numbers()
        latest = self.latest()
        for number in numbers[: -max(keep, 1)]:
            folder = self.folder(number)
            if folder == latest:
                continue
            gone = folder.with_name(f"{_GONE}{folder.name}")
            with writing(folder):
                folder.rename(gone)
                shutil.rmtree(gone)
        return self.numbers()

    def tidy(self) -> None:
        """Remove what runs that were ended left behind; only while no other run is at work."""
        base = self.root / VERSIONS
        for left in [*base.glob(f"{_NEW}*"), *base.glob(f"{_GONE}*")]:
            shutil.rmtree(left, ignore_errors=True)
        for folder in (self.root, self.source):
            for part in folder.glob(".*.part"):
                part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self, patience: float = 0.0) -> Iterator[int]:
        """Keep other runs out. Raises ``DataError`` if one is at work for more than ``patience`` seconds.

        Gives the handle that holds the lock: a process that inherits it holds the lock as well.
        """
        with writing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            end = time.monotonic() + patience
            while not _taken(handle):
                if time.monotonic() >= end:
                    place = Place(source=str(self.root))
                    raise DataError(LOCKED.at(place, folder=self.root))
                time.sleep(_LOOK)
            yield handle
        finally:
            os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _flush(folder: Path) -> None:
    """Make renames in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
