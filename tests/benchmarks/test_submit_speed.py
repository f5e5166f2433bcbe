"""What our webhook adds to a submit in Label Studio, which waits for the answer.

Most of what a webhook costs is Label Studio's own: it serialises the whole project for each delivery, and
opens a connection. Hence a webhook beside ours whose receiver answers at once and stores nothing.
"""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import measuring
import pytest
import requests
from programs import free_port
from tests.live.command import Labelwright
from tests.live.served import TEMPLATE, LiveWorld, choice
from tests.live.server import Server, running

from labelwright.registry import template_folders
from labelwright_plugins.label_studio.hooks_register import EVENTS

POSTS = 200  # to each of the projects, in turn
OURS, NOTHING, NONE = "ours", "storing nothing", "none"
MOST = 1.15  # of a submit with a webhook to a receiver that stores nothing


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running Label Studio."""
    with running(tmp_path / "label-studio") as started:
        yield started


def _project(server: Server, title: str) -> int:
    config = (template_folders()[TEMPLATE] / "label_studio.xml").read_text("utf-8")
    project = int(server.api("POST", "/api/projects/", {"title": title, "label_config": config})["id"])
    mails = [{"text": f"Mail no. {number}"} for number in range(POSTS)]
    server.api("POST", f"/api/projects/{project}/import", mails)
    return project


@contextmanager
def _storing_nothing(server: Server, project: int) -> Iterator[None]:
    """A webhook as ours to a receiver that answers at once: what Label Studio itself takes for it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_answer, args=(listening,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        wanted = {"url": url, "send_for_all_actions": False, "actions": list(EVENTS), "headers": {}}
        server.api("POST", "/api/webhooks/", {"project": project, **wanted})
        yield
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def _answer(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as sent:
            length = 0
            while (line := sent.readline().strip()) != b"":
                name, _, value = line.lower().partition(b":")
                length = int(value) if name == b"content-length" else length
            sent.read(length)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class Submits:
    """Posts answers to one project's tasks, as the page does."""

    def __init__(self, server: Server, project: int) -> None:
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {server.legacy}"
        self._url, self._tasks = server.url, iter(server.tasks(project))

    def one(self) -> float:
        """Seconds until the next answer is stored."""
        body = {"result": choice(1), "lead_time": 3.5}
        address = f"{self._url}/api/tasks/{next(self._tasks)}/annotations/"
        began = time.perf_counter()
        answer = self._session.post(address, json=body, timeout=60)
        took = time.perf_counter() - began
        assert answer.status_code == 201, answer.text[:200]
        return took


@pytest.mark.benchmark
def test_a_submit_waits_hardly_longer_for_us_than_for_any_webhook(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The service runs as it is configured by default; a rebuild may begin meanwhile."""
    projects = {name: _project(server, f"Webhook: {name}") for name in (OURS, NOTHING, NONE)}
    given = (tmp_path / "world", server, server.token, projects[OURS], Labelwright(capfd), free_port())
    world = LiveWorld(*given, quiet=5.0, ceiling=60.0)
    try:
        world.start()
        world.built()
        world.connect()
        with _storing_nothing(server, projects[NOTHING]):
            rounds = _rounds({name: Submits(server, project) for name, project in projects.items()})
        heard = world.one("SELECT count(*) FROM deliveries")
        rebuilds = world.one("SELECT count(*) FROM builds WHERE state = 'done'") - 1
    finally:
        world.close()
    ratio = _ratio(rounds, OURS, NOTHING)
    with capfd.disabled():
        print(f"\n{POSTS} submits to each of three projects in turn; {rebuilds} rebuilds meanwhile")
        for name in projects:
            print(f"  webhook: {name:<16} {1000 * statistics.median(one[name] for one in rounds):6.1f} ms")
        beside_none = f"{_ratio(rounds, OURS, NONE):.3f}; storing nothing {_ratio(rounds, NOTHING, NONE):.3f}"
        print(f"  ratio to storing nothing {ratio:.3f}; to none {beside_none}")
    assert heard == POSTS // measuring.ROUNDS * measuring.ROUNDS
    assert ratio <= MOST


def _ratio(rounds: list[dict[str, float]], name: str, reference: str) -> float:
    return float(statistics.median(one[name] / one[reference] for one in rounds))


def _rounds(submits: dict[str, Submits]) -> list[dict[str, float]]:
    """The median seconds of a submit in each round; the order goes round, so that none is always first."""
    rounds = []
    for _ in range(measuring.ROUNDS):
        found: dict[str, list[float]] = {name: [] for name in submits}
        names = list(submits)
        for _ in range(POSTS // measuring.ROUNDS):
            for name in names:
                found[name].append(submits[name].one())
            names.append(names.pop(0))
        rounds.append({name: statistics.median(took) for name, took in found.items()})
    return rounds
