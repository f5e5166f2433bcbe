from __future__ import annotations

import base64
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from post_double import Posted, Reply, taking
from programs import until
from service_post import SECRET, Post
from standardwebhooks import Webhook

from labelwright.service.notify import outgoing
from labelwright.service.notify.backoff import DELAYS
from labelwright.service.notify.outbox import LEASE, claim, record, revive
from labelwright.service.notify.postman import Postman, attempt


def once(post: Post, target: str = "team") -> str:
    due = claim(post.database, target, time.time())
    assert due is not None
    return attempt(post.service, due)


def test_an_event_is_sent_signed_once(post: Post) -> None:
    with taking() as there:
        post.target("team", there.url + "/hook?x=1")
        post.event("evt_1", "team")
        assert once(post) == "sent"
        assert claim(post.database, "team", time.time() + 10 * LEASE) is None
    (taken,) = there.taken
    assert taken.path == "/hook?x=1"
    assert Webhook(SECRET).verify(taken.body, taken.headers)["data"] == {
        "project": "emails", "dataset": "sft", "version": 3,
    }  # fmt: skip
    assert taken.headers["webhook-id"] == "evt_1" and taken.headers["content-type"] == "application/json"
    row = post.row("evt_1", "team")
    assert (row.state, row.attempts, row.status, row.error) == ("sent", 1, 200, "")
    assert row.sent_at > 1_700_000_000


def test_a_chat_gets_a_line(post: Post, tmp_path: Path) -> None:
    with taking() as there:
        (tmp_path / "address").write_text(there.url + "/services/T0/B0/hidden\n")
        post.target("chat", "", kind="slack", url_file="address", secret_file="")
        post.event("evt_1", "chat")
        assert once(post, "chat") == "sent"
    (taken,) = there.taken
    assert taken.path == "/services/T0/B0/hidden" and "webhook-id" not in taken.headers
    assert json.loads(taken.body) == {"text": "emails/sft: a new version was published (version 3)"}


def test_what_fails_is_tried_again_with_the_same_id_and_body(post: Post) -> None:
    with taking() as there:
        there.replies = [Reply(500), Reply(302, {"Location": "/elsewhere"}), Reply()]
        post.target("team", there.url)
        post.event("evt_1", "team")
        before = time.time()
        assert once(post) == "failed"
        row = post.row("evt_1", "team")
        assert (row.state, row.status, row.error, row.attempts) == ("waiting", 500, "HTTP 500", 1)
        assert before + DELAYS[0] <= row.next_at < time.time() + DELAYS[0] * 1.2
        assert claim(post.database, "team", row.next_at - 0.001) is None
        post.due_now()
        assert once(post) == "failed"
        assert post.row("evt_1", "team").error == "HTTP 302; redirects are not followed"
        assert post.row("evt_1", "team").next_at - before >= DELAYS[1]
        post.due_now()
        assert once(post) == "sent"
    assert len(there.taken) == 3 and {t.path for t in there.taken} == {"/"}
    assert len({t.body for t in there.taken}) == 1 == len({t.headers["webhook-id"] for t in there.taken})


def test_a_target_that_never_answers_well_is_dead_in_the_end_and_can_be_put_back(post: Post) -> None:
    with taking() as there:
        there.replies = [Reply(500)]
        post.target("team", there.url)
        post.event("evt_1", "team")
        outcomes = []
        for _ in range(len(DELAYS) + 1):
            post.due_now()
            outcomes.append(once(post))
        assert outcomes == ["failed"] * len(DELAYS) + ["dead"]
        post.due_now()
        assert claim(post.database, "team", time.time()) is None
        assert revive(post.database, time.time(), "evt_2", "team") == 0
        assert revive(post.database, time.time(), "evt_1", "team") == 1
        assert post.row("evt_1", "team").attempts == 0
        there.replies = [Reply()]
        assert once(post) == "sent"
        assert revive(post.database, time.time()) == 0


def test_a_target_that_is_gone_is_not_asked_again(post: Post) -> None:
    with taking() as there:
        there.replies = [Reply(410)]
        post.target("team", there.url)
        post.event("evt_1", "team")
        assert once(post) == "dead"
    assert (post.row("evt_1", "team").status, post.row("evt_1", "team").error) == (410, "HTTP 410")


@pytest.mark.parametrize("status", [429, 503])
def test_a_target_may_ask_for_time(post: Post, status: int) -> None:
    with taking() as there:
        there.replies = [Reply(status, {"Retry-After": "700"})]
        post.target("team", there.url)
        post.event("evt_1", "team")
        before = time.time()
        assert once(post) == "failed"
    assert before + 700 <= post.row("evt_1", "team").next_at <= time.time() + 700


def test_what_waits_for_a_target_that_is_configured_no_more_is_dead_with_a_reason(post: Post) -> None:
    post.event("evt_1", "former")
    Postman(post.service).round()
    row = post.row("evt_1", "former")
    assert row.state == "dead" and "no target of this name" in row.error


def test_private_networks_are_not_asked_unless_allowed(post: Post) -> None:
    with taking() as there:
        post.target("team", there.url, allow_private=False)
        post.event("evt_1", "team")
        assert once(post) == "failed"
        assert "private network" in post.row("evt_1", "team").error
        assert there.taken == []


def test_the_address_that_was_checked_is_connected_to(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers with a public address first and a private one next gains nothing."""
    public, asked = ("93.184.216.34", 80), []
    connected: list[Any] = []

    def lookup(*a: object, **k: object) -> list[Any]:
        asked.append(a)
        where = public if len(asked) == 1 else ("127.0.0.1", 80)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where)]

    def connect(self: socket.socket, where: Any) -> None:
        connected.append(where)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket.socket, "connect", connect)
    answer = outgoing.post("http://rebind.example/", {}, b"{}", False)
    assert (answer.status, len(asked), connected) == (0, 1, [public])


def test_each_address_of_a_host_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with taking() as there:
        port = int(there.url.rpartition(":")[2])
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", 1)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
        assert outgoing.post(f"http://two.example:{port}/", {}, b"{}", True).status == 200


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://h/", "http://", "http://u:secretpw@h/", "http://h:x/", "gopher://h", ""],
)
def test_what_is_no_web_address_is_told_without_it(url: str) -> None:
    answer = outgoing.post(url, {}, b"{}", True)
    assert answer.status == 0 and "address" in answer.error and "secretpw" not in answer.error


def test_proxies_of_the_environment_are_not_used(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with taking() as there:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert outgoing.post(there.url, {}, b"{}", True).status == 200


@pytest.mark.parametrize("reply", [Reply(after=100.0), Reply(dribble=0.1)])
def test_a_target_cannot_hold_an_attempt_for_ever(monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    """Each of them takes 100 s."""
    monkeypatch.setattr(outgoing, "QUIET", 0.4)
    monkeypatch.setattr(outgoing, "WHOLE", 0.8)
    with taking() as there:
        there.replies = [reply]
        began = time.monotonic()
        answer = outgoing.post(there.url, {}, b"{}", True)
        assert answer.status == 0 and answer.error
        assert time.monotonic() - began < 10


def test_a_long_answer_is_not_read_to_its_end() -> None:
    with taking() as there:
        there.replies = [Reply(body=b"x" * 50_000_000)]
        assert outgoing.post(there.url, {}, b"{}", True).status == 200


def test_two_processes_never_hold_the_same_row(post: Post) -> None:
    for number in range(40):
        post.event(f"evt_{number:02d}", "team")
    held: list[str] = []

    def take() -> None:
        while due := claim(post.database, "team", time.time()):
            held.append(due.event)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == [f"evt_{number:02d}" for number in range(40)]


def test_an_outcome_of_a_row_that_another_holds_is_not_recorded(post: Post) -> None:
    post.event("evt_1", "team")
    now = time.time()
    slow = claim(post.database, "team", now)
    later = claim(post.database, "team", now + LEASE + 1)
    assert slow is not None and later is not None
    assert not record(post.database, slow, state="dead")
    assert record(post.database, later, state="sent")
    assert post.row("evt_1", "team").state == "sent"


def test_a_slow_target_holds_nobody_else_up(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("QUIET", "WHOLE"):
        monkeypatch.setattr(outgoing, limit, 300.0)
    answers = threading.Event()
    with taking() as slow, taking() as quick:
        slow.replies = [Reply(held=answers)]
        post.target("slow", slow.url)
        post.target("quick", quick.url)
        for number in range(8):
            post.event(f"evt_{number}", "slow", "quick")
        postman = Postman(post.service)
        for _ in range(3):
            postman.round()
        until(lambda: all(post.row(f"evt_{n}", "quick").state == "sent" for n in range(8)))
        until(lambda: len(slow.taken) >= 2)
        postman.round()
        assert len(slow.taken) == 2
        assert all(post.row(f"evt_{n}", "slow").attempts == 0 for n in range(8))
        answers.set()
        postman.stop(60.0)
        rows = [post.row(f"evt_{n}", "slow") for n in range(8)]
        assert [(row.state, row.held_until) for row in rows[:2]] == [("sent", 0.0)] * 2
        assert all(row.held_until == 0.0 for row in rows), "what was begun was waited for"


def test_secrets_are_in_no_error_and_no_log(
    post: Post, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hidden = "/services/T00/B00/abcdefghijkl"
    with taking() as there:
        there.replies = [Reply(500)]
        (tmp_path / "address").write_text(there.url + hidden)
        post.target("chat", "", kind="slack", url_file="address")
        (tmp_path / "nowhere").write_text("http://nobody.invalid" + hidden)
        post.target("off", "", url_file="nowhere")
        post.target("bad", there.url, "whsec_notasecretatall")
        post.target("none", there.url, secret_file="missing")
        for name in ("chat", "off", "bad", "none"):
            post.event(f"evt_{name}", name)
            assert once(post, name) == "failed"
    told = caplog.text + " ".join(post.row(f"evt_{n}", n).error for n in ("chat", "off", "bad", "none"))
    for secret in (hidden, "abcdefghijkl", "nobody.invalid", "notasecretatall", SECRET, there.url):
        assert secret not in told
    assert "notify.none.secret_file cannot be read" in told
    assert "a signing secret" in told


KILLED = """
import os, sys, time
from pathlib import Path
from service_post import Post
from labelwright.service.notify import postman
post = Post(Path(sys.argv[1]))
post.target("team", sys.argv[2])
def die(*a, **k):
    os.kill(os.getpid(), 9)
postman.record = die
postman.attempt(post.service, postman.claim(post.database, "team", time.time()))
"""


def test_a_kill_between_answer_and_record_sends_the_same_id_again(post: Post) -> None:
    path = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
    with taking() as there:
        post.target("team", there.url)
        post.event("evt_1", "team")
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(post.folder), there.url],
            env={**os.environ, "PYTHONPATH": path},
            timeout=60,
        )
        assert killed.returncode == -signal.SIGKILL
        row = post.row("evt_1", "team")
        assert (row.state, row.attempts) == ("waiting", 0) and row.held_until > time.time()
        assert claim(post.database, "team", time.time()) is None
        due = claim(post.database, "team", time.time() + LEASE + 1)
        assert due is not None and attempt(post.service, due) == "sent"
    assert [t.headers["webhook-id"] for t in there.taken] == ["evt_1", "evt_1"]
    assert there.taken[0].body == there.taken[1].body


def test_a_rotated_secret_holds_at_once(post: Post) -> None:
    other = "whsec_" + base64.b64encode(b"n" * 32).decode()
    with taking() as there:
        post.target("team", there.url, other, SECRET)
        post.event("evt_1", "team")
        once(post)
        (post.folder / "team.secret").write_text(other)
        post.event("evt_2", "team")
        once(post)
    first, second = there.taken
    assert len(first.headers["webhook-signature"].split()) == 2
    Webhook(SECRET).verify(first.body, first.headers)
    Webhook(other).verify(first.body, first.headers)
    assert len(second.headers["webhook-signature"].split()) == 1
    Webhook(other).verify(second.body, second.headers)


def test_the_loop_sends_and_counts(post: Post) -> None:
    from labelwright.service.loops.postman import loop

    with taking() as there:
        post.target("team", there.url)
        post.event("evt_1", "team")
        loop.run(post.service)
        line = 'labelwright_send_attempts_total{outcome="sent",target="team"} 1.0'
        until(lambda: line in post.service.metrics.show({}).decode())  # the last that is done
        assert post.row("evt_1", "team").state == "sent"
        for end in reversed(post.service.ends):
            end()
        loop.run(post.service)
    assert there.taken and isinstance(there, Posted)
    assert line in post.service.metrics.show({}).decode()
