"""What follows the head of a request, sent by somebody who wants to be a burden."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from listening_asgi import listening_asgi

from labelwright.service import wire

HOOK = b"POST /webhooks/label-studio/emails HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HOOK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n"
KNOWN: list[Any] = []


async def _reads(scope: Any, receive: Any, send: Any) -> None:
    """Read the whole body, then answer."""
    KNOWN.append(scope)
    if scope["path"] == "/answers":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that is in a hurry."""
    monkeypatch.setattr(wire, "WHOLE", 0.5)
    KNOWN.clear()
    with listening_asgi(_reads, http=wire.GuardedProtocol, timeout_keep_alive=30) as port:
        yield port


def _until_closed(connection: socket.socket, seconds: float = 60.0) -> bytes:
    """What comes until the other side closes. Fails if it does not."""
    connection.settimeout(seconds)
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
    except ConnectionError:
        pass
    return found


def _pour(port: int, head: bytes, piece: bytes, most: int) -> int:
    """Send pieces until the other side has enough; how many bytes it took."""
    sent = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(60)
        connection.sendall(head)
        try:
            while sent < most:
                connection.sendall(piece)
                sent += len(piece)
        except ConnectionError:
            pass
    return sent


# What the operating system takes in between is some megabytes at most.
MOST = 40_000_000


@pytest.mark.parametrize(
    "head, piece",
    [
        (CHUNKED + b"0\r\n", b"A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n" * 2000),
        (CHUNKED + b"0\r\nA: ", b"b" * 65_536),
        (CHUNKED + b"1;", b"b" * 65_536),
    ],
    ids=["many trailers", "one trailer", "extension of a chunk"],
)
def test_what_is_neither_head_nor_body_is_bounded(
    port: int, head: bytes, piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "WHOLE", 60.0)
    assert _pour(port, head, piece, MOST) < MOST


def test_a_trailer_is_no_header(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(CHUNKED.replace(b"Host", b"Connection: close\r\nHost") + b"0\r\nX-Late: 1\r\n\r\n")
        assert _until_closed(connection).endswith(b"ok")
    (scope,) = KNOWN
    assert b"x-late" not in {name for name, _ in scope["headers"]}


@pytest.mark.parametrize("path, drip", [(b"/login", b""), (b"/login", b"a"), (b"/answers", b"a")])
def test_a_body_that_does_not_end_is_given_up(port: int, path: bytes, drip: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        stop = threading.Event()

        def dribble() -> None:
            while not stop.wait(0.1):
                try:
                    connection.sendall(drip)
                except OSError:
                    return

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            found = _until_closed(connection)
        finally:
            stop.set()
            thread.join()
    assert found.startswith(b"HTTP/1.1 200 " if path == b"/answers" else b"HTTP/1.1 408 ")


def test_a_long_answer_is_not_broken_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(HOOK + b"Content-Length: 2\r\n\r\n{}")
        time.sleep(0.8)
        connection.sendall(HOOK + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
        assert _until_closed(connection).count(b"HTTP/1.1 200 ") == 2


def test_who_asks_for_another_protocol_writes_nothing_in_the_log(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(UPGRADE)
        _until_closed(connection)
    assert "WebSocket" not in caplog.text
