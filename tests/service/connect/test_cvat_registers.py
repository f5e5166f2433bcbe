"""CVAT's side of connect: one webhook, its secret always written, its ping told."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cvat_double import Double, running, seeded
from cvat_double.seed import recorded
from cvat_double.server import PASSWORD, TOKEN, USER
from cvat_double.webhooks import deliver
from hearing_double import Hearing, hearing

from labelwright.contracts import Server
from labelwright.problems import DataError, UsageError
from labelwright_plugins.cvat import hooks_register as register

NOWHERE = "http://127.0.0.1:1/webhooks/cvat/street"
PROJECT = "1"
SECRET, NEW = "s" * 64, "n" * 64


@pytest.fixture
def double() -> Iterator[Double]:
    with running(seeded()) as started:
        yield started


@pytest.fixture
def heard() -> Iterator[Hearing]:
    with hearing() as started:
        yield started


@pytest.fixture
def server(double: Double, tmp_path: Path) -> Server:
    (tmp_path / "token").write_text(TOKEN)
    return Server(double.url, str(tmp_path / "token"))


def only(double: Double) -> dict[str, Any]:
    (found,) = double.state.hooks.values()
    return found


def test_created_with_the_events_that_matter_and_pinged(
    double: Double, server: Server, heard: Hearing
) -> None:
    made = register.connect(server, PROJECT, heard.url, SECRET, False)
    assert (made.state, made.told) == ("created", ("ping: was answered 200",))
    assert made.address == f"{double.url}/projects/1/webhooks"
    hook = only(double)
    assert made.id == str(hook["id"])
    assert hook["events"] == list(register.EVENTS)
    assert set(register.EVENTS) <= set(recorded("webhook_events_project")["events"])
    assert (hook["target_url"], hook["enable_ssl"], hook["is_active"]) == (heard.url, True, True)
    assert (hook["project_id"], hook["content_type"], hook["type"]) == (1, "application/json", "project")
    ((headers, body),) = heard.requests
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-signature-256"] == f"sha256={digest}"


def test_the_second_time_changes_nothing_that_can_be_seen(
    double: Double, server: Server, heard: Hearing
) -> None:
    register.connect(server, PROJECT, heard.url, SECRET, False)
    before = dict(only(double))
    again = register.connect(server, PROJECT, heard.url, SECRET, False)
    assert (again.state, again.differs, again.removed) == ("unchanged", (), 0)
    assert {**only(double), "updated_date": ""} == {**before, "updated_date": ""}
    assert register.connect(server, PROJECT, heard.url, SECRET, True).state == "unchanged"


def test_the_secret_is_written_though_it_cannot_be_read(
    double: Double, server: Server, heard: Hearing
) -> None:
    made = register.connect(server, PROJECT, heard.url, SECRET, False)
    assert register.connect(server, PROJECT, heard.url, NEW, False).state == "unchanged"
    assert double.state.hook_secrets[int(made.id)] == NEW


def test_a_service_that_does_not_run_need_not_answer(server: Server) -> None:
    made = register.connect(server, PROJECT, NOWHERE, SECRET, False)
    assert made.state == "created"
    (told,) = made.told
    assert "502" in told and "does not run" in told
    found = register.connect(server, PROJECT, NOWHERE, SECRET, True)
    assert (found.state, found.differs) == ("wrong", ("deliveries",))


def test_a_check_tells_a_secret_that_is_not_believed(double: Double, server: Server, heard: Hearing) -> None:
    made = register.connect(server, PROJECT, heard.url, SECRET, False)
    heard.status = 401
    deliver(double.state, int(made.id), {"event": "update:job"})
    asked = len(double.asked)
    found = register.connect(server, PROJECT, heard.url, SECRET, True)
    assert (found.state, found.differs) == ("wrong", ("secret",))
    assert found.told == (
        "the last delivery (update:job) was answered 401: the service does not know the secret",
    )
    assert [line for line in double.asked[asked:] if not line.startswith("GET ")] == [], "only looks"
    heard.status = 200
    assert register.connect(server, PROJECT, heard.url, SECRET, False).state == "unchanged"
    assert register.connect(server, PROJECT, heard.url, SECRET, True).state == "unchanged"


def test_a_delivery_from_before_the_repair_does_not_count(
    double: Double, server: Server, heard: Hearing
) -> None:
    made = register.connect(server, PROJECT, heard.url, SECRET, False)
    heard.status = 500
    deliver(double.state, int(made.id), {"event": "update:job"})
    assert register.connect(server, PROJECT, heard.url, SECRET, True).differs == ("deliveries",)
    only(double)["updated_date"] = double.state.tick()
    assert register.connect(server, PROJECT, heard.url, SECRET, True).state == "unchanged"


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"is_active": False}, "active"),
        ({"events": ["update:issue"]}, "events"),
        ({"enable_ssl": False}, "check of certificates"),
        ({"content_type": "application/xml"}, "content type"),
        ({"target_url": "SLASH"}, "address"),
    ],
)
def test_what_differs_is_repaired(
    double: Double, server: Server, heard: Hearing, change: dict[str, Any], differs: str
) -> None:
    register.connect(server, PROJECT, heard.url, SECRET, False)
    right = dict(only(double))
    only(double).update({k: heard.url + "/" if v == "SLASH" else v for k, v in change.items()})
    found = register.connect(server, PROJECT, heard.url, SECRET, True)
    assert (found.state, found.differs) == ("wrong", (differs,))
    done = register.connect(server, PROJECT, heard.url, SECRET, False)
    assert (done.state, done.differs) == ("updated", (differs,))
    assert {**only(double), "updated_date": ""} == {**right, "updated_date": ""}


def test_of_several_one_is_left_and_others_are_told(double: Double, server: Server, heard: Hearing) -> None:
    made = register.connect(server, PROJECT, heard.url, SECRET, False)
    row = only(double)
    double.state.hooks[7] = {**row, "id": 7, "is_active": False}
    double.state.hooks[8] = {**row, "id": 8, "target_url": NOWHERE}
    double.state.hooks[9] = {**row, "id": 9, "target_url": NOWHERE, "description": "theirs"}
    double.state.hooks[10] = {**row, "id": 10, "project_id": 3}
    found = register.connect(server, PROJECT, heard.url, SECRET, True)
    assert found.state == "wrong"
    done = register.connect(server, PROJECT, heard.url, SECRET, False)
    assert (done.state, done.id, done.removed) == ("updated", made.id, 1)
    assert f"another webhook of labelwright sends to {NOWHERE}" in done.told
    assert sorted(double.state.hooks) == [8, 9, 10, int(made.id)]
    assert register.disconnect(server, PROJECT, heard.url) == 1
    assert register.disconnect(server, PROJECT, heard.url) == 0
    assert sorted(double.state.hooks) == [8, 9, 10]


def test_events_as_newer_servers_tell_them(double: Double, server: Server, heard: Hearing) -> None:
    register.connect(server, PROJECT, heard.url, SECRET, False)
    hook = only(double)
    hook["events"] = [{"key": one, "group": {"display_name": "x"}} for one in hook["events"]]
    assert register.connect(server, PROJECT, heard.url, SECRET, True).state == "unchanged"


def test_what_belongs_to_no_project_cannot_be_connected(double: Double, server: Server) -> None:
    double.state.tasks[2]["project_id"] = None
    with pytest.raises(DataError) as caught:
        register.connect(server, "task:2", NOWHERE, SECRET, False)
    assert caught.value.problem.code == "cvat.webhook-no-project"
    made = register.connect(server, "task:1", NOWHERE, SECRET, False)
    assert made.state == "created" and only(double)["project_id"] == 1


def test_a_ping_that_cannot_be_sent_is_told(double: Double, server: Server) -> None:
    double.fail(r"POST .*/ping", (500, {"detail": "boom"}, {}))
    made = register.connect(server, PROJECT, NOWHERE, SECRET, False)
    assert made.state == "created" and made.told[0].startswith("ping: not sent (")


def test_the_configured_log_in_is_taken_and_no_environment(
    double: Double, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVAT_ACCESS_TOKEN", "of-another-server")
    assert register.connect(server, PROJECT, NOWHERE, SECRET, False).state == "created"
    (tmp_path / "password").write_text(PASSWORD)
    named = Server(double.url, username=USER, password_file=str(tmp_path / "password"))
    assert register.connect(named, PROJECT, NOWHERE, SECRET, False).state == "unchanged"
    monkeypatch.setenv("CVAT_ACCESS_TOKEN", TOKEN)
    with pytest.raises(UsageError, match="names no token_file"):
        register.connect(Server(double.url), PROJECT, NOWHERE, SECRET, False)
