"""A small web server that takes what is posted to it, and answers as it is told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event, Lock

from listening import listening


@dataclass
class Reply:
    """What is answered; ``after``: seconds until then, and ``held``: not before that is set.

    ``dribble``: a header byte every so many seconds.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    after: float = 0.0
    held: Event | None = None
    dribble: float = 0.0


@dataclass
class Taken:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Posted:
    """The server's address, and what was posted to it, in order. ``replies`` are used up, the last stays."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    lock: Lock = field(default_factory=Lock)

    def next(self) -> Reply:
        with self.lock:
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def taking() -> Iterator[Posted]:
    """Take posts at every path."""
    posted = Posted()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with posted.lock:
                posted.taken.append(Taken(self.path, headers, body, time.time()))
            reply = posted.next()
            time.sleep(reply.after)
            if reply.held is not None:
                reply.held.wait(300)
            if reply.dribble:
                self._dribble(reply.dribble)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = True

        def _dribble(self, pause: float) -> None:
            self.close_connection = True
            try:
                for byte in b"HTTP/1.0 200 OK\r\nX-Slow: " + b"x" * 1000:
                    self.wfile.write(bytes([byte]))
                    time.sleep(pause)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:
            return

    with listening(Handler) as url:
        posted.url = url
        yield posted
