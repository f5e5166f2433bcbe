"""Removes what a killed process left half-made: folders of versions to be, and temporary files."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from labelwright.problems import DataError
from labelwright.state.versions import VersionStore

log = logging.getLogger(__name__)

HALF = (".new-*", ".gone-*", ".*.part", ".*.new")


def tidy(data: Path) -> int:
    """Tidy a data folder up before anything runs; how much was removed.

    A project at which another process works is left alone.
    """
    count = 0
    for project in sorted((data / "projects").glob("*/")):
        try:
            with VersionStore(project).locked():
                count += sum(_remove(path) for path in _half_made(project))
        except DataError:
            log.info("another process works on %s", project.name)
    count += sum(_remove(path) for path in _half_made(data / "secrets"))
    if count:
        log.info("removed %d files and folders that were left half-made", count)
    return count


def _half_made(folder: Path) -> Iterator[Path]:
    for pattern in HALF:
        yield from sorted(folder.rglob(pattern))


def _remove(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):  # it lay in one that was removed
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        return True
    return False
