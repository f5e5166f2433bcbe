"""A server that is slow, full, broken, elsewhere or not there: bounded in time, told by code."""

from __future__ import annotations

import socket
import threading
import time
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest
from chatting import ask, asking, codes, loaded, question, small
from programs import until
from talking import Said, fails, says, talking

from labelwright.contracts import Control
from labelwright.media import web
from labelwright.predictors import _asking, chat
from labelwright.predictors._asking import retry_after, said
from labelwright.records import Kind

TEMPLATE = small(mood=Control(Kind.CHOICE, ["GOOD", "BAD"]))
GOOD = {"mood": "GOOD"}


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_asking, "FIRST_WAIT", 0.05)


@pytest.mark.parametrize(
    "fault",
    [fails(429), fails(500), fails(503), Said(b"x" * 100, cut=10), Said(b"{}", cut=0)],
    ids=["429", "500", "503", "cut", "nothing"],
)
def test_what_may_pass_is_asked_again(fault: Said) -> None:
    with talking(lambda n, body: fault if n < 2 else says(GOOD)) as talk:
        found = ask(loaded(talk.url, TEMPLATE, retries=2), text="a")
        assert found.answers == GOOD and found.problems == []
        waits = [b.at - a.at for a, b in zip(talk.heard, talk.heard[1:], strict=False)]
        assert len(waits) == 2 and waits[0] >= 0.03 and waits[1] >= 0.07, "ever later"


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_what_will_not_pass_is_asked_once(status: int) -> None:
    with talking(lambda n, body: fails(status)) as talk:
        ask(loaded(talk.url, TEMPLATE, retries=3), text="a")
    assert len(talk.heard) == 1


def test_it_waits_as_long_as_the_server_asks_all_items_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(_asking, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    with talking(lambda n, body: fails(429, Retry_After="1") if n == 0 else says(GOOD)) as talk:
        model = loaded(talk.url, TEMPLATE, retries=1, concurrency=1)
        found = model.predict([question(TEMPLATE, str(n), text="a") for n in range(2)])
    assert [o.answers for o in found] == [GOOD, GOOD]
    assert talk.heard[1].at - talk.heard[0].at >= 0.95 and sum(slept) <= 1.0 and len(talk.heard) == 3


def test_it_does_not_wait_longer_than_it_may() -> None:
    with talking(lambda n, body: fails(429, Retry_After="600")) as talk:
        started = time.monotonic()
        found = ask(loaded(talk.url, TEMPLATE, retries=5, seconds=60), text="a")
    assert time.monotonic() - started < 30
    assert codes(found) == ["remote.busy"] and len(talk.heard) == 1


def test_a_batch_has_its_time_and_the_items_after_it_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    took = [0.0]

    def answered(n: int, body: Any) -> Said:
        took[0] += 40.0
        return says(GOOD)

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + took[0], sleep=time.sleep)
    for module in (_asking, chat):
        monkeypatch.setattr(module, "time", clock)
    with talking(answered) as talk:
        model = loaded(talk.url, TEMPLATE, seconds=100, concurrency=1)
        found = model.ready().predict([question(TEMPLATE, str(n), text="a") for n in range(8)])
    told = [getattr(one, "code", "") for one in found]
    assert told[0] == "" and told[-1] == "remote.too-late" and told == sorted(told)
    assert told.count("") == len(talk.heard) < 4, "what is too late is not asked"


def test_a_server_that_says_nothing_or_drips_is_left() -> None:
    dripping = says(GOOD)
    dripping.drip = 0.05
    dripping.body += b" " * 2000  # they take 100 s
    over = threading.Event()

    def answered(n: int, body: Any) -> Said:
        if n > 0:
            over.wait(100)
        return dripping

    with talking(answered) as talk:
        model = loaded(talk.url, TEMPLATE, timeout=0.5, retries=3)
        for turn in range(2):
            started = time.monotonic()
            found = ask(model, text="a")
            assert codes(found) == ["remote.too-late"]
            assert 0.4 < time.monotonic() - started < 4
            until(lambda turn=turn: len(talk.heard) > turn)  # type: ignore[misc]
        over.set()
        assert len(talk.heard) == 2, "what took too long once is not paid for again"


def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_asking, "LARGEST", 10_000)
    with talking(lambda n, body: Said(b" " * 20_000)) as talk:
        assert codes(ask(loaded(talk.url, TEMPLATE), text="a")) == ["remote.too-large"]


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        found = ask(loaded(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", TEMPLATE), text="a")
    assert codes(found) == ["remote.unreachable"]
    assert "127.0.0.1" in found.problems[0].message
    assert codes(ask(loaded("http://no-such-host.invalid/v1", TEMPLATE), text="a")) == ["remote.unreachable"]


def test_a_server_that_speaks_no_http_or_no_tls() -> None:
    with talking(lambda n, body: says(GOOD)) as talk:
        secure = talk.url.replace("http://", "https://")
        assert codes(ask(loaded(secure, TEMPLATE), text="a")) == ["remote.unreachable"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]"])
def test_private_addresses_are_asked_only_if_that_is_said(host: str) -> None:
    model = asking(f"http://{host}:9/v1", TEMPLATE, allow_private="no")
    assert model.state == "ready"
    found = ask(model, text="a")
    assert codes(found) == ["remote.private-address"]
    assert "allow_private" in found.problems[0].remedy


def test_a_key_does_not_go_to_a_public_server_in_the_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "k3y")
    public = [(socket.AF_INET, ("93.184.215.14", 80))]
    monkeypatch.setattr(web, "reachable", lambda parts, private: public)
    monkeypatch.setattr(web, "pinned", lambda *given: pytest.fail("it was asked"))
    found = ask(loaded("http://chat.example.com/v1", TEMPLATE, key_env="MY_KEY"), text="a")
    assert codes(found) == ["remote.key-exposed"]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("1.5", 1.5),
        ("", None),
        ("soon", None),
        ("1e99", None),
        ("nan", None),
    ],
)
def test_retry_after_is_read(given: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": given}) == seconds


def test_retry_after_may_be_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_795_350_896.0
    monkeypatch.setattr(_asking, "time", SimpleNamespace(time=lambda: now))
    assert retry_after({"retry-after": formatdate(now + 30, usegmt=True)}) == 30
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert retry_after({}) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"error": {"message": "no such model"}}', ": no such model"),
        (b'{"error": "busy"}', ": busy"),
        (b'{"detail": "Not found"}', ": Not found"),
        (b'{"error": {"message": "key sk-Abc123Abc123Abc123Abc123 is wrong"}}', ""),
        (b'{"error": {"message": ["a"]}}', ""),
        (b"<html>", ""),
        (b"[1]", ""),
        (b"\xff", ""),
    ],
)
def test_what_a_server_says_is_told_without_secrets(data: bytes, words: str) -> None:
    assert said(data).replace("…", "") in (words, ": ") if not words else said(data) == words


def test_the_request_is_plain() -> None:
    with talking(lambda n, body: says(GOOD)) as talk:
        ask(loaded(talk.url, TEMPLATE), text="a")
    sent = {k.lower(): v for k, v in talk.heard[0].headers.items()}
    assert sent["content-type"] == "application/json" and sent["accept-encoding"] == "identity"
    assert sent["host"] == talk.url.removeprefix("http://")
