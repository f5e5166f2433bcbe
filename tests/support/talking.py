"""A small server that is asked by POST and answers as a test says, faults of networks included."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Any

from listening import listening


@dataclass
class Said:
    """An answer. ``cut``: bytes of the body that are sent before it breaks off; ``drip``: seconds a byte."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0
    wait: float = 0.0


@dataclass
class Heard:
    """A request."""

    path: str
    headers: Mapping[str, str]
    body: Any
    at: float


@dataclass
class Talk:
    """The server's address, what it was asked, and how many asked at once."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    at_once: int = 0


def says(content: Any, **more: Any) -> Said:
    """A chat server's answer: ``content`` as JSON if it is no text; ``more`` of the choice; and ``usage``."""
    usage = more.pop("usage", {"prompt_tokens": 100, "completion_tokens": 10})
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": text, **more.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": "stop", **more}
    return Said(json.dumps({"choices": [choice], **({"usage": usage} if usage else {})}).encode())


def fails(status: int, message: str = "", **headers: str) -> Said:
    """An error as such servers say it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(json.dumps({"error": {"message": message}}).encode(), status, named)


@contextmanager
def talking(answer: Callable[[int, Any], Said]) -> Iterator[Talk]:
    """``answer`` is given the number of the request, from 0, and its JSON."""
    talk, lock, now = Talk(), Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(talk.heard)
                talk.heard.append(Heard(self.path, dict(self.headers), body, time.monotonic()))
                now[0] += 1
                talk.at_once = max(talk.at_once, now[0])
            try:
                said = answer(number, body)
                time.sleep(said.wait)
            finally:
                with lock:  # before it is said: whoever has it may ask again at once
                    now[0] -= 1
            with suppress(OSError):  # nobody waits for it any more
                self.say(said)

        def say(self, said: Said) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.close_connection = True
            if said.drip:
                for byte in said.body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(said.drip)
            else:
                self.wfile.write(said.body[: said.cut])
            if said.cut is not None:
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:
            return

    with listening(Handler) as url:
        talk.url = url
        yield talk
