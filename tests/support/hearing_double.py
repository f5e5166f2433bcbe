"""A web server that writes down what it is sent, and answers as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from listening import Quiet, listening


@dataclass
class Hearing:
    """Its address, what it answers, and each request's headers (lower case) and body."""

    url: str = ""
    status: int = 200
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def hearing() -> Iterator[Hearing]:
    """One that runs on loopback."""
    heard = Hearing()

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with listening(Handler) as address:
        heard.url = f"{address}/webhooks/x/y"
        yield heard
