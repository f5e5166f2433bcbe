"""connect, disconnect and rotate over the configuration: found by name, idempotent, safe to interrupt."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ls_webhooks import LabelStudio

from labelwright.contracts import Registered
from labelwright.problems import DataError, UsageError
from labelwright.service import connecting
from labelwright.service import secrets as secrets_module
from labelwright.service.config.load import Loaded, load
from labelwright.service.secrets import WebhookSecrets
from labelwright_plugins.label_studio.hooks_register import HEADER

URL = "http://127.0.0.1:8790/webhooks/label-studio/emails"


def registered(tool: LabelStudio) -> str:
    """The secret that the tool knows for the project emails."""
    (hook,) = [one for one in tool.hooks.values() if one["project"] == 7]
    return str(hook["headers"][HEADER])


def believed(loaded: Loaded, name: str = "emails") -> list[str]:
    return WebhookSecrets(loaded.data).believed(name)


@pytest.mark.parametrize("project", ["emails", "Emails"])
def test_a_project_is_connected_by_its_name_or_the_tools(
    loaded: Loaded, tool: LabelStudio, project: str
) -> None:
    done = connecting.connect(loaded, "label-studio", project)
    assert done.registered is not None
    assert (done.project, done.tool, done.url) == ("emails", "Label Studio", URL)
    assert done.right and done.registered.state == "created"
    assert believed(loaded) == [registered(tool)]
    again = connecting.connect(loaded, "label-studio", project)
    assert again.registered is not None and again.registered.state == "unchanged"


def test_what_is_not_configured_is_named(loaded: Loaded) -> None:
    for tool, project, said in (
        ("label-studio", "email", "did you mean 'emails'"),
        ("label-studio", "99", "there are: emails, other"),
        ("label-studo", "emails", "did you mean 'label-studio'"),
    ):
        with pytest.raises(UsageError, match=said):
            connecting.connect(loaded, tool, project)
    loaded.config.projects["other"].project = "Emails"
    with pytest.raises(UsageError, match="name one of: emails, other"):
        connecting.connect(loaded, "label-studio", "Emails")


def test_a_table_of_another_name_is_found_by_it_and_by_its_tool(config: Path, tool: LabelStudio) -> None:
    text = config.read_text().replace("[tools.label-studio]", '[tools.acme]\ntool = "label-studio"')
    config.write_text(text.replace('tool = "label-studio"\nproject', 'tool = "acme"\nproject'))
    loaded = load(config)
    for name in ("acme", "label-studio"):
        assert connecting.connect(loaded, name, "emails").url == URL.replace("label-studio", "acme")
    assert len(tool.hooks) == 1


def test_a_check_looks_and_makes_nothing(loaded: Loaded, tool: LabelStudio) -> None:
    done = connecting.connect(loaded, "label-studio", "emails", check=True)
    assert done.registered is not None and done.registered.state == "missing" and not done.right
    assert tool.writes == [] and not loaded.data.exists()
    connecting.connect(loaded, "label-studio", "emails")
    assert connecting.connect(loaded, "label-studio", "emails", check=True).right
    next(iter(tool.hooks.values()))["is_active"] = False
    wrong = connecting.connect(loaded, "label-studio", "emails", check=True)
    assert wrong.registered is not None and wrong.registered.differs == ("active",) and not wrong.right


def test_an_address_that_no_tool_can_have_is_refused(loaded: Loaded, tool: LabelStudio) -> None:
    for host, port in (("0.0.0.0", 8790), ("::", 8790), ("127.0.0.1", 0)):
        loaded.config.service.host, loaded.config.service.port = host, port
        with pytest.raises(UsageError, match="public_url"):
            connecting.connect(loaded, "label-studio", "emails")
    loaded.config.service.public_url = "https://labels.example/base/"
    done = connecting.connect(loaded, "label-studio", "emails")
    assert done.url == "https://labels.example/base/webhooks/label-studio/emails"
    assert next(iter(tool.hooks.values()))["url"] == done.url


def test_a_moved_service_repairs_its_webhook(loaded: Loaded, tool: LabelStudio) -> None:
    connecting.connect(loaded, "label-studio", "emails")
    loaded.config.service.public_url = "https://labels.example"
    done = connecting.connect(loaded, "label-studio", "emails")
    assert done.registered is not None and done.registered.differs == ("address",)
    assert [one["url"] for one in tool.hooks.values()] == [done.url]


@pytest.mark.parametrize("server", ["http://labels.example", "http://10.0.0.7:8080"])
def test_a_loopback_address_given_to_a_server_elsewhere_is_told(
    loaded: Loaded, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = connecting.find(loaded, "label-studio", "emails")
    there = connecting._told(found, URL, Registered("created"))
    assert there.registered is not None and there.registered.told == ()
    loaded.config.tools["label-studio"].url = server
    far = connecting._told(connecting.find(loaded, "label-studio", "emails"), URL, Registered("created"))
    assert far.registered is not None
    (told,) = far.registered.told
    assert server in told and "public_url" in told


def test_disconnect_forgets_only_what_is_gone(loaded: Loaded, tool: LabelStudio) -> None:
    connecting.connect(loaded, "label-studio", "emails")
    tool.failing["DELETE"] = 500
    with pytest.raises(DataError):
        connecting.disconnect(loaded, "label-studio", "emails")
    assert believed(loaded) == [registered(tool)]
    tool.failing.clear()
    assert connecting.disconnect(loaded, "label-studio", "emails") == 1
    assert (tool.hooks, believed(loaded)) == ({}, [])
    assert connecting.disconnect(loaded, "label-studio", "emails") == 0


def test_secrets_of_another_user_are_not_written(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded.data.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    for act in (connecting.connect, connecting.disconnect):
        with pytest.raises(UsageError, match="belongs to another user"):
            act(loaded, "label-studio", "emails")
    with pytest.raises(UsageError, match="belongs to another user"):
        connecting.rotate(loaded)
    assert list(loaded.data.iterdir()) == []


def test_rotation_changes_the_tool_and_believes_both(loaded: Loaded, tool: LabelStudio) -> None:
    connecting.connect(loaded, "label-studio", "emails")
    old = registered(tool)
    emails, other = connecting.rotate(loaded, grace=3600)
    assert emails.right and other.registered is not None and other.registered.state == "missing"
    new = registered(tool)
    assert new != old and believed(loaded) == [new, old]
    assert believed(loaded, "other") == []
    assert not WebhookSecrets(loaded.data).unsettled("emails")
    connecting.rotate(loaded, ["emails"], grace=0)
    assert believed(loaded) == [registered(tool)]
    with pytest.raises(UsageError, match="there are: emails, other"):
        connecting.rotate(loaded, ["nobody"])


def test_a_rotation_that_the_tool_refuses_keeps_both(loaded: Loaded, tool: LabelStudio) -> None:
    connecting.connect(loaded, "label-studio", "emails")
    old = registered(tool)
    tool.failing["PATCH"] = 500
    (done,) = connecting.rotate(loaded, ["emails"])
    assert done.problem is not None and not done.right
    assert done.problem.code == "service.secret-not-registered"
    assert "database is away" in done.problem.message and "labelwright connect" in done.problem.remedy
    pending, kept = believed(loaded)
    assert kept == old == registered(tool)
    tool.failing.clear()
    (again,) = connecting.rotate(loaded, ["emails"])
    assert again.right and registered(tool) == pending, "it goes on with the secret it had made"
    assert not WebhookSecrets(loaded.data).unsettled("emails")


def test_connect_ends_a_rotation_too(loaded: Loaded, tool: LabelStudio) -> None:
    connecting.connect(loaded, "label-studio", "emails")
    tool.failing["PATCH"] = 500
    connecting.rotate(loaded, ["emails"])
    tool.failing.clear()
    connecting.connect(loaded, "label-studio", "emails")
    assert believed(loaded)[0] == registered(tool)
    assert not WebhookSecrets(loaded.data).unsettled("emails")


def test_a_tool_that_is_away_changes_nothing_and_stops_no_other(loaded: Loaded, tool: LabelStudio) -> None:
    connecting.connect(loaded, "label-studio", "emails")
    old = believed(loaded)
    tool.failing["GET"] = 500
    failed = connecting.rotate(loaded)
    assert [one.problem.code for one in failed if one.problem] == ["service.webhook-not-found-out"] * 2
    assert connecting.failed(failed) and believed(loaded) == old


class Killed(BaseException):
    """The process ends here."""


def _raise(*given: Any) -> None:
    raise Killed


def after(act: Callable[..., Any]) -> Callable[..., Any]:
    """Does it, and ends then."""

    def wrapped(*given: Any, **named: Any) -> None:
        act(*given, **named)
        raise Killed

    return wrapped


def second(act: Callable[..., Any], then: Callable[..., Any]) -> Callable[..., Any]:
    """The first call as it is, the next one otherwise."""
    calls: list[int] = []

    def wrapped(*given: Any, **named: Any) -> Any:
        calls.append(1)
        return (act if len(calls) == 1 else then)(*given, **named)

    return wrapped


WRITE = secrets_module.private_file
STEPS: dict[str, tuple[str, Callable[..., Any]]] = {
    "before the new secret is written": ("write", _raise),
    "after the new secret is written": ("write", after(WRITE)),
    "before the tool is told": ("patch", _raise),
    "after the tool is told": ("patch", after),
    "before the old secret is given an end": ("write", second(WRITE, _raise)),
    "after the old secret was given an end": ("write", second(WRITE, after(WRITE))),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_rotation_may_end_between_any_two_steps(
    loaded: Loaded, tool: LabelStudio, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelwright_plugins.label_studio.client import Client

    connecting.connect(loaded, "label-studio", "emails")
    old, (where, how) = registered(tool), STEPS[step]
    with monkeypatch.context() as patch:
        if where == "write":
            patch.setattr(secrets_module, "private_file", how)
        else:
            patch.setattr(Client, "patch", how(Client.patch) if how is after else how)
        with pytest.raises(Killed):
            connecting.rotate(loaded, ["emails"], grace=3600)
    assert registered(tool) in believed(loaded), "the webhook works"
    assert old in believed(loaded), "what is under way with the old one is believed"
    (again,) = connecting.rotate(loaded, ["emails"], grace=3600)
    assert again.right and believed(loaded)[0] == registered(tool) != old
    assert not WebhookSecrets(loaded.data).unsettled("emails")
    assert len(tool.hooks) == 1
