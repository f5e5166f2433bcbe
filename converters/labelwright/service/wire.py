"""The HTTP server's protocol with limits for a request, of which it has none itself.

The size of a body is bounded by whoever reads it; a head or trailer that never ends would be read for
ever, and kept, and a body that nobody reads would hold its connection.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECONDS = 15.0  # from the connection, or from a head's first byte, to its last
WHOLE = 45.0  # from a head's last byte to the body's: longer than those who read a body wait themselves
BYTES = 65_536  # of a head, or of what comes behind it without being body
_TOO_SLOW, _TOO_LARGE = "408 Request Timeout", "431 Request Header Fields Too Large"


class GuardedProtocol(HttpToolsProtocol):
    """One connection."""

    _timer: asyncio.TimerHandle | None = None
    _in_head = _in_body = _moved = False
    _size = 0

    def connection_made(self, transport: Any) -> None:
        """Wait for a first request, and not longer than for any other head."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a request that is not whole yet, and is no body."""
        self._moved = False
        super().data_received(data)
        if not (self._in_head or self._in_body):
            return
        self._size = 0 if self._moved else self._size + len(data)
        if self._size > BYTES:
            self._end(_TOO_LARGE)
        elif self._timer is None:
            self._arm()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._in_body, self._size = True, False, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, and no trailer: nobody asks for one, and they have no end."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head, self._in_body, self._size = False, True, 0
        self._disarm()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body came."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._in_body = False
        self._disarm()
        super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Anybody can ask for another protocol: that is nothing to tell whoever runs the service."""

    def _arm(self) -> None:
        seconds = WHOLE if self._in_body else SECONDS
        self._timer = self.loop.call_later(seconds, self._late)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if self._in_body and self.flow.read_paused:  # it is for us to read on
            self._arm()
        else:
            self._end(_TOO_SLOW)

    def _end(self, status: str) -> None:
        self._disarm()
        if self.transport.is_closing():
            return
        if not self._in_body or not self.cycle.response_started:
            head = f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode("ascii"))
        self.transport.close()
