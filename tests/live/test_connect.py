"""connect, check, rotate and disconnect against the real server, with a receiver that holds the secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hearing_double import Hearing, hearing
from programs import until
from tests.live import server as starting
from tests.live.command import Labelwright
from tests.live.server import Server

from labelwright.contracts import Server as ToolServer
from labelwright.problems import DataError
from labelwright.service.secrets import WebhookSecrets
from labelwright_plugins.label_studio.hooks import HEADER, hooks

pytestmark = pytest.mark.live
ANSWER = [{"from_name": "category", "to_name": "text", "type": "choices"}]
TITLE = "Connected e-mails"


@pytest.fixture
def heard() -> Iterator[Hearing]:
    with hearing() as started:
        yield started


@pytest.fixture
def folder(
    server: Server, labelwright: Labelwright, heard: Hearing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where labelwright.toml lies, as init wrote it."""
    monkeypatch.delenv("LABEL_STUDIO_API_KEY")
    monkeypatch.delenv("LABEL_STUDIO_URL")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_text(server.token)
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "items.json").write_text('[{"text": "Where is my order?"}, {"text": "Hello"}]')
    monkeypatch.setenv("LABEL_STUDIO_API_KEY_FILE", str(tmp_path / "token"))
    items = ("--items", tmp_path / "items.json", "--url", server.url)
    labelwright("install", "label-studio", "email-classification", "--project", TITLE, *items)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY_FILE")
    return tmp_path


def received(heard: Hearing, count: int, event: str) -> list[dict[str, str]]:
    """The headers of the deliveries of an event, once there are so many."""

    def found() -> list[dict[str, str]]:
        return [h for h, body in heard.requests if json.loads(body)["action"] == event]

    until(lambda: len(found()) >= count)
    return found()


def test_from_init_to_disconnect(
    server: Server, labelwright: Labelwright, folder: Path, heard: Hearing
) -> None:
    given = ("--url", server.url, "--token-file", "token", "--project", TITLE, "--to", "openai")
    public = heard.url.removesuffix("/webhooks/x/y")
    made = labelwright(
        "init",
        "--tool",
        "label-studio",
        *given,
        "--name",
        "emails",
        "--template",
        "detect",
        "--public-url",
        public,
    )
    assert f"has the project {TITLE!r}" in made.err
    assert "template: email-classification (told from the project)" in made.err
    connect = ("connect", "label-studio", "emails", "--webhook")
    assert "is not registered" in labelwright(*connect, "--check", code=1).out
    assert "registered" in labelwright(*connect).out
    assert "nothing changed" in labelwright(*connect).out
    assert "is as it should be" in labelwright(*connect, "--check").out

    project = next(p for p in server.api("GET", "/api/projects/")["results"] if p["title"] == TITLE)["id"]
    secrets = WebhookSecrets(folder / "labelwright-data")
    first = secrets.newest("emails")
    task, other = server.tasks(project)
    server.annotate(task, [{**ANSWER[0], "value": {"choices": ["SALES_INQUIRY"]}}])
    (headers,) = received(heard, 1, "ANNOTATION_CREATED")
    assert headers[HEADER.lower()] == first
    assert hooks.authentic(headers, b"", secrets.believed("emails"))

    labelwright("secrets", "rotate", "--grace", "1h")
    assert secrets.newest("emails") != first and len(secrets.believed("emails")) == 2
    server.annotate(other, [{**ANSWER[0], "value": {"choices": ["GENERAL_FEEDBACK"]}}])
    latest = received(heard, 2, "ANNOTATION_CREATED")[-1]
    assert latest[HEADER.lower()] == secrets.newest("emails")
    assert hooks.authentic(latest, b"", secrets.believed("emails"))

    # Label links are not sent: the server would fail on them, and the request with it.
    server.api(
        "POST",
        "/api/labels/",
        [{"project": project, "from_name": "category", "value": ["NEW"], "title": "New"}],
    )

    assert "1 webhook removed" in labelwright("disconnect", "label-studio", "emails").out
    before = len(heard.requests)
    server.annotate(task, [{**ANSWER[0], "value": {"choices": ["SUPPORT_REQUEST"]}}])
    assert len(heard.requests) == before
    assert server.api("GET", f"/api/webhooks/?project={project}") == []
    assert secrets.believed("emails") == []


def test_what_differs_on_the_server_is_repaired(
    server: Server, labelwright: Labelwright, folder: Path, heard: Hearing
) -> None:
    given = ("--url", server.url, "--token-file", "token", "--project", TITLE, "--to", "openai")
    public = heard.url.removesuffix("/webhooks/x/y")
    labelwright(
        "init", "--tool", "label-studio", *given, "--template", "email-classification", "--public-url", public
    )
    name = "connected-e-mails"
    connect = ("connect", "label-studio", name, "--webhook")
    labelwright(*connect)
    project = next(p for p in server.api("GET", "/api/projects/")["results"] if p["title"] == TITLE)["id"]
    (right,) = server.api("GET", f"/api/webhooks/?project={project}")
    # A change that names no events takes them away, here by hand.
    server.api("PATCH", f"/api/webhooks/{right['id']}/", {"is_active": False})
    server.api("POST", "/api/webhooks/", {"project": project, "url": right["url"]})
    wrong = labelwright(*connect, "--check", code=1)
    assert "(events, active)" in wrong.out and "1 more than one webhook sends here" in wrong.out
    repaired = labelwright(*connect)
    assert "repaired (events, active); 1 too many removed" in repaired.out
    (found,) = server.api("GET", f"/api/webhooks/?project={project}")
    moved = ("updated_at", "created_at")
    assert {k: v for k, v in found.items() if k not in moved} == {
        k: v for k, v in right.items() if k not in moved
    }
    labelwright("disconnect", "label-studio", name)


def test_a_protected_server_is_told_which_switch_to_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(starting.QUIET, "SSRF_PROTECTION_ENABLED", "1")
    with starting.running(tmp_path / "server") as protected:
        (tmp_path / "token").write_text(protected.token)
        where = ToolServer(protected.url, str(tmp_path / "token"))
        config = {"title": "Protected", "label_config": "<View></View>"}
        project = str(protected.api("POST", "/api/projects/", config)["id"])
        for address, code in (
            ("http://127.0.0.1:8790/x", "label-studio.webhook-address-refused"),
            ("http://labels.invalid/x", "label-studio.webhook-address-unknown"),
        ):
            with pytest.raises(DataError) as caught:
                hooks.connect(where, project, address, "s" * 64, False)
            assert caught.value.problem.code == code, caught.value.problem.message
            assert address in caught.value.problem.message
        assert protected.api("GET", f"/api/webhooks/?project={project}") == []
