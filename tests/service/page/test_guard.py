"""Every route is closed unless it is said to be open; every answer tells browsers what they may do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from service_pages import TOKEN, served
from starlette.routing import Route
from starlette.testclient import TestClient

from labelwright.service.app import build
from labelwright.service.context import Service
from labelwright.service.guard import HEADERS

EXPECTED_OPEN = {"/health", "/ready", "/login", "/session", "/static/{name}", "/webhooks/{tool}/{project}"}
VALUES = {"project": "emails", "dataset": "train", "number": "1", "name": "page.css", "path": "train.jsonl"}


def asked(service: Service) -> list[tuple[str, str, str]]:
    """Method, path as it is declared, and path filled in, of every route there is."""
    found = []
    for route in build(service).routes:
        assert isinstance(route, Route), "a mounted application would not be walked"
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: VALUES.get(m[1], "1"), route.path)
        declared = re.sub(r":\w+\}", "}", route.path)
        found += [(method, declared, path) for method in sorted(route.methods or ())]
    return found


def test_every_route_that_is_not_listed_is_closed(service: Service, nobody: TestClient) -> None:
    closed = 0
    for method, declared, path in asked(service):
        if declared in EXPECTED_OPEN:
            continue
        assert nobody.request(method, path).status_code == 401, (method, declared)
        person = nobody.request(method, path, headers={"accept": "text/html"})
        away = declared.startswith(("/api/", "/openapi")) or declared == "/metrics"
        if not away:
            assert person.status_code == 303 and person.headers["location"].startswith("/login"), declared
        closed += 1
    assert closed > 30


def test_what_is_not_there_cannot_be_told_from_what_is_closed(nobody: TestClient) -> None:
    for path in (
        "/projects/emails",
        "/projects/none",
        "/no/such",
        "/api/v1/status",
        "/api/v9/x",
        "/health/",
        "//",
    ):
        answer = nobody.get(path)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        assert answer.json() == {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": ""}


def test_every_answer_carries_the_headers(filled: Service, nobody: TestClient, program: TestClient) -> None:
    answers = [nobody.get("/"), nobody.get("/login"), nobody.get("/static/page.js"), nobody.get("/nothing")]
    answers += [
        program.get(p) for p in ("/", "/projects/emails", "/api/v1/status", "/nothing", "/openapi.json")
    ]
    answers += [
        nobody.post("/webhooks/label-studio/emails"),
        nobody.get("/", headers={"host": "evil.example"}),
    ]
    for answer in answers:
        for name, value in HEADERS.items():
            if name != "Cache-Control":
                assert answer.headers[name] == value
        assert "server" not in answer.headers
    assert "'unsafe" not in HEADERS["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
    assert program.get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("localhost", True),
        ("localhost:8790", True),
        ("LOCALHOST:1", True),
        ("127.0.0.1:8790", True),
        ("labels.example.org", True),
        ("labels.example.org:443", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("labels.example.org.evil.example", False),
        ("10.0.0.7", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_other_names_are_refused(host: str, taken: bool, tmp_path: Path) -> None:
    with served(tmp_path, {"service": {"public_url": "https://labels.example.org"}}) as service:
        found = TestClient(build(service)).get("/login", headers={"host": host})
        assert found.status_code == (200 if taken else 421)


def test_a_name_nobody_knows_loses_no_delivery_and_no_probe(tmp_path: Path, service: Service) -> None:
    client = TestClient(build(service), base_url="http://another.name")
    assert client.post("/webhooks/label-studio/emails", json={}).status_code == 401
    assert client.get("/health").status_code in (200, 404)
    assert client.get("/").status_code == 421
    # No page of somebody else can make a browser send the token itself.
    assert client.get("/api/v1/status", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    with served(tmp_path / "all", {"service": {"host": "0.0.0.0"}}) as everywhere:
        found = TestClient(build(everywhere))
        assert found.get("/login", headers={"host": "192.0.2.7:8790"}).status_code == 200
        assert found.get("/login", headers={"host": "[2001:db8::7]:8790"}).status_code == 200
        assert found.get("/login", headers={"host": "evil.example"}).status_code == 421


def metrics(service: Service, peer: str, **headers: str) -> int:
    """The status of ``/metrics``; 404 stands for an open way to a route that may not be there."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    client = TestClient(build(service), base_url="http://localhost", client=(peer, 1))
    status = client.get("/metrics", headers=told).status_code
    return 200 if status == 404 else status


def test_metrics_are_open_to_this_machine_alone(service: Service, tmp_path: Path) -> None:
    assert metrics(service, "127.0.0.1") == metrics(service, "::1") == 200
    assert metrics(service, "192.0.2.7") == metrics(service, "::ffff:192.0.2.7") == 401
    assert metrics(service, "127.0.0.1", x_forwarded_for="192.0.2.7") == 401
    assert metrics(service, "127.0.0.1", host="evil.example") == 421
    assert metrics(service, "192.0.2.7", authorization=f"Bearer {TOKEN}") == 200
    with served(tmp_path / "proxied", {"login": {"proxies": ["127.0.0.0/8"]}}) as proxied:
        assert metrics(proxied, "127.0.0.1") == 401


def test_what_fails_says_nothing_of_itself(
    filled: Service, program: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("the secret is sesame")

    monkeypatch.setattr("labelwright.service.page.views.overview", fails)
    answer = program.get("/")
    assert answer.status_code == 500 and "sesame" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/problem+json"
    shown = program.get("/", headers={"accept": "text/html"})
    assert shown.status_code == 500 and "<h1>Internal Server Error</h1>" in shown.text


def test_a_database_that_is_away_is_503(filled: Service, program: TestClient) -> None:
    with filled.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE builds RENAME TO elsewhere")
    answer = program.get("/api/v1/builds")
    assert answer.status_code == 503 and answer.headers["content-type"] == "application/problem+json"
    assert "builds" not in answer.text
