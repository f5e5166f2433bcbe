"""The SDK's real client against a server that misbehaves: one message each, that says what to do."""

from __future__ import annotations

import socket
import sys
from typing import Any

import pytest
from cvat_double import Double
from cvat_double.server import CSRF, PASSWORD, TOKEN, USER

from labelwright.problems import DataError, UsageError
from labelwright_plugins.cvat.client import Client, connect
from labelwright_plugins.cvat.settings import Settings

HTML = {"Content-Type": "text/html"}
CASES: list[tuple[str, Any, str]] = [
    ("401", (401, {"detail": f"bad {TOKEN}"}, {}), "cvat.token-refused"),
    ("403", (403, {"detail": "no"}, {}), "cvat.forbidden"),
    ("404", (404, {"detail": "Not found."}, {}), "cvat.not-found"),
    ("406", (406, {"detail": "Could not satisfy the request Accept header."}, {}), "cvat.not-accepted"),
    ("429", (429, {"detail": "Request was throttled."}, {}), "cvat.busy"),
    ("400", (400, ["label_id `9999` is invalid"], {}), "cvat.refused"),
    ("500", (500, b"<html>oops", HTML), "cvat.server-error"),
    ("503", (503, b"busy", {}), "cvat.server-error"),
    ("page", (200, b"<!doctype html><p>hi", HTML), "cvat.not-an-answer"),
    ("json", (200, b'{"a": ', {}), "cvat.not-an-answer"),
    ("list", (200, [1], {}), "cvat.not-an-answer"),
    ("redirect", (302, b"", {"Location": "http://elsewhere.test/login"}), "cvat.not-an-answer"),
    ("cut", "cut", "cvat.cut-short"),
    ("drop", "drop", "cvat.unreachable"),
]


@pytest.mark.parametrize(("answer", "code"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_failure_is_one_problem_with_a_remedy(
    double: Double, client: Client, answer: Any, code: str
) -> None:
    double.fail("GET /api/projects", answer)
    with pytest.raises(DataError) as caught:
        client.pages("/api/projects")
    problem = caught.value.problem
    assert problem.code == code
    assert double.url in problem.message and problem.remedy
    assert TOKEN not in str(caught.value)


def test_nobody_listens() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with connect(Settings(url, TOKEN)) as client, pytest.raises(DataError, match="refused"):
            client.about()


def test_an_unknown_host() -> None:
    with connect(Settings("http://nowhere.invalid", TOKEN)) as client, pytest.raises(DataError) as caught:
        client.about()
    assert caught.value.problem.code == "cvat.unreachable"


def test_a_server_without_a_certificate(double: Double) -> None:
    secure = double.url.replace("http:", "https:")
    with connect(Settings(secure, TOKEN)) as client, pytest.raises(DataError) as caught:
        client.about()
    assert caught.value.problem.code == "cvat.unreachable"


def test_a_server_that_hangs_is_given_up(double: Double) -> None:
    double.fail("GET /api/server/about", "hang")
    with connect(Settings(double.url, TOKEN), timeout=0.1) as client, pytest.raises(DataError) as caught:
        client.about()
    assert caught.value.problem.code == "cvat.timed-out"


def test_reads_are_tried_again_and_writes_are_not(double: Double, client: Client) -> None:
    double.fail("GET /api/server/about", (503, b"busy", {}), 1)
    double.fail("GET /api/server/about", "cut", 1)
    double.fail("GET /api/server/about", (429, {"detail": "throttled"}, {}), 1)
    assert client.about() == "2.64.0"
    assert double.count("GET /api/server/about") == 4
    double.fail("POST /api/projects", (503, b"busy", {}), 1)
    with pytest.raises(DataError):
        client.post("/api/projects", {"name": "x"})
    assert double.count("POST") == 1


def test_a_wrong_token(double: Double) -> None:
    wrong = "wrong.0123456789"
    with connect(Settings(double.url, wrong)) as client, pytest.raises(DataError) as caught:
        client.pages("/api/projects")
    assert caught.value.problem.code == "cvat.token-refused"
    assert wrong not in str(caught.value) + repr(client)


def test_the_token_is_a_bearer_and_the_form_is_cvats(double: Double, client: Client) -> None:
    client.pages("/api/projects")
    assert double.heads[-1]["Authorization"] == f"Bearer {TOKEN}"
    assert double.heads[-1]["Accept"] == "application/vnd.cvat+json"


def test_a_password_makes_a_session_that_may_write(double: Double) -> None:
    with connect(Settings(double.url, "", USER, PASSWORD)) as client:
        made = client.post("/api/projects", {"name": "By session", "labels": []})
    assert made["name"] == "By session"
    assert double.asked == ["POST /api/auth/login", "POST /api/projects"]
    assert double.heads[-1]["X-CSRFToken"] == CSRF and "Authorization" not in double.heads[-1]


def test_a_wrong_password_is_told_without_showing_it(double: Double) -> None:
    with pytest.raises(DataError) as caught:
        connect(Settings(double.url, "", USER, "s3cr3t"))
    assert caught.value.problem.code == "cvat.login-refused"
    assert "'admin'" in str(caught.value) and "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("body", [{}, [1], b"<p>Log in", b""], ids=["empty", "list", "page", "nothing"])
def test_a_log_in_that_is_none(double: Double, body: Any) -> None:
    double.fail("POST /api/auth/login", (200, body, HTML))
    with pytest.raises(DataError) as caught:
        connect(Settings(double.url, "", USER, PASSWORD))
    assert caught.value.problem.code == "cvat.not-an-answer"


def test_lists_longer_than_a_page(double: Double, client: Client) -> None:
    for number in range(250):
        double.state.create_project({"name": f"p{number}"}, {"organization": None}, None)
    found = client.pages("/api/projects")
    assert len(found) == 252
    assert [p["id"] for p in found] == sorted({p["id"] for p in found})
    assert double.count("GET /api/projects") == 3


def test_a_list_that_shifts_is_read_again(double: Double, client: Client) -> None:
    for number in range(150):
        double.state.create_project({"name": f"p{number}"}, {"organization": None}, None)
    short: dict[str, Any] = {"count": 152, "next": None, "previous": None, "results": []}
    double.fail("GET /api/projects.*page=2", (200, short, {}), 1)
    assert len(client.pages("/api/projects")) == 152
    double.fail("GET /api/projects.*page=2", (200, short, {}))
    with pytest.raises(DataError) as caught:
        client.pages("/api/projects")
    assert caught.value.problem.code == "cvat.list-unsteady"


def test_an_organization_goes_with_every_request(double: Double) -> None:
    double.state.projects[3]["organization"] = 1
    with connect(Settings(double.url, TOKEN, organization="acme")) as client:
        assert [p["id"] for p in client.pages("/api/projects")] == [3]
    with connect(Settings(double.url, TOKEN)) as client:
        assert [p["id"] for p in client.pages("/api/projects")] == [1, 3]
    nobody = Settings(double.url, TOKEN, organization="nobody")
    with connect(nobody) as client, pytest.raises(DataError) as caught:
        client.pages("/api/projects")
    assert caught.value.problem.code == "cvat.not-found" and "organization" in caught.value.problem.remedy


def test_without_the_sdk_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cvat_sdk", None)
    with pytest.raises(UsageError, match=r"pip install 'labelwright\[cvat\]'"):
        connect(Settings("http://x", TOKEN))
