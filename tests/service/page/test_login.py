"""The token, sessions made of it, proxies that tell who it is, and attempts that are counted."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from service_pages import TOKEN, Asks, served
from starlette.testclient import TestClient

from labelwright.problems import UsageError
from labelwright.service import login as login_module
from labelwright.service.app import build
from labelwright.service.context import Service
from labelwright.service.login import Attempts, Login, login_of

PAGE = {"accept": "text/html"}


def proxied(tmp_path: Path, **login: Any) -> Any:
    told = {"proxy_header": "X-User", "proxies": ["10.0.0.0/24", "::1"], **login}
    return served(tmp_path, {"login": told})


def asks(service: Service, peer: str, **headers: str) -> TestClient:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    app = build(service)
    return TestClient(
        app, base_url="http://localhost", client=(peer, 1), follow_redirects=False, headers=told
    )


def test_a_person_logs_in_and_out(person: TestClient, nobody: TestClient) -> None:
    assert person.get("/").status_code == 200
    csrf = person.get("/").text.split('name="csrf" value="')[1].split('"')[0]
    assert person.post("/logout", data={"csrf": "wrong"}).status_code == 403
    assert person.get("/").status_code == 200
    out = person.post("/logout", data={"csrf": csrf})
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert person.get("/").headers["location"] == "/login"
    assert nobody.get("/session").status_code == 200


def test_the_cookie_is_for_us_alone(nobody: TestClient, tmp_path: Path) -> None:
    said = nobody.post("/login", data={"token": f" {TOKEN}\n"}).headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Max-Age=43200"} <= set(said.split("; "))
    assert "Secure" not in said and TOKEN not in said
    with served(
        tmp_path / "s", {"service": {"public_url": "https://localhost"}, "login": {"session_hours": 1}}
    ) as s:
        said = (
            TestClient(build(s), base_url="https://localhost", follow_redirects=False)
            .post("/login", data={"token": TOKEN})
            .headers["set-cookie"]
        )
        assert said.startswith("__Host-labelwright=") and {"Secure", "Max-Age=3600"} <= set(said.split("; "))


@pytest.mark.parametrize("given", ["", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "\x00", "ünïcode" * 9])
def test_another_token_does_not_open(given: str, nobody: TestClient) -> None:
    answer = nobody.post("/login", data={"token": given})
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert "That is not the token." in answer.text
    if len(given) > 1:
        assert given not in answer.text
    for header in (f"Bearer {given.encode().hex()}", "Bearer ", "Basic " + TOKEN, TOKEN):
        assert nobody.get("/api/v1/status", headers={"Authorization": header}).status_code == 401


def test_a_token_that_changes_ends_what_it_began(service: Service, person: TestClient) -> None:
    assert person.get("/").status_code == 200
    path = login_of(service).path
    path.write_text("another-token-that-is-long-enough")
    os.utime(path, ns=(1, 1))
    assert person.get("/").status_code == 303
    assert person.post("/login", data={"token": TOKEN}).status_code == 403
    path.write_text("short")
    assert person.post("/login", data={"token": "short"}).status_code == 403
    path.unlink()
    assert person.post("/login", data={"token": ""}).status_code == 403
    assert person.get("/api/v1/status", headers={"Authorization": "Bearer "}).status_code == 401


def test_a_session_ends_and_cannot_be_made(service: Service) -> None:
    login = login_of(service)
    cookie = login.session(now=1000.0)
    assert login.valid(cookie, 1001.0) and login.valid(cookie, 1000.0 + 12 * 3600 - 1)
    assert not login.valid(cookie, 1000.0 + 12 * 3600)
    end, nonce, signature = cookie.split(".")
    for forged in (
        f"{int(end) + 9}.{nonce}.{signature}",
        f"{end}.{nonce}x.{signature}",
        f"{end}.{nonce}.{signature[:-1]}0" if signature[-1] != "0" else f"{end}.{nonce}.{signature[:-1]}1",
        f"{end}.{nonce}",
        "",
        "..",
        "é.é.é",
        login.csrf("session x"),
    ):
        assert not login.valid(forged, 1001.0), forged


def test_no_two_sessions_are_equal_and_forms_are_not_each_others(service: Service) -> None:
    login = login_of(service)
    assert len({login.session(5.0) for _ in range(20)}) == 20
    assert login.csrf("session a") != login.csrf("session b") != login.csrf("user b")


def test_a_token_is_made_where_none_is_named(tmp_path: Path) -> None:
    with served(tmp_path, {"login": {"token_file": ""}}) as service:
        login = Login(service.loaded)
        path = login.prepare()
        assert path == service.loaded.data / "secrets" / "login-token"
        assert (
            stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        )
        token = path.read_text().strip()
        assert len(token) >= 43 and login.right(token)
        assert Login(service.loaded).prepare().read_text().strip() == token
        path.write_text("short")
        with pytest.raises(UsageError, match="16 characters"):
            Login(service.loaded).prepare()


def test_a_token_file_that_is_named_is_not_made(tmp_path: Path) -> None:
    with served(tmp_path, {"login": {"token_file": "elsewhere"}}) as service:
        with pytest.raises(UsageError, match="elsewhere holds no log-in token"):
            Login(service.loaded).prepare()
        assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> list[Attempts]:
    """One for each answer that is late."""
    found: list[Attempts] = []
    be_late = Attempts.be_late

    async def noted(self: Attempts) -> None:
        found.append(self)
        await be_late(self)

    monkeypatch.setattr(Attempts, "be_late", noted)
    return found


def test_wrong_tokens_are_counted_by_source(service: Service, late: list[Attempts]) -> None:
    one, other = asks(service, "192.0.2.1"), asks(service, "192.0.2.2")
    wrong = {"Authorization": "Bearer wrong"}
    for _ in range(5):
        assert one.post("/login", data={"token": "wrong"}).status_code == 403
        assert one.get("/api/v1/status", headers=wrong).status_code == 401
    assert late == []
    began = time.monotonic()
    assert one.post("/login", data={"token": "wrong"}).status_code == 403
    assert one.get("/api/v1/status", headers=wrong).status_code == 401
    assert time.monotonic() - began >= 2 * Attempts.LATE and len(late) == 2
    assert other.post("/login", data={"token": "wrong"}).status_code == 403
    assert len(late) == 2


def test_a_right_token_gets_in_whatever_others_of_its_source_have_tried(
    service: Service, late: list[Attempts]
) -> None:
    one = asks(service, "192.0.2.1")
    for _ in range(Attempts.MOST):
        assert one.post("/login", data={"token": "wrong"}).status_code == 403
    assert one.get("/api/v1/status", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert one.post("/login", data={"token": TOKEN}).status_code == 303
    assert late == []
    assert login_of(service).attempts.failed("192.0.2.1")  # which makes up for no failure


def test_answers_that_are_late_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attempts, "HELD", 3)
    attempts = Attempts()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)  # all have come before the first goes on

    async def all_at_once() -> None:
        await asyncio.gather(*[attempts.be_late() for _ in range(8)])

    monkeypatch.setattr(login_module, "asyncio", SimpleNamespace(sleep=sleep))
    asyncio.run(all_at_once())
    assert slept == [Attempts.LATE] * 3
    assert attempts._held == 0


def test_attempts_are_forgotten_and_bounded() -> None:
    attempts = Attempts()
    assert [attempts.failed("a", 0.0) for _ in range(attempts.MOST)] == [False] * attempts.MOST
    assert attempts.failed("a", 100.0) and attempts.failed("a", 299.0) and not attempts.failed("a", 300.0)
    for number in range(attempts.MOST):
        attempts.failed(f"2001:db8::{number + 1:x}", 0.0)
    assert attempts.failed("2001:db8::ffff", 1.0) and not attempts.failed("2001:db8:0:1::1", 1.0)
    for number in range(attempts.SOURCES + 5):
        attempts.failed(f"source {number}", 0.0)
    assert len(attempts._failed) == attempts.SOURCES


def test_a_proxy_tells_who_it_is(tmp_path: Path) -> None:
    with proxied(tmp_path) as service:
        assert asks(service, "10.0.0.9", x_user="ann").get("/").status_code == 200
        assert asks(service, "::1", x_user="ann").get("/").status_code == 200
        for peer, user in (
            ("10.0.1.9", "ann"),
            ("192.0.2.1", "ann"),
            ("10.0.0.9", ""),
            ("10.0.0.9", " "),
            ("x", "a"),
        ):
            assert asks(service, peer, x_user=user).get("/").status_code == 401
        assert asks(service, "10.0.0.9").get("/").status_code == 401
        assert (
            asks(service, "192.0.2.1", x_user="ann", x_forwarded_for="10.0.0.9").get("/").status_code == 401
        )


def test_a_header_that_came_twice_tells_of_nobody(tmp_path: Path) -> None:
    with proxied(tmp_path) as service:
        client = asks(service, "10.0.0.9")
        assert client.get("/", headers=[("X-User", "eve"), ("X-User", "ann")]).status_code == 401
        assert (
            client.get("/login", headers=[("Host", "localhost"), ("Host", "evil.example")]).status_code == 421
        )
        told = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "203.0.113.5")]
        for _ in range(10):
            assert (
                client.get("/api/v1/status", headers=[*told, ("Authorization", "Bearer no")]).status_code
                == 401
            )
        failed = login_of(service).attempts.failed
        assert failed("203.0.113.5") and not failed("198.51.100.1") and not failed("10.0.0.9")


def test_forms_cannot_be_guessed_while_there_is_no_token(tmp_path: Path) -> None:
    with proxied(tmp_path) as service:
        (service.loaded.folder / "token").unlink()
        assert Login(service.loaded).csrf("user ann") != Login(service.loaded).csrf("user ann")
        assert asks(service, "10.0.0.9", x_user="ann").get("/").status_code == 200


def test_serving_says_where_the_token_lies_and_not_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "labelwright.toml").write_text("[service]\nport = 0\ndrain = 1.0\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "labelwright", "serve"]
    said = b""
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.STDOUT, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            said += line
            if b"log in with the token in" in line:
                break
        run.kill()
        said += run.stdout.read()
    path = tmp_path / "labelwright-data" / "secrets" / "login-token"
    assert f"log in with the token in {path}".encode() in said
    assert path.read_bytes().strip() not in said


def test_whoever_comes_by_a_proxy_needs_the_form_of_our_page(tmp_path: Path) -> None:
    with proxied(tmp_path) as service:
        ann, bob = (asks(service, "10.0.0.9", x_user=user, accept="text/html") for user in ("ann", "bob"))
        csrf = {
            u: c.get("/projects/emails").text.split('name="csrf" value="')[1][:64]
            for u, c in (("a", ann), ("b", bob))
        }
        assert csrf["a"] != csrf["b"]
        assert ann.post("/projects/emails/rebuild", data={"csrf": csrf["b"]}).status_code == 403
        assert ann.post("/projects/emails/rebuild", data={"csrf": csrf["a"]}).status_code == 303
        asked: Asks = service.extra["workflows"]
        assert asked.asked == [("emails", "demand", 0.0)]
        assert "Log out" not in ann.get("/").text


def test_attempts_by_a_proxy_are_those_of_whom_it_names(tmp_path: Path) -> None:
    with proxied(tmp_path) as service:
        login = login_of(service)
        named = {b"x-forwarded-for": b"198.51.100.1, 203.0.113.5, 10.0.0.8"}
        assert login.source("10.0.0.9", named) == "203.0.113.5"
        assert login.source("192.0.2.1", named) == "192.0.2.1"
        assert login.source("10.0.0.9", {b"x-forwarded-for": b"<script>"}) == "10.0.0.9"
        assert login.source("10.0.0.9", {}) == "10.0.0.9"


def test_a_proxy_that_is_no_address_is_named(tmp_path: Path) -> None:
    with proxied(tmp_path, proxies=["front"]) as service, pytest.raises(UsageError, match="'front'"):
        build(service)


@pytest.mark.parametrize(
    ("there", "goes"),
    [
        ("/projects/emails?before=3#x", "/projects/emails?before=3#x"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\nSet-Cookie: x=1", "/"),
        ("/login?next=/", "/"),
        ("", "/"),
        ("/" + "a" * 2000, "/"),
    ],
)
def test_after_the_log_in_one_stays_inside(there: str, goes: str, nobody: TestClient) -> None:
    answer = nobody.post("/login", data={"token": TOKEN, "next": there})
    assert (answer.status_code, answer.headers["location"]) == (303, goes)


def test_one_is_brought_back_to_where_one_wanted_to_go(nobody: TestClient) -> None:
    answer = nobody.get("/projects/emails?before=9&older=a%20b", headers=PAGE)
    where = answer.headers["location"]
    assert where == "/login?next=%2Fprojects%2Femails%3Fbefore%3D9%26older%3Da%2520b"
    form = nobody.get(where, headers=PAGE).text
    assert 'name="next" value="/projects/emails?before=9&amp;older=a%20b"' in form
    assert nobody.post("/logout", headers=PAGE).headers["location"] == "/login"


def test_forms_from_elsewhere_are_refused(nobody: TestClient, person: TestClient) -> None:
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
    ):
        assert nobody.post("/login", data={"token": TOKEN}, headers=headers).status_code == 403
    for headers in (
        {"sec-fetch-site": "same-origin"},
        {"origin": "http://localhost:8790"},
        {"origin": "null"},
    ):
        assert nobody.post("/login", data={"token": TOKEN}, headers=headers).status_code == 303
    csrf = person.get("/projects/emails").text.split('name="csrf" value="')[1][:64]
    evil = {"sec-fetch-site": "cross-site"}
    assert person.post("/projects/emails/rebuild", data={"csrf": csrf}, headers=evil).status_code == 403


def test_forms_are_small_and_are_forms(nobody: TestClient) -> None:
    assert nobody.post("/login", json={"token": TOKEN}).status_code == 415
    assert nobody.post("/login", data={"token": "x" * 20_000}).status_code == 413
    many = {f"f{n}": "x" for n in range(30)}
    assert nobody.post("/login", data=many).status_code == 400
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert nobody.post("/login", content=b"token=\xff\xfe", headers=form).status_code == 400
