"""Puts a restored data folder in the place of the one that is there: beside it, or inside where it must be.

A folder that is a disk of its own, or lies where nobody may write, can only be changed inside. What was
there lies in ``.restoring/old`` until all is done, and the service does not start on half of it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelwright.problems import UsageError

ROOM, OLD, EMPTIED = ".restoring", "old", "emptied"
_STAYS = (ROOM, "lost+found")  # the latter: of a disk's own


@contextmanager
def room(data: Path) -> Iterator[Path]:
    """A folder on the disk of the data folder to unpack into, which goes at the end. Raises ``OSError``."""
    if _inside(data):
        new = data / ROOM
        _taken_back(data)
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
    else:
        data.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{data.name}.", suffix=".new", dir=data.parent))
    try:
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


def swap(new: Path, data: Path) -> None:
    """Put ``new``, a folder in the ``room``, in place of the data folder. Raises ``OSError``."""
    new.chmod(0o700)
    if data.exists():
        _give(new, data.stat())
    old = new.parent / OLD
    if new.parent.parent == data:
        old.mkdir()
        _move(data, old, new)
        return
    there = data.exists()
    if there:
        data.rename(old)
    try:
        new.rename(data)
    except BaseException:  # ctrl-C too: what is in the room goes
        if there:
            old.rename(data)
        raise


def whole(data: Path) -> None:
    """Raises ``UsageError`` for a folder whose restoring was interrupted."""
    if (data / ROOM / OLD).exists():
        raise UsageError(
            f"a restore into {data} was interrupted: do it again with --force "
            f"(what was there before lies in {data / ROOM / OLD})"
        )


def _inside(data: Path) -> bool:
    if not data.is_dir():
        return False
    return (
        os.path.ismount(data)
        or not os.access(data.parent, os.W_OK | os.X_OK)
        or data.stat().st_dev != data.parent.stat().st_dev
    )


def _move(data: Path, old: Path, new: Path) -> None:
    """What is there goes to ``old``, then what is new comes; all goes back if it cannot."""
    try:
        _entries(data, old)
        (data / ROOM / EMPTIED).touch()
        _entries(new, data)
    except BaseException:  # ctrl-C too: what is in the room goes
        _taken_back(data)
        raise


def _taken_back(data: Path) -> None:
    """What a restore had put aside that was interrupted comes back: the next archive may be damaged."""
    old, emptied = data / ROOM / OLD, data / ROOM / EMPTIED
    if not old.is_dir():
        return
    if emptied.exists():  # then whatever is there came from the archive
        half = data / ROOM / "half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        _entries(data, half)
        emptied.unlink()
    _entries(old, data)
    old.rmdir()


def _entries(start: Path, target: Path) -> None:
    for path in sorted(start.iterdir()):
        if path.name not in _STAYS:
            path.rename(target / path.name)


def _give(new: Path, like: os.stat_result) -> None:
    """Whoever may do everything restores for whom the folder was: the service must be able to read it."""
    if os.geteuid() != 0 or (like.st_uid, like.st_gid) == (0, 0):
        return
    for path in (new, *new.rglob("*")):
        os.chown(path, like.st_uid, like.st_gid, follow_symlinks=False)
