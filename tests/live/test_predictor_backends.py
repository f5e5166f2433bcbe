"""Other ML backends of a real Label Studio: one of somebody else, and such as do not answer rightly."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from listening import Quiet, listening
from tests.live.command import Labelwright
from tests.live.desk import Desk, at_desk, words
from tests.live.server import HEALTH, SETUP, Server

pytestmark = pytest.mark.live

HANG = 60.0  # seconds: longer than Label Studio waits for health and set-up


class Backend(Quiet):
    """Answers Label Studio as a backend of somebody else; where it is told to, wrongly."""

    wrong: dict[str, tuple[int, bytes] | float]
    heard: list[str]

    def do_GET(self) -> None:
        self._answer({"status": "UP", "model_class": "Foreign"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path.endswith("/setup"):
            return self._answer({"model_version": "foreign-1"})
        return self._answer({"results": [_first_word(task) for task in body.get("tasks", [])]})

    def _answer(self, body: Any) -> None:
        what = self.path.strip("/").rpartition("/")[2]
        self.heard.append(what)
        status, data = 200, json.dumps(body).encode()
        wrong = self.wrong.get(what)
        if isinstance(wrong, float):
            time.sleep(wrong)
        elif wrong is not None:
            status, data = wrong
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _first_word(task: dict[str, Any]) -> dict[str, Any]:
    """A prediction that labels the first word of a text."""
    text = task["data"]["text"]
    end = len(text.split(" ")[0])
    value = {"start": 0, "end": end, "text": text[:end], "labels": ["LOC"]}
    region = {"id": "f", "from_name": "entities", "to_name": "text", "type": "labels", "value": value}
    return {"result": [region], "score": 0.5, "model_version": "foreign-1"}


@contextmanager
def backend(**wrong: tuple[int, bytes] | float) -> Iterator[tuple[str, list[str]]]:
    """One at work: its address, and what it was asked. ``wrong``: what it answers instead, by path."""
    heard: list[str] = []
    with listening(type("Made", (Backend,), {"wrong": wrong, "heard": heard})) as url:
        yield url, heard


@pytest.fixture
def desk(
    server: Server, labelwright: Labelwright, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    with at_desk(server, labelwright, tmp_path, f"B {request.node.name}"[:50]) as sat:
        yield sat


def titles(desk: Desk) -> list[str]:
    """The project's backends."""
    return [one["title"] for one in desk.server.api("GET", f"/api/ml?project={desk.project}")]


def added(desk: Desk, url: str) -> int:
    """Somebody adds a backend in the settings."""
    body = {"url": url, "project": desk.project, "title": "Foreign", "auth_method": "NONE"}
    return int(desk.server.api("POST", "/api/ml/", body)["id"])


def shown(desk: Desk) -> str:
    """Whose predictions the project shows."""
    return str(desk.server.api("GET", f"/api/projects/{desk.project}/")["model_version"] or "")


def stored(desk: Desk, task: int) -> dict[str, list[list[tuple[str, str]]]]:
    """The predictions of a task, by their versions without digests."""
    found: dict[str, list[list[tuple[str, str]]]] = {}
    for one in desk.predictions(task):
        found.setdefault(one["model_version"].partition("-")[0], []).append(words(one))
    return found


OURS, THEIRS = [[("Ada", "PER")]], [[("Word", "LOC")]]


def test_one_that_was_there_before_goes_on_and_stays(desk: Desk) -> None:
    with backend() as (url, heard):
        foreign = added(desk, url)
        (task,) = desk.filled("Word Ada")
        said = desk.connect()
        assert "another backend, 'Foreign', which alone is asked" in said
        assert titles(desk) == ["Foreign", "labelwright names"] and shown(desk) == "Foreign"
        assert "which alone is asked" in desk.connect("--check") and "nothing changed" in desk.connect()
        desk.retrieve()
        assert stored(desk, task) == {"foreign": THEIRS} and heard.count("predict") == 1

        given = ("prelabel", "label-studio", desk.title, "--predictor", "names")
        said = desk.command(*given)
        assert "label-studio.predictions-hidden" in said and stored(desk, task)["names"] == OURS
        desk.command(*given, "--replace")
        assert stored(desk, task) == {"foreign": THEIRS, "names": OURS}

        disconnected = desk.command("disconnect", "label-studio", "names", "--predictor", "names")
        assert "1 predictor removed" in disconnected
        assert titles(desk) == ["Foreign"] and shown(desk) == "Foreign"
        assert [hook["url"] for hook in desk.hooks()] == [f"{url}/webhook"]
        assert stored(desk, task) == {"foreign": THEIRS, "names": OURS}

        desk.connect()
        desk.server.api("DELETE", f"/api/ml/{foreign}")
        assert "suggestions shown" in desk.connect("--check", code=1)
        assert "repaired (suggestions shown)" in desk.connect() and shown(desk) == "labelwright names"
        (other,) = desk.filled("Word Ada too")
        desk.retrieve()
        assert stored(desk, other) == {"names": OURS} and heard.count("predict") == 1


def test_one_that_came_later_is_not_asked_and_stays(desk: Desk) -> None:
    with backend() as (url, heard):
        desk.connect()
        added(desk, url)
        (task,) = desk.filled("Word Ada")
        assert "'Foreign', which is not asked" in desk.connect("--check")
        assert "'Foreign', which is not asked" in desk.connect()
        desk.retrieve()
        assert stored(desk, task) == {"names": OURS} and "predict" not in heard
        desk.command("disconnect", "label-studio", "names", "--predictor", "names")
        assert titles(desk) == ["Foreign"]
        assert [hook["url"] for hook in desk.hooks()] == [f"{url}/webhook"]
        desk.retrieve()
        assert stored(desk, task) == {"names": OURS, "foreign": THEIRS}


HTML, CUT = b"<html><body>Welcome</body></html>", b'{"model_version": "na'


WRONG: list[tuple[dict[str, tuple[int, bytes] | float], str]] = [
    ({"health": (500, b"{}")}, "its health, it answered HTTP 500 (Internal Server Error)"),
    ({"health": HANG}, f"its health, it gave no answer within {HEALTH} s"),
    ({"health": (200, HTML)}, "its health, it answered something that is not JSON"),
    ({"setup": (500, b"{}")}, "set itself up, it answered HTTP 500 (Internal Server Error)"),
    ({"setup": HANG}, f"set itself up, it gave no answer within {SETUP} s"),
    ({"setup": (200, HTML)}, "set itself up, it answered something that is not JSON"),
    ({"setup": (200, CUT)}, "set itself up, it answered something that is not JSON"),
    ({"setup": (200, b"{}")}, "names no model: what answers there is no predictor of this service"),
    ({}, "names its model 'foreign-1': what answers there is no predictor of this service"),
]


def test_connecting_tells_what_is_wrong_with_what_answers(desk: Desk) -> None:
    config = desk.folder / "labelwright.toml"
    written = config.read_text()
    for wrong, expected in WRONG:
        with backend(**wrong) as (url, _):
            config.write_text(written.replace("[service]", f'[service]\npublic_url = "{url}"'))
            said = desk.connect(code=1)
        assert expected in said and f"{url}/ml/names" in said, (wrong, said)
        assert "<" not in said and "{" not in said, said
        assert titles(desk) == [] and desk.hooks() == [], wrong
    said = desk.connect(code=1)  # nobody is there any more
    assert "its health, it could not be reached (Connection refused)" in said
    config.write_text(written)
    assert "registered" in desk.connect()


def test_a_check_tells_of_a_service_that_is_gone(desk: Desk) -> None:
    desk.connect()
    assert "is as it should be" in desk.connect("--check")
    desk.service.process.kill()
    desk.service.process.wait()
    said = desk.connect("--check", code=1)
    assert "is not as it should be (not reached)" in said and "no healthy answer" in said
    assert "could not be reached (Connection refused)" in desk.connect(code=1)
    assert titles(desk) == ["labelwright names"]
