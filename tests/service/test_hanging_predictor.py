"""A predictor that hangs while many ask it: the service answers everything else all the same."""

from __future__ import annotations

import json
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from programs import until
from service_process import Running, running

from labelwright.service.predicting import KEY, USER

ASKING = 60  # at once: more than the service has threads for anything else
MODELS = """
import time
from pathlib import Path
from labelwright.contracts import Guess

class Quick:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        return [Guess({self.control: "SALES_INQUIRY"}) for _ in batch]

class Hanging(Quick):
    def predict(self, batch):
        Path("hangs").touch()
        time.sleep(1000)
"""
TOML = """
[service]
port = 0
reconcile_every = 0
[predictors.hanging]
predictor = "./models.py:Hanging"
template = "email-classification"
timeout = 500.0
[predictors.quick]
predictor = "./models.py:Quick"
template = "email-classification"
"""
TASKS = json.dumps({"tasks": [{"id": 1, "data": {"text": "What does it cost?"}}]}).encode()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """One predictor that hangs, and one that does not."""
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "labelwright.toml").write_text(TOML)
    with running(tmp_path / "labelwright.toml") as started:
        yield started.until_up()


def test_a_predictor_that_hangs_keeps_nobody_else_waiting(service: Running) -> None:
    """Whoever waits for it does so for 100 s at least."""
    key = (service.folder / "labelwright-data" / KEY).read_text("ascii").strip()
    login = b64encode(f"{USER}:{key}".encode()).decode()
    head = (
        f"POST /ml/hanging/predict HTTP/1.1\r\nHost: {urlsplit(service.url).netloc}\r\n"
        f"Authorization: Basic {login}\r\nContent-Length: {len(TASKS)}\r\n\r\n"
    )
    place = (str(urlsplit(service.url).hostname), int(urlsplit(service.url).port or 0))
    waiting = [socket.create_connection(place) for _ in range(ASKING)]
    try:
        for one in waiting:
            one.sendall(head.encode() + TASKS)
        until((service.folder / "hangs").exists, "the predictor hangs")
        time.sleep(1.0)  # the others come, too
        ready = httpx.get(service.url + "/ready", timeout=60)
        assert (ready.status_code, ready.json()["reasons"]) == (200, [])
        asked = {"content": TASKS, "auth": (USER, key), "timeout": 60}
        answer = httpx.post(service.url + "/ml/quick/predict", **asked)  # type: ignore[arg-type]
        (found,) = answer.json()["results"]
        assert found["result"][0]["value"] == {"choices": ["SALES_INQUIRY"]}
        assert service.end() == 0  # whoever still waits does not hold it up
    finally:
        for one in waiting:
            one.close()


def test_requests_to_predictors_are_counted_and_logged_when_they_go_wrong(service: Running) -> None:
    key = (service.folder / "labelwright-data" / KEY).read_text("ascii").strip()
    url = service.url + "/ml/quick/predict"
    for content, known, status in ((TASKS, key, 200), (b"{}", key, 400), (TASKS, "wrong", 401)):
        assert httpx.post(url, content=content, auth=(USER, known), timeout=60).status_code == status
    page = httpx.get(service.url + "/metrics", timeout=60).text
    assert 'labelwright_suggesting_seconds_count{predictor="quick"} 2.0' in page
    assert 'labelwright_suggested_items_total{predictor="quick"} 1.0' in page

    def told() -> list[str]:
        return [line for line in service.said.splitlines() if ".requests" in line and line.endswith("}")]

    until(lambda: len(told()) >= 2, "both are told of, which is behind the answer")
    logged = told()
    assert [" 400 in " in line or " 401 in " in line for line in logged] == [True, True]
