"""The API says what the tables hold, and never what it should not."""

from __future__ import annotations

from typing import Any

import pytest
from service_pages import BODY, TOKEN, add_event
from starlette.testclient import TestClient

from labelwright.service.context import Service
from labelwright.service.login import login_of

API = "/api/v1"


def get(client: TestClient, path: str) -> Any:
    answer = client.get(f"{API}{path}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json", answer.text
    assert BODY not in answer.text and TOKEN not in answer.text
    return answer.json()


def test_status_and_projects(filled: Service, program: TestClient) -> None:
    status = get(program, "/status")
    del status["time"], status["version"]
    assert status == {
        "projects": 2,
        "waiting_deliveries": 2,
        "running_builds": 0,
        "waiting_sends": 1,
        "dead_sends": 1,
    }
    emails, replies = get(program, "/projects")
    assert (emails["name"], emails["state"], emails["waiting"], emails["dead_sends"]) == (
        "emails",
        "waiting",
        1,
        1,
    )
    assert (replies["state"], replies["last_build"]["code"]) == ("failed", "label-studio.token-refused")
    assert replies == get(program, "/projects/replies")
    assert [d["published"] for d in get(program, "/datasets?project=emails")] == [None, 6]
    assert len(get(program, "/datasets")) == 3


def test_states_of_a_project(service: Service, program: TestClient) -> None:
    from service_pages import add_build, add_delivery

    def state() -> str:
        return str(get(program, "/projects/emails")["state"])

    assert state() == "new"
    add_build(service, "a")
    assert state() == "current"
    add_delivery(service, state="new")
    assert state() == "waiting"
    add_build(service, "c", state="failed", started_at=9e9)
    assert state() == "failed"
    add_build(service, "d", state="running", ended_at=None, started_at=9.1e9)
    assert state() == "running"
    assert get(program, "/projects/emails")["last_build"]["id"] == "c"


def test_deliveries_are_paged_and_never_told_whole(filled: Service, program: TestClient) -> None:
    found = get(program, "/deliveries?limit=10")
    assert [d["id"] for d in found] == list(range(27, 17, -1))
    assert set(found[0]) == {
        "id", "project", "event", "known", "items", "received_at", "last_at", "copies", "state", "build",
        "done_at",
    }  # fmt: skip
    assert [d["id"] for d in get(program, "/deliveries?before=3")] == [2, 1]
    assert [d["project"] for d in get(program, "/deliveries?state=new")] == ["replies", "emails"]
    assert get(program, "/deliveries/26")["items"] == ["*"]
    assert {d["event"] for d in get(program, "/deliveries?project=emails&state=ignored")} == {
        "PROJECT_UPDATED"
    }


def test_builds_and_events_are_paged(filled: Service, program: TestClient) -> None:
    builds = get(program, "/builds")
    assert [b["id"] for b in builds] == ["f1", "b1", "b0"]
    assert (
        builds[2]["missed"] == ["41", "42"]
        and builds[2]["changed"] == ["7", "8"]
        and builds[2]["gone"] == ["3"]
    )
    assert [b["id"] for b in get(program, "/builds?before=b1")] == ["b0"]
    assert get(program, "/builds?before=none") == []
    for name in ("evt_7", "evt_8"):
        add_event(filled, name, at=5.0)
    assert [e["id"] for e in get(program, "/events?limit=3")] == ["evt_2", "evt_1", "evt_8"]
    assert [e["id"] for e in get(program, "/events?before=evt_8")] == ["evt_7"]
    assert get(program, "/events?project=replies") == []
    dead = get(program, "/sends?state=dead")
    assert [(s["event"], s["target"], s["project"]) for s in dead] == [("evt_1", "ops", "emails")]
    assert len(get(program, "/sends?event=evt_2")) == 2


def test_versions(filled: Service, program: TestClient) -> None:
    base = "/projects/emails/datasets/train/versions"
    assert [v["number"] for v in get(program, base)] == [6, 5, 4, 3, 2, 1]
    assert [v["number"] for v in get(program, f"{base}?before=3&limit=1")] == [2]
    third = get(program, f"{base}/3")
    assert (third["agreement"], third["threshold"], third["gate"]) == (None, 0.8, "not measurable")
    assert third["kept"] and program.get(third["archive"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/projects/none", 404), ("/projects/NONE", 404), ("/deliveries/0", 404), ("/deliveries/x", 404),
        ("/deliveries/999", 404), ("/deliveries/99999999999999999999", 404), ("/deliveries?limit=0", 400),
        ("/deliveries?limit=501", 400), ("/deliveries?state=odd", 400), ("/deliveries?nonsense=1", 400),
        ("/builds?before=%00", 400), ("/builds?project=%3Cscript%3E", 400), ("/nothing", 404),
        ("/events?before=", 400), ("/projects/emails/datasets/none/versions", 404),
        ("/projects/emails/datasets/train/versions/99", 404),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_problem(path: str, status: int, filled: Service, program: TestClient) -> None:
    answer = program.get(f"{API}{path}", headers={"accept": "text/html"})
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status and "script" not in answer.text and "odd" not in answer.text


def test_programs_can_ask(filled: Service, program: TestClient) -> None:
    done = program.post(f"{API}/projects/emails/rebuild")
    assert (done.status_code, done.json()) == (202, {"project": "emails", "what": "rebuild"})
    assert program.post(f"{API}/projects/emails/reconcile").json()["what"] == "reconcile"
    assert program.post(f"{API}/deliveries/5/replay").status_code == 202
    assert program.post(f"{API}/sends/evt_1/ops/revive").status_code == 202
    assert program.post(f"{API}/sends/evt_1/ops/revive").status_code == 409
    assert [a[:2] for a in filled.extra["workflows"].asked] == [
        ("emails", "demand"), ("emails", "reconcile"), ("emails", "replay"),
    ]  # fmt: skip
    refused = program.get(f"{API}/projects/emails/rebuild")
    assert refused.status_code == 405 and refused.headers["allow"] == "POST"
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_browser_that_is_logged_in_needs_more_than_its_cookie(filled: Service, person: TestClient) -> None:
    assert person.get(f"{API}/status").status_code == 200
    path = f"{API}/projects/emails/rebuild"
    assert person.post(path).status_code == 403
    cookie = next(iter(person.cookies.values()))
    token = login_of(filled).csrf(f"session {cookie}")
    assert (
        person.post(path, headers={"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    )
    assert person.post(path, headers={"X-CSRF-Token": token}).status_code == 202
