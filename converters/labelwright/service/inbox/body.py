"""Reads a request's body within its limits of size, time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

SECONDS = 20.0  # for a whole body
LINGER = 2.0  # seconds that what still comes is thrown away, so that the answer is not lost with it
HELD = 4  # times the largest body: what all bodies that are being read may take together
SMALL = 65_536  # bytes that nobody counts
_DIGITS = 18


class Refused(Exception):
    """A request that gets no further. ``unread``: whether some of its body may be to come."""

    def __init__(self, status: int, why: str, unread: bool = False, retry: int = 0) -> None:
        """``retry``: after how many seconds it may be tried again; 0 says nothing of it."""
        super().__init__(why)
        self.status, self.why, self.unread, self.retry = status, why, unread, retry


class Gone(Exception):
    """The other side left before its body was whole."""


def declared(headers: Mapping[str, str], most: int) -> None:
    """Look at what the headers say of the body. Raises ``Refused``.

    No tool compresses what it sends, so nothing is unpacked here.
    """
    encoding = headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise Refused(415, "the body is compressed", True)
    if not _is_json(headers.get("content-type", "")):
        raise Refused(415, "the content type is not JSON", True)
    length = headers.get("content-length")
    if length is None:
        return
    if not (length.isascii() and length.isdigit()):
        raise Refused(400, "the length is no number", True)
    if len(length.lstrip("0")) > _DIGITS or int(length) > most:
        raise Refused(413, "the body is too large", True)


class Bodies:
    """All bodies that are being read: each within its limits, and together within theirs."""

    def __init__(self, most: int, seconds: float = SECONDS) -> None:
        """``most`` bytes of one body, and ``HELD`` times as much of all."""
        self._most, self._seconds = most, seconds
        self.held = 0

    async def read(self, receive: Any, most: int | None = None) -> bytes:
        """The whole body; ``most`` is for this one alone. Raises ``Refused`` or ``Gone``."""
        most = self._most if most is None else most
        parts: list[bytes] = []
        size = counted = 0
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Gone
                    part = message.get("body", b"")
                    size += len(part)
                    if size > most:
                        raise Refused(413, "the body is too large", True)
                    if not message.get("more_body", False):
                        return part if not parts else b"".join([*parts, part])
                    parts.append(part)
                    if size > SMALL:
                        self._hold(size - counted)
                        counted = size
        except TimeoutError:
            raise Refused(408, "the body came too slowly", True) from None
        finally:
            self.held -= counted

    def _hold(self, more: int) -> None:
        if self.held + more > self._most * HELD:
            raise Refused(503, "too many large bodies at once", True, 1)
        self.held += more


async def throw_away(receive: Any) -> None:
    """Take what still comes for a short time."""
    try:
        async with asyncio.timeout(LINGER):
            more = True
            while more:
                message = await receive()
                more = message["type"] == "http.request" and message.get("more_body", False)
    except TimeoutError:
        pass


def _is_json(content_type: str) -> bool:
    kind, _, rest = content_type.partition(";")
    kind = kind.strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        return False
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            return False
    return True
