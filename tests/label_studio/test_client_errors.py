"""A server that misbehaves: each way becomes one message that says what to do."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from listening import Quiet, listening

from labelwright.problems import DataError, UsageError
from labelwright_plugins.label_studio.client import Client, connect
from labelwright_plugins.label_studio.puller import pull
from labelwright_plugins.label_studio.settings import settings

TOKEN = "secret0123456789secret0123456789"
Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def _double(*answers: Answer) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn, the last one for ever; and the paths it was asked."""
    asked: list[str] = []

    class Handler(Quiet):
        def do_GET(self) -> None:
            answer = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            answer(self)

        do_POST = do_GET

    with listening(Handler) as url:
        yield url, asked


def _says(status: int, body: str, kind: str = "application/json") -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = body.encode()
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def _cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"results": [')


def _hang(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.settimeout(60.0)
    handler.rfile.read(1)  # until whoever asked has gone


@contextmanager
def _client(url: str, timeout: float = 60.0) -> Iterator[Client]:
    with connect(url, TOKEN, timeout) as client:
        client.backoff = 0.001
        yield client


CASES: list[tuple[str, Answer, str]] = [
    ("401", _says(401, '{"detail": "Invalid token."}'), "label-studio.token-refused"),
    (
        "legacy",
        _says(401, '{"detail": "legacy token authentication has been disabled"}'),
        "label-studio.legacy-token-disabled",
    ),
    ("403", _says(403, json.dumps({"detail": f"no, {TOKEN}"})), "label-studio.forbidden"),
    ("404", _says(404, '{"detail": "Not found."}'), "label-studio.not-found"),
    ("400", _says(400, '{"validation_errors": {"title": ["bad"]}}'), "label-studio.refused"),
    ("500", _says(500, "<html>oops</html>"), "label-studio.server-error"),
    ("503", _says(503, "busy"), "label-studio.server-error"),
    ("html", _says(200, "<!doctype html><p>hi", "text/html"), "label-studio.not-an-answer"),
    ("not json", _says(200, '{"a": '), "label-studio.not-an-answer"),
    ("redirect", _says(302, ""), "label-studio.not-an-answer"),
    ("cut", _cut, "label-studio.cut-short"),
]


@pytest.mark.parametrize(("answer", "code"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_failure_is_one_problem_with_a_remedy(answer: Answer, code: str) -> None:
    with _double(answer) as (url, _), _client(url) as client, pytest.raises(DataError) as caught:
        client.get("/api/projects/")
    problem = caught.value.problem
    assert problem.code == code
    assert url in problem.message and problem.remedy
    assert TOKEN not in str(caught.value)


def test_nobody_listens() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with _client(url) as client, pytest.raises(DataError, match="refused"):
            client.get("/api/projects/")


def test_a_server_that_hangs_is_given_up() -> None:
    with (
        _double(_hang) as (url, _),
        _client(url, timeout=0.2) as client,
        pytest.raises(DataError) as caught,
    ):
        client.get("/api/projects/")
    assert caught.value.problem.code == "label-studio.timed-out"


def test_reads_are_tried_again_and_writes_are_not() -> None:
    good = _says(200, '{"ok": true}')
    with _double(_says(503, "busy"), _cut, good) as (url, asked), _client(url) as client:
        assert client.get("/x") == {"ok": True}
        assert len(asked) == 3
    with _double(_says(503, "busy"), good) as (url, asked), _client(url) as client:
        with pytest.raises(DataError):
            client.post("/x", {})
        assert len(asked) == 1


def test_a_server_that_dies_midway_leaves_the_old_pull(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text("[\n]\n")
    project = {"id": 1, "title": "Inbox", "label_config": "<View/>"}
    found = _says(200, json.dumps({"count": 1, "results": [project]}))
    with _double(found, _says(200, json.dumps(project)), _cut) as (url, _), _client(url) as client:
        with pytest.raises(DataError) as caught:
            pull(client, "Inbox", tmp_path)
        assert caught.value.problem.code == "label-studio.cut-short"
    assert [p.name for p in tmp_path.iterdir()] == ["export.json"]
    assert (tmp_path / "export.json").read_text() == "[\n]\n"


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(f"{TOKEN}\n")
    found = settings(None, {"LABEL_STUDIO_URL": "http://x:1/", "LABEL_STUDIO_API_KEY_FILE": str(key)})
    assert (found.url, found.token) == ("http://x:1", TOKEN)
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("url", ["", "x", "ftp://x", "http://u:p@x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        settings(url, {"LABEL_STUDIO_API_KEY": TOKEN})
