"""A tool's server that means harm: what a rebuild does with its answers."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cli_in_process import run
from listening import Quiet, listening
from ls_double import TOKEN, LabelStudio
from service_world import World

from labelwright.problems import DataError
from labelwright.service.work import process
from labelwright_plugins.cvat import client as cvat_module
from labelwright_plugins.cvat.client import connect as cvat
from labelwright_plugins.cvat.settings import Settings
from labelwright_plugins.label_studio import client as client_module
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.client import connect as label_studio

Answer = Callable[[BaseHTTPRequestHandler], None]
DEEP = b"[" * 300_000


class Asked:
    """A server's address, and the requests that it got."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[str, dict[str, str]]] = []


@contextmanager
def answering(answer: Answer) -> Iterator[Asked]:
    """A server that gives one answer to everything."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            asked.requests.append((self.path, dict(self.headers)))
            self.close_connection = True
            try:
                answer(self)
            except OSError:
                return  # whoever asked has gone

        do_POST = do_GET

    with listening(Handler) as url:
        asked = Asked(url)
        yield asked


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drips(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, without an end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    for _ in range(10_000):
        handler.wfile.write(b" ")
        time.sleep(0.1)


def rebuilt(world: World, asked: Asked, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What a rebuild from that server comes to."""
    world.server.url = asked.url
    world.write()
    code, out, error = run(capsys, "reconcile", "--json", "--config", str(world.folder / "labelwright.toml"))
    assert code == 1, error
    (one,) = json.loads(out)["projects"]
    found: dict[str, Any] = one
    assert found["state"] == "failed"
    return found


def test_a_redirect_is_not_followed_and_no_token_goes_along(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(says(b"{}")) as elsewhere:
        for status in (301, 302, 307, 308):
            with answering(says(b"", status, Location=f"{elsewhere.url}/api/projects/")) as asked:
                assert rebuilt(world, asked, capsys)["code"] == "label-studio.not-an-answer"
                assert asked.requests
        assert elsewhere.requests == []


def test_what_is_nested_without_end_is_no_answer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for body, status in ((DEEP, 200), (b'{"detail": ' + DEEP, 400), (b'"\xff"', 200)):
        with answering(says(body, status)) as asked:
            code = rebuilt(world, asked, capsys)["code"]
            assert code == ("label-studio.not-an-answer" if status == 200 else "label-studio.refused")


def test_a_server_that_never_ends_loses_the_rebuild_and_its_process(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "TIMEOUT", 3.0)
    began = time.monotonic()
    with answering(drips) as asked:
        assert rebuilt(world, asked, capsys)["code"] == "service.rebuild-too-long"
    assert time.monotonic() - began < 30  # its answer takes 1000 s


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_measure_is_left(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MOST_ANSWER", 1_000_000)
    monkeypatch.setattr(cvat_module, "MOST_ANSWER", 1_000_000)
    body = b" " * 50_000_000
    answer = says(gzip.compress(body), Content_Encoding="gzip") if packed else says(body)
    with answering(answer) as asked:
        with (
            label_studio(asked.url, TOKEN) as one,
            pytest.raises(DataError, match="more than 1,000,000 bytes"),
        ):
            one.get("/api/projects/")
        with (
            cvat(Settings(asked.url, TOKEN)) as two,
            pytest.raises(DataError, match="more than 1,000,000 bytes"),
        ):
            two.get("/api/projects")


@pytest.mark.parametrize("body", [DEEP, b'"\xff"', b'{"detail": ' + DEEP])
@pytest.mark.parametrize("status", [200, 400, 403])
def test_cvats_answers_are_read_as_carefully(body: bytes, status: int) -> None:
    code = "cvat.not-an-answer" if status == 200 else {400: "cvat.refused", 403: "cvat.forbidden"}[status]
    with answering(says(body, status)) as asked, cvat(Settings(asked.url, TOKEN)) as client:
        with pytest.raises(DataError) as caught:
            client.get("/api/projects")
        assert caught.value.problem.code == code and len(caught.value.problem.message) < 1000


def test_a_secret_that_is_thrown_back_is_not_told() -> None:
    with answering(says(b'{"detail": "no canary-of-a-webhook here"}', 400)) as asked:
        clients: list[Any] = [label_studio(asked.url, TOKEN), cvat(Settings(asked.url, TOKEN))]
        for client in clients:
            with client:
                client.hide("canary-of-a-webhook")
                client.hide("")
                with pytest.raises(DataError) as caught:
                    client.post("/api/webhooks/", {"secret": "canary-of-a-webhook"})
                assert "no *** here" in caught.value.problem.message
    assert isinstance(clients[0], Client)


CLIMBING = (
    "../../../../climbed",
    "/etc/passwd",
    "..\\..\\climbed",
    "a/../../../climbed",
    "\x00climbed",
    "~/x",
)


def test_names_of_a_server_are_no_paths(
    world: World, server: LabelStudio, capsys: pytest.CaptureFixture[str]
) -> None:
    above = world.folder.parent
    for number, name in enumerate(CLIMBING):
        task = server.add(name)
        server.tasks[task] |= {"file_upload": name, "storage_filename": name, "meta": {"path": name}}
        for person in (1, 2):
            server.annotate(task, person, number)
    server.project |= {"title": CLIMBING[0], "created_by": {"email": CLIMBING[3]}}
    before = everything(above, world.loaded.data)
    code, out, error = run(capsys, "reconcile", "--json", "--config", str(world.folder / "labelwright.toml"))
    assert code == 0, (out, error)
    assert everything(above, world.loaded.data) == before
    assert not [p for p in world.loaded.data.rglob("*") if "climbed" in p.name or p.name == "passwd"]
    rows = world.newest()["train.jsonl"].decode()
    assert all(json.dumps(name)[1:-1] in rows for name in CLIMBING)  # they were there, as text


def everything(folder: Path, without: Path) -> set[Path]:
    """Every path below a folder, but for those of the data folder."""
    return {path for path in folder.rglob("*") if not path.is_relative_to(without)}
