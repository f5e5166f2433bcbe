"""A way to the server that breaks off after some requests, as when the server is stopped midway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import requests
from listening import listening

KEPT = {"content-type", "date"}


class Way:
    """The address ``url`` leads to the server for as many requests as ``left`` says; None: for ever.

    The requests after that get no answer; with ``half``, the first half of one.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.left: int | None = None
        self.half = False
        self.passed = 0

    def opens(self) -> bool:
        """Whether one more request passes."""
        if self.left is not None and self.left <= 0:
            return False
        self.passed += 1
        if self.left is not None:
            self.left -= 1
        return True


@contextmanager
def way_to(target: str) -> Iterator[Way]:
    """Serve the way on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            opens = way.opens()
            if not opens and not way.half:
                self.close_connection = True
                return
            headers = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "content-length"}}
            answer = requests.request(
                self.command, f"{target}{self.path}", data=body, headers=headers, timeout=60
            )
            self.send_response_only(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() in KEPT:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content if opens else answer.content[: len(answer.content) // 2])
            self.close_connection = not opens

        do_GET = do_POST = _pass

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    with listening(Handler) as url:
        way = Way(url)
        yield way
