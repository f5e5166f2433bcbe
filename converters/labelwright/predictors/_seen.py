"""What a predictor has seen, kept in a file that grows by each batch; what a kill cut off is left out.

The file begins with a line that says what it was made with; it begins anew where that has changed. Each
entry is its length (four bytes, big end first) and the entry as msgpack.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

log = logging.getLogger(__name__)
FILE = "seen.log"
_LENGTH = 4


class Seen(Struct, frozen=True, array_like=True):
    """An item: its key, a digest of its ``text``, the earlier one that it is most like, and its sketch."""

    key: str
    text: bytes
    likeness: float
    twin: str
    sketch: bytes


class Journal:
    """A file of what was seen; without a folder, none. A disk that takes nothing costs no answers."""

    def __init__(self, folder: Path | None, made: str) -> None:
        """``made`` says what decides the entries, in one line."""
        self._path = folder / FILE if folder is not None else None
        self._head = f"{made}\n".encode()

    def read(self) -> Iterator[Seen]:
        """What was seen, in the order it came. What cannot be read ends it, and is cut off."""
        if self._path is None or not self._path.exists():
            return
        try:
            data = self._path.read_bytes()
        except OSError as error:
            log.warning("what was seen before cannot be read: %s", error.strerror)
            return
        at = len(self._head)
        if not data.startswith(self._head):
            self.replace([])
            return
        while (entry := _entry(data, at)) is not None:
            seen, at = entry
            yield seen
        if at < len(data):
            log.warning("%s: %d bytes at its end are no whole entry; they are cut off", FILE, len(data) - at)
            self._written(lambda path: os.truncate(path, at))

    def append(self, seen: Iterable[Seen]) -> None:
        """Write more at the end, all in one."""
        data = b"".join(map(_data, seen))
        if not data or self._path is None:
            return
        if not self._path.exists():
            self._whole(self._head + data)
            return

        def write(path: Path) -> None:
            with path.open("ab", buffering=0) as file:
                file.write(data)

        self._written(write)

    def replace(self, seen: Iterable[Seen]) -> None:
        """Write these and no others, whole or not at all."""
        if self._path is not None:
            self._whole(self._head + b"".join(map(_data, seen)))

    def _whole(self, data: bytes) -> None:
        def write(path: Path) -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(".new")
            new.write_bytes(data)
            new.replace(path)

        self._written(write)

    def _written(self, write: Callable[[Path], None]) -> None:
        assert self._path is not None
        try:
            write(self._path)
        except OSError as error:  # it remembers as long as it runs
            log.warning("what was seen cannot be written down: %s", error.strerror)


def _data(seen: Seen) -> bytes:
    data = msgspec.msgpack.encode(seen)
    return len(data).to_bytes(_LENGTH, "big") + data


def _entry(data: bytes, at: int) -> tuple[Seen, int] | None:
    """The entry at a place, and where the next one begins; None where none is whole."""
    begin = at + _LENGTH
    end = begin + int.from_bytes(data[at:begin], "big")
    if begin > len(data) or end > len(data):
        return None
    try:
        return msgspec.msgpack.decode(memoryview(data)[begin:end], type=Seen), end
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
