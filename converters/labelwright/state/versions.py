"""Versioned outputs: numbered folders, each whole, with a pointer to the newest good one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
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


class VersionStore:
    """The versions of one data set below a folder.

    ``versions/0001`` and so on appear by rename, so a reader never sees half of one. ``latest`` is a
    link to the newest version whose training file appeared.
    """

    def __init__(self, root: Path) -> None:
        """Keep versions below ``root``."""
        self.root = root
        self.source = root / SOURCE

    def numbers(self) -> list[int]:
        """The versions there are, oldest first."""
        folder = self.root / VERSIONS
        if not folder.is_dir():
            return []
        return sorted(int(p.name) for p in folder.iterdir() if p.name.isdigit())

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
            path = Path(tempfile.mkdtemp(prefix=".new-", dir=base))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, filled: Path, good: bool) -> Path:
        """Give a filled folder its number; point ``latest`` at it if it is good."""
        numbers = self.numbers()
        target = self.folder((numbers[-1] if numbers else 0) + 1)
        with writing(target):
            filled.chmod(0o755)
            filled.rename(target)
            if good:
                link = self.root / f".{LATEST}.new"
                link.unlink(missing_ok=True)
                link.symlink_to(Path(VERSIONS) / target.name)
                link.replace(self.root / LATEST)
        return target

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out. Raises ``DataError`` if one is at work."""
        with writing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                place = Place(source=str(self.root))
                raise DataError(LOCKED.at(place, folder=self.root)) from None
            yield
        finally:
            os.close(handle)
