"""The receiver as a process: killed in the middle, and spoken to byte by byte."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import free_port, until
from receiving import CVAT, LABEL_STUDIO, Server, configured, receiving, signature, started
from tests.service.receiving.conftest import rows

from labelwright.service.config.load import Loaded
from labelwright.service.secrets import WebhookSecrets

KILLS, SENDERS = 5, 6


class Sender(threading.Thread):
    """Somebody who sends one delivery after the other until nobody answers."""

    def __init__(self, number: int, port: int, secret: str) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.secret = number, port, secret
        self.sent = 0
        self.acknowledged: list[int] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            while True:
                job = self.number * 1_000_000 + self.sent
                about = {"id": job, "task_id": 1, "project_id": 1}
                body = json.dumps({"event": "update:job", "job": about}).encode()
                self.sent += 1
                connection.request("POST", CVAT, body, signature(self.secret, body))
                response = connection.getresponse()
                response.read()
                assert response.status == 200
                self.acknowledged.append(job)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    loaded = configured(tmp_path, {"port": free_port(), "rate": 1_000_000})
    secret = WebhookSecrets(loaded.data).newest("street")
    senders: list[Sender] = []
    for kill in range(KILLS):
        with started(loaded) as server:
            now = [Sender(kill * SENDERS + n + 1, server.port, secret) for n in range(SENDERS)]
            for sender in now:
                sender.start()
            until(lambda: sum(len(one.acknowledged) for one in now) > 20 + 15 * kill)  # noqa: B023
            server.kill()
            for sender in now:
                sender.join(90)
                assert not sender.is_alive()
            senders += now
    acknowledged = {job for sender in senders for job in sender.acknowledged}
    with receiving(loaded) as service:
        stored = [int(json.loads(row.items)[0].split("/")[1]) for row in rows(service)]
    assert len(stored) == len(set(stored))
    assert acknowledged <= set(stored)
    sent = {s.number * 1_000_000 + n for s in senders for n in range(s.sent)}
    assert set(stored) <= sent  # and nothing was made up


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Loaded]]:
    """One that listens, with small limits."""
    folder = tmp_path_factory.mktemp("served")
    loaded = configured(folder, {"port": free_port(), "max_body": 1_000_000, "rate": 100_000})
    with started(loaded) as running:
        yield running, loaded


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that throws away what comes after an answer for as long as it takes."""
    folder = tmp_path_factory.mktemp("patient")
    loaded = configured(folder, {"port": free_port(), "max_body": 1_000_000, "rate": 100_000})
    with started(loaded, extra={"LINGER": "120"}) as running:
        yield running


def _ask(server: Server, head: str, body: bytes = b"", enough: bytes = b"") -> bytes:
    """Send bytes as they are; all that comes back until the other side closes, or that is in it."""
    with socket.create_connection(("127.0.0.1", server.port), 90) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        answer = b""
        while not enough or enough not in answer:
            try:
                part = connection.recv(65_536)
            except ConnectionResetError:
                return answer
            if not part:
                return answer
            answer += part
        return answer


HEAD = f"POST {LABEL_STUDIO} HTTP/1.1\nHost: x\nContent-Type: application/json\n"


def test_a_large_body_is_refused_before_it_comes(server: tuple[Server, Loaded]) -> None:
    """The answer comes, and the connection ends, though not a byte of the body was sent.

    A body is waited for 20 s.
    """
    began = time.monotonic()
    answer = _ask(server[0], f"{HEAD}Content-Length: 50000000\n\n")
    assert answer.startswith(b"HTTP/1.1 413 ") and b"connection: close" in answer
    assert time.monotonic() - began < 7


def test_who_sends_a_large_body_all_the_same_gets_the_answer(patient: Server) -> None:
    answer = _ask(patient, f"{HEAD}Content-Length: 50000000\n\n", b" " * 50_000_000)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_an_endless_body_is_refused_at_the_limit(patient: Server) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = _ask(patient, f"{HEAD}Transfer-Encoding: chunked\n\n", chunk * 40, b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_two_lengths_are_none(server: tuple[Server, Loaded]) -> None:
    for lengths in (
        "Content-Length: 2\nContent-Length: 3\n",
        "Content-Length: 2\nTransfer-Encoding: chunked\n",
    ):
        assert _ask(server[0], f"{HEAD}{lengths}Connection: close\n\n", b"{}").startswith(b"HTTP/1.1 400 ")


def test_a_connection_serves_on_after_a_refusal(server: tuple[Server, Loaded]) -> None:
    running, loaded = server
    secret = WebhookSecrets(loaded.data).newest("emails")
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    found = []
    for given in ("x" * 64, secret, "x" * 64, secret):
        headers = {"Content-Type": "application/json", "X-Labelwright-Secret": given}
        connection.request("POST", LABEL_STUDIO, b'{"action":"NEWS"}', headers)
        response = connection.getresponse()
        found.append((response.status, response.read()))
    connection.close()
    assert found == [(401, b""), (200, b"")] * 2
