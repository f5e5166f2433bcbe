"""Files that are written whole or not at all: temporary file, fsync, rename."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from labelwright.problems import DataError, Place, ProblemType, UsageError

CANNOT_WRITE = ProblemType(
    "io.cannot-write",
    "A file could not be written",
    "{reason}",
    "Free some space, correct the permissions or choose another place; nothing was left half-written.",
)


MANY = 200  # files of a run: beyond that all are flushed to the disk at once, and not one by one


class Pending:
    """Temporary files beside their targets, renamed all together by ``commit``.

    Use as a context manager: whatever was not committed is removed on the way out.
    """

    def __init__(self) -> None:
        """Start with no file."""
        self._open: list[tuple[IO[bytes] | None, Path, Path]] = []
        self._made: dict[Path, None] = {}  # folders, the inner after the outer

    def file(self, target: Path) -> IO[bytes]:
        """Open a temporary file that will become ``target``. Raises ``DataError`` if it cannot."""
        with writing(target):
            self._folder(target.parent)
            handle = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed by commit or discard
                dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False
            )
        self._open.append((handle, Path(handle.name), target))
        return handle

    def adopt(self, path: Path, target: Path) -> None:
        """Take a finished file of the same file system: it will become ``target`` by renaming.

        It is not held open: there may be more of them than a process may open.
        """
        with writing(target):
            self._folder(target.parent)
            self._open.append((None, path, target))

    def _folder(self, folder: Path) -> None:
        """Make a folder, and remember what had to be made for it."""
        if not folder.is_dir():
            self._made |= dict.fromkeys(p for p in (*reversed(folder.parents), folder) if not p.exists())
            folder.mkdir(parents=True, exist_ok=True)

    def commit(self) -> list[Path]:
        """Flush, fsync and rename every file; return the targets."""
        done = []
        mode = 0o666 & ~_umask()
        for handle, temporary, target in self._open:
            with writing(target):
                if handle is not None:
                    handle.flush()
                    os.fsync(handle.fileno())
                    handle.close()
                elif len(self._open) <= MANY:
                    sync(temporary)
                temporary.chmod(mode)
        if len(self._open) > MANY:
            os.sync()
        folders = sorted({target.parent for _, _, target in self._open})
        with contextlib.ExitStack() as locks:
            for folder in folders[:MANY]:
                locks.enter_context(_locked(folder))
            for _, temporary, target in self._open:
                with writing(target):
                    temporary.replace(target)
                done.append(target)
            for folder in folders:
                sync(folder)
        self._open.clear()
        self._made.clear()
        return done

    def discard(self) -> None:
        """Remove what was not committed."""
        for handle, temporary, _ in self._open:
            # A full disk makes the flush inside close fail; the file goes all the same.
            with contextlib.suppress(OSError):
                if handle is not None:
                    handle.close()
            temporary.unlink(missing_ok=True)
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):  # another run's files may be in it by now
                folder.rmdir()
        self._open.clear()
        self._made.clear()

    def __enter__(self) -> Pending:
        """Nothing to do on the way in."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Remove what was not committed."""
        self.discard()


@contextlib.contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn an ``OSError`` about a target into one clear ``DataError``."""
    try:
        yield
    except BrokenPipeError:  # the reader of a pipe has seen enough, which is no fault
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(CANNOT_WRITE.at(Place(source=str(target)), reason=reason)) from None


def must_not_exist(target: Path, force: bool) -> None:
    """Refuse to replace a file unless told to. Raises ``UsageError``."""
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file")
    if target.exists() and not target.is_file():  # a rename would put a file in the place of a device
        raise UsageError(f"{target} is no ordinary file; name one, or - for standard output")
    if target.exists() and not force:
        raise UsageError(f"{target} exists already; pass --force to replace it")


def must_be_free(folder: Path, force: bool) -> None:
    """Refuse a folder to write files into if it holds any, unless told to. Raises ``UsageError``."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder")
    if folder.is_dir() and not force and any(folder.iterdir()):
        raise UsageError(f"{folder} holds files already; pass --force to write into it")


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """A folder's handle, locked: of two runs with the same targets, one gives all the files."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems know no locks
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield fd
    finally:
        os.close(fd)
