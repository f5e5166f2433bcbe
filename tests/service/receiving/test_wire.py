"""The head of a request: how long it may take, and how long it may be."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from listening_asgi import listening_asgi

from labelwright.service import wire

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
HASTE, EASE = 0.3, 90.0  # seconds for a head: of a server that is in a hurry, and of one that is not


async def _fine(scope: Any, receive: Any, send: Any) -> None:
    """Be in a hurry from the answer on: with an idle connection, if anybody is."""
    wire.SECONDS = HASTE
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that a test may put in a hurry."""
    monkeypatch.setattr(wire, "SECONDS", EASE)
    with listening_asgi(_fine, http=wire.GuardedProtocol, timeout_keep_alive=30) as port:
        yield port


def _answer(connection: socket.socket) -> bytes:
    """All that comes. What was sent behind the other side's last word resets the connection."""
    connection.settimeout(60)
    found = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            found += part
    return found


@pytest.mark.parametrize("sent", [b"", b"G", HEAD, HEAD + b"X-A"])
def test_a_head_that_does_not_end_is_given_up(port: int, sent: bytes) -> None:
    wire.SECONDS = HASTE
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent)
        assert _answer(connection).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips_is_given_up(port: int) -> None:
    wire.SECONDS = HASTE
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(HEAD)
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 60:
                connection.sendall(b"X-A: b\r\n")
                time.sleep(0.05)
        assert time.monotonic() - began < 3


def test_a_second_head_is_given_up_too_and_an_idle_connection_is_not(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(60)
        for _ in range(3):
            wire.SECONDS = EASE
            connection.sendall(HEAD + b"\r\n")
            answered = b""
            while not answered.endswith(b"ok"):
                answered += (part := connection.recv(65_536))
                assert part
            assert wire.SECONDS == HASTE
            time.sleep(0.4)
        connection.sendall(HEAD)
        assert _answer(connection).startswith(b"HTTP/1.1 408 ")


def test_a_head_without_end_is_too_large(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(HEAD)
        found = b""
        try:
            for _ in range(1000):
                connection.sendall(b"X-A: " + b"b" * 10_000 + b"\r\n")
            found = _answer(connection)
        except OSError:  # the answer was lost behind what was sent after it
            found = b"HTTP/1.1 431 "
        assert found.startswith(b"HTTP/1.1 431 ")


def test_a_head_in_pieces_is_read(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for byte in HEAD + b"Connection: close\r\n\r\n":
            connection.sendall(bytes([byte]))
        assert _answer(connection).endswith(b"ok")
