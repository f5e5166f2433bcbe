"""A small web server of fixed answers, which remembers what it was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from listening import Quiet, listening


@dataclass
class Answer:
    """What is answered: ``length`` is what the header claims, if not the truth."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass
class Asked:
    """The server's address, and for each request its path and headers."""

    url: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]


@contextmanager
def serving(answers: Mapping[str, Answer]) -> Iterator[Asked]:
    """Answer by path with its query; 404 for others."""
    asked = Asked()

    class Handler(Quiet):
        def do_GET(self) -> None:
            asked.requests.append((self.path, dict(self.headers)))
            answer = answers.get(self.path, Answer(b'{"detail": "Not found."}', 404))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(answer.body) if answer.length is None else answer.length
            if length >= 0:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = True

    with listening(Handler) as asked.url:
        yield asked
