"""Streams files that lie in a folder, and never one that lies elsewhere: no link is followed out of it."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

CHUNK = 1 << 16
DEEPEST, MOST = 8, 100_000  # folders in each other, and files, of a version
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same version, the same bytes

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_folder(folder: Path) -> int:
    """A folder, by a descriptor that whoever asked closes. Raises ``OSError``."""
    return os.open(folder, _FOLDER)


def open_below(folder: int, path: str) -> BinaryIO:
    """An ordinary file below an open folder; closes the folder if there is none.

    Raises ``OSError``, and ``ValueError`` for a path that no name can be.
    """
    parts = path.split("/")
    try:
        if any(part in ("", ".", "..") or "\0" in part for part in parts) or len(parts) > DEEPEST:
            raise ValueError
        return _open(folder, parts)
    except BaseException:
        os.close(folder)
        raise


def _open(folder: int, parts: list[str]) -> BinaryIO:
    """Go from folder to folder by name, so that no link on the way is followed."""
    held = os.dup(folder)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=held)
            os.close(held)
            held = inner
        # Without O_NONBLOCK a named pipe would be waited for.
        found = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=held)
    finally:
        os.close(held)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise FileNotFoundError
    return os.fdopen(found, "rb")


def files_below(folder: int) -> list[str]:
    """The paths of all ordinary files below an open folder, sorted."""
    found = []
    for where, folders, names, held in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
        below = where.removeprefix(".").removeprefix("/")
        if below.count("/") + 2 > DEEPEST:
            folders.clear()
        for name in names:
            if stat.S_ISREG(os.lstat(name, dir_fd=held).st_mode):
                found.append(f"{below}/{name}" if below else name)
    return sorted(found)[:MOST]


class _Streamed(StreamingResponse):
    """An answer in pieces that are made in a thread; ``done`` is called whatever happens."""

    def __init__(self, pieces: Iterator[bytes], done: Callable[[], None], headers: Mapping[str, str]) -> None:
        super().__init__(pieces, headers=headers)
        self._done = done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            self.body_iterator = _nothing()
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._done()


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece


class FileResponse(_Streamed):
    """One file. Closes it and its folder."""

    def __init__(self, folder: int, file: BinaryIO, headers: Mapping[str, str]) -> None:
        """``folder`` is an open one, ``file`` lies below it."""
        size = os.fstat(file.fileno()).st_size

        def close() -> None:
            file.close()
            os.close(folder)

        super().__init__(_pieces(file, size), close, {**headers, "Content-Length": str(size)})


class ZipResponse(_Streamed):
    """Many files as one zip, made while it is sent. Closes the folder."""

    def __init__(self, folder: int, names: list[str], root: str, headers: Mapping[str, str]) -> None:
        """``names`` are paths below the open folder; in the zip they lie below ``root``."""
        made = zipped(folder, names, root)

        def close() -> None:
            made.close()
            os.close(folder)

        super().__init__(made, close, {**headers, "Content-Type": "application/zip"})


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The first ``size`` bytes of a file, which may grow meanwhile."""
    while size > 0 and (piece := file.read(min(CHUNK, size))):
        size -= len(piece)
        yield piece


class _Sink:
    """Takes what a zip writes, to be given on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def take(self) -> bytes:
        """What was written since."""
        taken, self._parts = b"".join(self._parts), []
        return taken


def zipped(folder: int, names: list[str], root: str) -> Generator[bytes]:
    """A zip of files below an open folder, piece by piece. The same files give the same bytes."""
    sink = _Sink()
    with zipfile.ZipFile(cast(BinaryIO, sink), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in names:
            with _open(folder, name.split("/")) as file:
                about = zipfile.ZipInfo(f"{root}/{name}", LONG_AGO)
                about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                about.file_size = os.fstat(file.fileno()).st_size
                with archive.open(about, "w") as entry:
                    while piece := file.read(CHUNK):
                        entry.write(piece)
                        if made := sink.take():
                            yield made
    yield sink.take()
