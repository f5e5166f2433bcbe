"""Label Studio's side of connect: one webhook, exactly as it should be, whatever was there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ls_webhooks import ACTIONS, TOKEN, LabelStudio, label_studio

from labelwright.contracts import Server
from labelwright.problems import DataError, UsageError
from labelwright_plugins.label_studio import hooks_register
from labelwright_plugins.label_studio.hooks import HEADER, hooks

URL = "http://127.0.0.1:8790/webhooks/label-studio/emails"
SECRET = "s" * 64


@pytest.fixture
def tool() -> Iterator[LabelStudio]:
    with label_studio() as running:
        yield running


@pytest.fixture
def server(tool: LabelStudio, tmp_path: Path) -> Server:
    (tmp_path / "token").write_text(TOKEN)
    return Server(tool.url, str(tmp_path / "token"))


def only(tool: LabelStudio) -> dict[str, Any]:
    (found,) = tool.hooks.values()
    return found


def test_created_once_with_the_events_that_matter(tool: LabelStudio, server: Server) -> None:
    made = hooks.connect(server, "Emails", URL, SECRET, False)
    assert (made.state, made.id, made.address) == ("created", "1", f"{tool.url}/projects/7/settings/webhooks")
    assert only(tool) == {
        "id": 1,
        "organization": 1,
        "project": 7,
        "url": URL,
        "send_payload": True,
        "send_for_all_actions": False,
        "headers": {HEADER: SECRET},
        "is_active": True,
        "actions": list(hooks_register.EVENTS),
    }
    assert not [one for one in hooks_register.EVENTS if "LABEL_LINK" in one]  # the server fails on them
    assert set(hooks_register.EVENTS) < ACTIONS
    assert tool.writes == ["POST /api/webhooks/"]
    assert hooks.connect(server, "7", URL, SECRET, False).state == "unchanged"
    assert hooks.connect(server, "Emails", URL, SECRET, True).state == "unchanged"
    assert tool.writes == ["POST /api/webhooks/"]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"is_active": False}, ("active",)),
        ({"send_payload": False}, ("payload",)),
        ({"send_for_all_actions": True}, ("events",)),
        ({"actions": ["TASKS_CREATED"]}, ("events",)),
        ({"headers": {}}, ("secret",)),
        ({"headers": {HEADER: "old"}}, ("secret",)),
        ({"headers": {HEADER.lower(): "old", HEADER: SECRET}}, ("secret",)),
        ({"url": URL + "/"}, ("address",)),
        ({"url": "http://elsewhere.example/webhooks/label-studio/emails"}, ("address",)),
    ],
)
def test_what_differs_is_found_and_repaired(
    tool: LabelStudio, server: Server, change: dict[str, Any], differs: tuple[str, ...]
) -> None:
    hooks.connect(server, "Emails", URL, SECRET, False)
    right = dict(only(tool))
    only(tool).update(change)
    found = hooks.connect(server, "Emails", URL, SECRET, True)
    assert (found.state, found.differs) == ("wrong", differs)
    assert only(tool) == {**right, **change}, "a check changes nothing"
    done = hooks.connect(server, "Emails", URL, SECRET, False)
    assert (done.state, done.differs) == ("updated", differs)
    assert only(tool) == right


def test_headers_that_somebody_added_stay(tool: LabelStudio, server: Server) -> None:
    tool.add(url=URL, headers={"Authorization": "Basic x"})
    hooks.connect(server, "Emails", URL, SECRET, False)
    assert only(tool)["headers"] == {"Authorization": "Basic x", HEADER: SECRET}
    assert hooks.connect(server, "Emails", URL, SECRET, False).state == "unchanged"


def test_of_several_the_best_is_left(tool: LabelStudio, server: Server) -> None:
    tool.add(url=URL)
    good = tool.add(
        url=URL,
        headers={HEADER: SECRET},
        send_for_all_actions=False,
        actions=list(hooks_register.EVENTS),
    )
    tool.add(url=URL)
    foreign = tool.add(url="http://other.example/")
    elsewhere = tool.add(url=URL, project=8)
    found = hooks.connect(server, "Emails", URL, SECRET, True)
    assert (found.state, found.differs, found.told) == (
        "wrong",
        (),
        ("2 more than one webhook sends here",),
    )
    done = hooks.connect(server, "Emails", URL, SECRET, False)
    assert (done.state, done.id, done.removed) == ("updated", str(good["id"]), 2)
    assert sorted(tool.hooks) == [good["id"], foreign["id"], elsewhere["id"]]


def test_disconnect_removes_ours_alone(tool: LabelStudio, server: Server) -> None:
    foreign = tool.add(url="http://other.example/", headers={HEADER: "theirs"})
    hooks.connect(server, "Emails", URL, SECRET, False)
    tool.add(url=URL)
    assert hooks.disconnect(server, "Emails", URL) == 2
    assert hooks.disconnect(server, "Emails", URL) == 0
    assert only(tool) == foreign


def test_a_missing_one_is_told(tool: LabelStudio, server: Server) -> None:
    assert hooks.connect(server, "Emails", URL, "", True).state == "missing"
    assert tool.writes == []


def refusal(server: Server, url: str = URL, project: str = "Emails") -> DataError:
    with pytest.raises(DataError) as caught:
        hooks.connect(server, project, url, SECRET, False)
    return caught.value


def test_private_addresses_that_are_protected(tool: LabelStudio, server: Server) -> None:
    tool.protected = True
    problem = refusal(server).problem
    assert problem.code == "label-studio.webhook-address-refused"
    assert "reserved network address" in problem.message and URL in problem.message
    assert "SSRF_PROTECTION_ENABLED=0" in problem.remedy
    assert tool.hooks == {}


def test_a_host_that_it_does_not_know(server: Server) -> None:
    problem = refusal(server, "http://labels.unknown/x").problem
    assert problem.code == "label-studio.webhook-address-unknown"
    assert "labels.unknown" in problem.message


def test_other_failures_are_told_as_they_are(tool: LabelStudio, server: Server) -> None:
    assert refusal(server, project="None such").problem.code == "label-studio.project-unknown"
    tool.failing["POST"] = 500
    assert refusal(server).problem.code == "label-studio.server-error"
    Path(server.token_file).write_text("wrong")
    assert refusal(server).problem.code == "label-studio.token-refused"


def test_the_configured_token_is_taken_and_no_environment(
    tool: LabelStudio, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "of-another-server")
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:1")
    assert hooks.connect(server, "Emails", URL, SECRET, False).state == "created"
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
    with pytest.raises(UsageError, match="names no token_file"):
        hooks.connect(Server(tool.url), "Emails", URL, SECRET, True)
