"""One address before several processes, each of which gets every second request, as a balancer gives them."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any

from listening import listening

PATIENCE = 30.0  # seconds for an answer


class Front:
    """The address ``url``; ``ports`` are the processes, ``taken`` how often each has answered 200."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.ports: list[int] = []
        self.taken: Counter[int] = Counter()
        self._turn = count()

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> int:
        """Have a request answered by whose turn it is, or else by the next; the status."""
        turn = next(self._turn)
        for more in range(len(self.ports)):
            port = self.ports[(turn + more) % len(self.ports)]
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            try:
                connection.request(method, path, body, headers)
                status = connection.getresponse().status
            except (OSError, http.client.HTTPException):
                continue  # it was killed, before or while it heard this
            finally:
                connection.close()
            self.taken[port] += status == 200
            return status
        return 502


@contextmanager
def taking_turns() -> Iterator[Front]:
    """Serve the address on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status = front.pass_on(self.command, self.path, dict(self.headers), body)
            try:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                return  # whoever sent did not wait for it

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    with listening(Handler) as url:
        front = Front(url)
        yield front
