"""What our webhook adds to a submit in Label Studio, which waits for the answer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import measuring
import pytest
import requests
from receiving import free_port
from tests.live.command import Labelwright
from tests.live.served import TEMPLATE, LiveWorld, choice
from tests.live.server import Server, running

from labelwright.registry import template_folders

POSTS = 200  # to each of the two projects, in turn
MOST = 1.15  # of a submit without a webhook


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
def test_a_submit_waits_hardly_longer_with_our_webhook(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The service runs as it is configured by default, so that it rebuilds meanwhile."""
    with_, without = _project(server, "With a webhook"), _project(server, "Without one")
    given = (tmp_path / "world", server, server.token, with_, Labelwright(capfd), free_port())
    world = LiveWorld(*given, quiet=5.0, ceiling=60.0)
    try:
        world.start()
        world.built()
        world.connect()
        submits = {"with": Submits(server, with_), "without": Submits(server, without)}
        rounds: list[dict[str, float]] = []
        for _ in range(measuring.ROUNDS):
            found: dict[str, list[float]] = {"with": [], "without": []}
            for number in range(POSTS // measuring.ROUNDS):
                for name in sorted(found, reverse=bool(number % 2)):
                    found[name].append(submits[name].one())
            rounds.append({name: statistics.median(took) for name, took in found.items()})
        heard = world.one("SELECT count(*) FROM deliveries")
        slow = "SELECT count(*) FROM builds WHERE state = 'done' AND reason != 'start'"
        rebuilt = world.one(slow)
    finally:
        world.close()
    ratio = statistics.median(one["with"] / one["without"] for one in rounds)
    with capfd.disabled():
        print(f"\n{POSTS} submits to each of two projects in turn; {rebuilt} rebuilds meanwhile")
        for name in ("with", "without"):
            print(f"  {name:<8} {1000 * statistics.median(one[name] for one in rounds):6.1f} ms")
        print(f"  ratio {ratio:.3f}")
    assert heard == POSTS // measuring.ROUNDS * measuring.ROUNDS
    assert ratio <= MOST
