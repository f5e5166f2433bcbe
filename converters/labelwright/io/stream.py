"""Streams the items of one large JSON array in windows, without trusting the cut.

The first item's first two keys are learned; each window is cut at the last place where such an item
begins, and ``[`` + window + ``]`` is decoded in one typed call. An unescaped quote cannot stand
inside a JSON string, so the pattern only ever matches the start of an object; a match at the wrong
depth leaves the window unbalanced and the decoder refuses it. Then an earlier cut is tried, and at
last one value is taken at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Generic, TypeVar

import msgspec

from labelwright.io.cuts import boundary_of, value_end
from labelwright.io.cuts import cuts as found_cuts
from labelwright.io.problems import EMPTY, ENCODING, NOT_JSON, TRUNCATED
from labelwright.io.surrogates import cleaned
from labelwright.io.surrogates import decode as decoded
from labelwright.problems import DataError, Place

T = TypeVar("T")
WINDOW = 1 << 18
MAX_ITEM = 1 << 28

_SPACE = b" \t\r\n"
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # the last: nested too deep


class ArrayStream(Generic[T]):
    """Iterates over the items of a JSON array held in a binary file.

    Items that are JSON but not of the type go to ``on_mismatch(item as plain Python, reason)``, which
    may return a repaired item or None. Texts with half of a surrogate pair go to ``on_half(item, paths)``
    and are read with U+FFFD in its place. Raises ``DataError`` for what is not an array of JSON.
    """

    def __init__(
        self,
        handle: IO[bytes],
        item_type: type[T],
        on_mismatch: Callable[[Any, str], T | None],
        on_half: Callable[[Any, list[str]], None],
        *,
        source: str = "",
        start: int = 0,
        end: int = 0,
    ) -> None:
        """Read ``handle`` from byte ``start`` (0: the array's bracket is still to come) to ``end``."""
        self._handle = handle
        self._many = msgspec.json.Decoder(list[item_type])  # type: ignore[valid-type]
        self._raws = msgspec.json.Decoder(list[msgspec.Raw])
        self._one: msgspec.json.Decoder[T] = msgspec.json.Decoder(item_type)
        self._type, self._on_mismatch, self._on_half = item_type, on_mismatch, on_half
        self._source = source
        self._start = start
        self._left = end - start if end else -1
        self._bounded = end > 0  # the part of a file that ends where another part begins
        self._offset = start
        self._count = 0
        self._buffer = b""
        self._boundary: re.Pattern[bytes] | None = None
        self._patience = 4 * WINDOW
        self._done = False
        self._closed = False

    def __iter__(self) -> Iterator[T]:
        """Yield the items in order."""
        if not self._open_array():
            return
        self._boundary = boundary_of(self._buffer)
        while not self._done:
            yield from self._window()

    # --- reading

    def _fill(self, size: int = WINDOW) -> bool:
        if self._left == 0:
            return False
        if self._left > 0:
            size = min(size, self._left)
        chunk = self._handle.read(size)
        if self._left > 0:
            self._left -= len(chunk)
        self._buffer += chunk
        return bool(chunk)

    def _drop(self, count: int) -> None:
        self._offset += count
        self._buffer = self._buffer[count:]

    def _open_array(self) -> bool:
        """Skip to the first item; False if the array is empty."""
        self._handle.seek(self._start)
        self._fill()
        if self._start == 0:
            self._skip_mark()
            if not self._buffer.strip(_SPACE):
                raise DataError(EMPTY.at(Place(source=self._source)))
            self._drop(len(self._buffer) - len(self._buffer.lstrip(_SPACE)))
            if self._buffer[:1] != b"[":
                raise self._wrong(f"it begins with {_shown(self._buffer)}, not with a JSON array")
            self._drop(1)
        while not self._buffer.strip(_SPACE):
            if not self._fill():
                raise self._cut_short()
        stripped = self._buffer.lstrip(_SPACE)
        self._drop(len(self._buffer) - len(stripped))
        while len(self._buffer) < WINDOW and self._fill():
            pass
        if self._buffer[:1] == b"]":
            self._finish(self._buffer[1:])
            return False
        return True

    def _skip_mark(self) -> None:
        if self._buffer.startswith(b"\xef\xbb\xbf"):
            self._drop(3)
        elif self._buffer[:2] in (b"\xff\xfe", b"\xfe\xff"):
            place = Place(source=self._source)
            raise DataError(ENCODING.at(place, offset=0, reason="a UTF-16 byte order mark"))

    # --- decoding

    def _window(self) -> Iterable[T]:
        """The next items: as many as the buffer holds whole."""
        if self._boundary is None:
            return self._single()
        cuts = found_cuts(self._boundary, self._buffer)
        if not cuts:
            if len(self._buffer) > self._patience:
                self._patience *= 4
                if value_end(self._buffer) > 0:
                    # Whole items, but none begins as the first did: no cut will ever be found.
                    self._boundary = None
                    return self._single()
            if not self._fill():
                return self._tail()
            if len(self._buffer) > MAX_ITEM:
                raise self._too_large()
            return ()
        for cut, resume in cuts:
            items = self._decode(memoryview(self._buffer)[:cut])
            if items is not None:
                self._drop(resume)
                self._fill()
                return items
        return self._single()

    def _tail(self) -> Iterator[T]:
        """What is left when the file has ended: the last items and the closing bracket."""
        self._done = True
        body = self._buffer.rstrip(_SPACE)
        at_bracket = body.endswith(b"]") and not self._bounded
        if at_bracket or self._bounded:
            items = self._decode(body[:-1] if at_bracket else body)
            if items is not None:
                yield from items
                return
        while self._buffer.strip(_SPACE):
            yield from self._single()
        if not self._closed and not self._bounded:
            raise self._cut_short()

    def _decode(self, body: bytes | memoryview) -> list[T] | None:
        """The items of a window; None if the window is not balanced JSON."""
        data = b"".join((b"[", body, b"]"))
        try:
            items: list[T] = self._many.decode(data)
        except msgspec.ValidationError:
            try:
                raws = self._raws.decode(data)
            except _NOT_JSON:
                return None
            return [i for i in map(self._lenient, raws) if i is not None]
        except _NOT_JSON:
            try:
                plain = decoded(data)
            except _NOT_JSON:
                return None
            return [i for i in map(self._repaired, plain) if i is not None]
        self._count += len(items)
        return items

    def _lenient(self, raw: msgspec.Raw) -> T | None:
        self._count += 1
        try:
            return self._one.decode(raw)
        except msgspec.ValidationError as error:
            return self._on_mismatch(_plain(raw), str(error))

    def _repaired(self, plain: Any) -> T | None:
        """An item of a window in which a text has half of a surrogate pair; it need not be this one."""
        self._count += 1
        clean, paths = cleaned(plain)
        if paths:
            self._on_half(clean, paths)
        try:
            return msgspec.convert(clean, self._type)
        except msgspec.ValidationError as error:
            return self._on_mismatch(clean, str(error))

    def _single(self) -> Iterator[T]:
        """Take one value off the buffer, however long it is."""
        stop = value_end(self._buffer)
        while stop < 0:
            if len(self._buffer) > MAX_ITEM:
                raise self._too_large()
            if not self._fill(max(WINDOW, len(self._buffer))):
                raise self._cut_short()
            stop = value_end(self._buffer)
        raw = self._buffer[:stop]
        try:
            msgspec.json.decode(raw)
        except _NOT_JSON as error:
            try:
                item = self._repaired(decoded(raw))
            except _NOT_JSON:
                raise self._malformed(raw, error) from None
        else:
            item = self._lenient(msgspec.Raw(raw))
        self._drop(stop)
        if item is not None:
            yield item
        self._after_value()

    def _after_value(self) -> None:
        while not self._buffer.strip(_SPACE):
            if not self._fill():
                if self._bounded:
                    self._done = True
                    return
                raise self._cut_short()
        rest = self._buffer.lstrip(_SPACE)
        if rest[:1] == b",":
            self._drop(len(self._buffer) - len(rest) + 1)
            self._drop(len(self._buffer) - len(self._buffer.lstrip(_SPACE)))
        elif rest[:1] == b"]":
            self._finish(rest[1:])
        else:
            raise self._wrong(f"after item {self._count} comes {_shown(rest)}")

    def _finish(self, rest: bytes) -> None:
        self._done = self._closed = True
        if rest.strip(_SPACE) or self._handle.read(4096).strip(_SPACE):
            raise self._wrong("there is more after the array's end")
        self._buffer = b""

    # --- errors

    def _wrong(self, reason: str) -> DataError:
        return DataError(NOT_JSON.at(Place(source=self._source), reason=reason))

    def _too_large(self) -> DataError:
        return self._wrong(f"item {self._count + 1} is larger than {MAX_ITEM >> 20} MB")

    def _cut_short(self) -> DataError:
        offset = self._offset + len(self._buffer)
        return DataError(
            TRUNCATED.at(Place(source=self._source), number=self._count + 1, offset=offset, read=self._count)
        )

    def _malformed(self, raw: bytes, error: Exception) -> DataError:
        try:
            raw.decode()
        except UnicodeDecodeError as bad:
            place = Place(source=self._source)
            return DataError(ENCODING.at(place, offset=self._offset + bad.start, reason=bad.reason))
        return self._wrong(f"item {self._count + 1} (byte {self._offset}): {error}")


def _shown(data: bytes) -> str:
    text = data[:40].decode("utf-8", "replace").strip()
    return repr(text.split("\n")[0])


def _plain(raw: msgspec.Raw) -> Any:
    """A value as plain Python; a number too large for a float becomes infinite."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return json.loads(bytes(raw))
