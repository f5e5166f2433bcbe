"""The service with predictors that load for ever, hang and start programs: it goes on, and ends when told."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from programs import left, until
from service_process import Running, configured, running

MODEL = """
import os, subprocess, sys, time
from labelwright.contracts import Guess

def note(what, pid):
    with open("pids", "a") as file:
        file.write(f"{what} {pid}\\n")

class Odd:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        self.control = asked.controls[0]
        note("predictor", os.getpid())
        self.child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        note("started", self.child.pid)

    def predict(self, batch):
        hangs = any(query.text("text") == "hang" for query in batch)
        if hangs:
            open("hangs", "a").close()
        while hangs:
            pass
        return [Guess({self.control: "POSITIVE"}) for query in batch]

class Loads(Odd):
    def __init__(self, asked):
        note("predictor", os.getpid())
        time.sleep(600)
"""
PREDICTORS = """
[predictors.odd]
predictor = "./odd.py:Odd"
template = "sentiment"
timeout = {timeout}

[predictors.loads]
predictor = "./odd.py:Loads"
template = "sentiment"
timeout = {timeout}
"""


@pytest.fixture
def timeout() -> float:
    return 8.0


@pytest.fixture
def drain() -> float:
    return 2.0


@pytest.fixture
def service(tmp_path: Path, timeout: float, drain: float) -> Iterator[Running]:
    config = configured(tmp_path, service=f"drain = {drain}", more=PREDICTORS.format(timeout=timeout))
    (tmp_path / "odd.py").write_text(MODEL)
    with running(config) as found:
        yield found.until_up()


def until_it_hangs(service: Running) -> None:
    until((service.folder / "hangs").exists, "the predictor hangs")


def key(service: Running) -> str:
    return (service.folder / "labelwright-data" / "secrets" / "predictors.key").read_text().strip()


def ask(service: Running, name: str, text: str, found: list[Any]) -> threading.Thread:
    """Ask a predictor about one text; the answer goes to ``found``."""

    def post() -> None:
        body = {"tasks": [{"id": 1, "data": {"text": text}}]}
        address = f"{service.url}/ml/{name}/predict"
        try:
            found.append(httpx.post(address, json=body, auth=("", key(service)), timeout=120))
        except httpx.HTTPError as error:
            found.append(error)

    thread = threading.Thread(target=post, daemon=True)
    thread.start()
    return thread


def until_ready(service: Running) -> None:
    found: list[Any] = []
    while not found or (found[-1].status_code != 200 and len(found) < 10):
        ask(service, "odd", "a", found).join()
    assert found[-1].status_code == 200, [one.text for one in found]


def children(service: Running) -> list[int]:
    """The processes of the two predictors, then what one of them started, once all are there.

    Rebuilds have processes, too, which come and go.
    """
    file = service.folder / "pids"
    until(lambda: file.exists() and file.read_text().count("\n") >= 3, "all are there")
    return [int(line.split()[1]) for line in sorted(file.read_text().splitlines())]


@pytest.mark.parametrize(("timeout", "drain"), [(500.0, 500.0)])  # whoever waits does so for 100 s at least
def test_requests_that_wait_for_a_model_hold_nobody_else(service: Running) -> None:
    found: list[Any] = []
    until_ready(service)
    waiting = [ask(service, "loads", "a", found) for _ in range(60)]
    hanging = [ask(service, "odd", "hang", found) for _ in range(3)]
    until_it_hangs(service)
    time.sleep(1.0)  # the others come, too
    for path in ("/ready", "/health", "/metrics", "/ml/loads/health"):
        answer = httpx.get(service.url + path, auth=("", key(service)), timeout=60)
        assert answer.status_code == 200, (path, answer.text)
    assert found == []
    began = time.monotonic()
    assert service.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 8.0  # nobody waits for what hangs, or loads
    for thread in (*waiting, *hanging):
        thread.join()
    answered = [one for one in found if isinstance(one, httpx.Response)]
    assert answered and {one.status_code for one in answered} == {503}
    assert {one.json().get("code") for one in answered} == {"predictor.not-loaded"}
    assert "Traceback" not in service.said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left(service: Running, how: int) -> None:
    until_ready(service)
    pids = children(service)
    assert left(pids, 0.0) == pids
    ask(service, "odd", "hang", [])
    until_it_hangs(service)
    service.process.send_signal(how)
    service.process.wait(90)
    assert left(pids, 60.0) == []


def test_a_predictor_that_is_killed_is_started_again(service: Running) -> None:
    until_ready(service)
    before = children(service)
    found: list[Any] = []
    hanging = ask(service, "odd", "hang", found)
    until_it_hangs(service)
    for pid in before[:2]:
        os.kill(pid, signal.SIGKILL)
    until_ready(service)
    assert left(before, 60.0) == []
    service.end(signal.SIGTERM)
    hanging.join()


def test_whoever_hangs_up_in_a_body_is_no_fault(service: Running) -> None:
    host, _, port = service.url.rpartition("//")[2].partition(":")
    head = f"POST /ml/odd/predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key(service)}\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
        time.sleep(0.3)
    until_ready(service)
    assert "ClientDisconnect" not in service.said and '"error"' not in service.said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["sentiment=./odd.py:Nobody"], "predictors.sentiment: "),
        (["sentiment=../../odd.py:Odd"], "there is no file "),
        (["sentiment=./odd.py:Odd", "sentiment=language"], "--predictor names sentiment twice"),
        (["../sentiment=./odd.py:Odd"], "is no NAME=PREDICTOR"),
    ],
)
def test_what_cannot_be_served_is_one_sentence_and_all_that_is_said(
    tmp_path: Path, given: list[str], said: str
) -> None:
    config = configured(tmp_path, service="drain = 2.0")
    (tmp_path / "odd.py").write_text(MODEL)
    with running(config, *(part for one in given for part in ("--predictor", one))) as service:
        assert service.process.wait(90) == 2
        lines = [line for line in service.said.splitlines() if not line.startswith(("{", "warning: "))]
    assert len(lines) == 1 and said in lines[0], lines
