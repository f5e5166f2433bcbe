"""A source of several files: a folder, a zip archive or a single file, read under guards.

An archive from outside may name files outside its folder, unpack to more than any disk holds, or end
half way. None of that is followed: names are checked, sizes counted while they are read, and what is
broken is a ``DataError`` that says so.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO

from labelwright.problems import DataError, Place, ProblemType

BROKEN = ProblemType(
    "archive.broken",
    "An archive cannot be read",
    "{reason}",
    "Download the archive again; it may have been cut short.",
)
UNSAFE_NAME = ProblemType(
    "archive.unsafe-name",
    "An archive names a file outside its own folder",
    "the archive holds a file named {name!r}, which leads out of the folder it is unpacked to",
    "Do not unpack this archive. Export again from the tool, or ask whoever made it.",
)
TOO_LARGE = ProblemType(
    "archive.too-large",
    "A file of an archive unpacks to more than can be right",
    "{name!r} unpacks to more than {limit} times its size, beyond {floor} MB",
    "Do not unpack this archive. Export again from the tool, or ask whoever made it.",
)
ENCRYPTED = ProblemType(
    "archive.encrypted",
    "An archive is encrypted",
    "{name!r} is encrypted",
    "Unpack the archive with its password and pass the folder.",
)
MISSING = ProblemType(
    "archive.file-missing",
    "A source lacks a file",
    "there is no {name!r}",
    "Pass the whole export: the folder or archive as it was downloaded.",
)
TOO_MANY = ProblemType(
    "archive.too-many-files",
    "An archive holds more files than can be right",
    "the archive holds {count} files",
    "Export the project in parts.",
)
LIMIT = 200  # zip's own compression reaches a thousand on zeros alone, and 20 on annotations
FLOOR = 64 << 20
MOST = 5_000_000
CHUNK = 1 << 20


class Archive:
    """The files of a source by their relative names with slashes. A context manager.

    ``only`` is the name of the file, where the source is a single one.
    """

    def __init__(self, path: str, name: str = "") -> None:
        """Open a folder, a zip archive or a single file. Raises ``DataError`` if it is not to be trusted."""
        self._path = Path(path)
        self._place = Place(source=name or self._path.name)
        self._zip: zipfile.ZipFile | None = None
        self.only = ""
        if self._path.is_dir():
            return
        if not is_zip(self._path):
            self.only = name or self._path.name
            return
        try:
            self._zip = zipfile.ZipFile(self._path)
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, RuntimeError, ValueError) as error:
            raise DataError(BROKEN.at(self._place, reason=f"the archive is broken: {error}")) from None
        if len(infos) > MOST:
            raise DataError(TOO_MANY.at(self._place, count=len(infos)))
        names = set()
        for info in infos:
            if info.filename in names and not info.is_dir():  # only one of them would ever be read
                reason = f"the archive holds two files named {info.filename!r}"
                raise DataError(BROKEN.at(self._place, reason=reason))
            names.add(info.filename)
            if not _is_safe(info.filename):
                raise DataError(UNSAFE_NAME.at(self._place, name=info.filename))

    def __enter__(self) -> Archive:
        """Nothing to do on the way in."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the archive."""
        if self._zip is not None:
            self._zip.close()

    def names(self) -> list[str]:
        """All files, sorted; hidden ones and those that a Mac adds are left out."""
        if self.only:
            return [self.only]
        if self._zip is not None:
            found = [i.filename for i in self._zip.infolist() if not i.is_dir()]
        else:
            files = (p for p in self._path.rglob("*") if p.is_file())
            found = [p.relative_to(self._path).as_posix() for p in files]
        return sorted(n for n in found if not _is_hidden(n))

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """A file to be read from its start. Raises ``DataError`` if it is not there or broken."""
        if self._zip is None:
            path = self._path if name == self.only else self._path / name
            try:
                handle: IO[bytes] = path.open("rb")
            except OSError:
                raise DataError(MISSING.at(self._place, name=name)) from None
            with handle:
                yield handle
            return
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            raise DataError(MISSING.at(self._place, name=name)) from None
        if info.flag_bits & 1:
            raise DataError(ENCRYPTED.at(self._place, name=name))
        try:
            handle = self._zip.open(info)
        except (zipfile.BadZipFile, RuntimeError, OSError, EOFError) as error:  # an unknown compression too
            raise DataError(BROKEN.at(self._place, reason=f"{name}: {error}")) from None
        with handle:
            yield _Guarded(handle, info, self._place)  # type: ignore[misc]

    def read(self, name: str, most: int = 1 << 30) -> bytes:
        """A whole file of at most ``most`` bytes. Raises ``DataError``."""
        with self.open(name) as handle:
            found = handle.read(most + 1)
        if len(found) > most:
            raise DataError(TOO_LARGE.at(self._place, name=name, limit=1, floor=most >> 20))
        return found

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file in pieces. Raises ``DataError``."""
        with self.open(name) as handle:
            while chunk := handle.read(CHUNK):
                yield chunk


class _Guarded:
    """A file of an archive that stops when it grows beyond reason, and whose errors are ``DataError``."""

    def __init__(self, handle: IO[bytes], info: zipfile.ZipInfo, place: Place) -> None:
        self._handle, self._info, self._place = handle, info, place
        self._left = max(FLOOR, info.compress_size * LIMIT)

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; all that is left without."""
        asked = self._left + 1 if size < 0 else size
        try:
            found = self._handle.read(min(asked, self._left + 1))
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
            reason = f"{self._info.filename}: {error or 'it ends too soon'}"
            raise DataError(BROKEN.at(self._place, reason=reason)) from None
        self._left -= len(found)
        if self._left < 0:
            what = {"name": self._info.filename, "limit": LIMIT, "floor": FLOOR >> 20}
            raise DataError(TOO_LARGE.at(self._place, **what))
        return found


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip archive does."""
    try:
        with path.open("rb") as handle:
            return handle.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return not (path.is_absolute() or ".." in path.parts or "\0" in name or name[1:2] == ":")


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") for part in parts) or parts[:1] == ("__MACOSX",)
