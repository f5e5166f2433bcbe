"""The double answers as the recorded server did, and refuses what nobody recorded."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from cvat_double import Double, State, running
from cvat_double.seed import recorded
from cvat_double.server import CSRF, KEY, PASSWORD, SESSION, TOKEN, USER


def ask(double: Double, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """One request with plain urllib: no SDK hides anything."""
    given = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    sent = {name: value for name, value in given.items() if value}
    try:
        with urlopen(Request(double.url + path, data, sent, method=method)) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


def test_a_route_that_was_not_recorded_fails_the_test() -> None:
    with pytest.raises(AssertionError, match=r"never recorded.*GET /api/guides"), running(State()) as double:
        assert ask(double, "GET", "/api/guides") == (404, {"detail": "Not found."})


def test_forms_and_log_ins(double: Double) -> None:
    path = "/api/projects"
    assert ask(double, "GET", path, Accept="application/json")[0] == 406
    assert ask(double, "GET", path, Accept="application/vnd.cvat+json")[0] == 200
    assert ask(double, "GET", path, Authorization=f"Token {TOKEN}")[0] == 401
    assert ask(double, "GET", path, Authorization=f"Token {KEY}")[0] == 200
    assert ask(double, "GET", path, Authorization="")[0] == 401
    cookie = {"Authorization": "", "Cookie": f"sessionid={SESSION}; csrftoken={CSRF}"}
    assert ask(double, "GET", path, **cookie)[0] == 200
    assert ask(double, "POST", path, {"name": "x"}, **cookie)[0] == 403
    assert ask(double, "POST", path, {"name": "x"}, **cookie, X_CSRFToken=CSRF)[0] == 201
    assert ask(double, "GET", path, X_Organization="nobody")[0] == 404
    login = {"username": USER, "password": PASSWORD}
    assert ask(double, "POST", "/api/auth/login", login, Authorization="") == (200, {"key": KEY})


def test_answers_are_the_recorded_ones(double: Double) -> None:
    for path, name in (("tasks/2", "tasks_2"), ("tasks/1/data/meta", "task_1_data_meta")):
        found, said = ask(double, "GET", f"/api/{path}")[1], recorded(name)
        assert found.keys() == said.keys()
        assert {k: v for k, v in found.items() if k != "owner"} == {
            k: v for k, v in said.items() if k != "owner"
        }
    for job in (1, 2, 3):
        found, said = (
            ask(double, "GET", f"/api/jobs/{job}/annotations")[1],
            recorded(f"jobs_{job}_annotations"),
        )
        assert found.keys() == said.keys()
        for kind in ("tags", "shapes", "tracks"):
            assert {row["id"]: row for row in found[kind]} == {row["id"]: row for row in said[kind]}
    labels = ask(double, "GET", "/api/labels?project_id=1&page_size=100")[1]
    assert labels == recorded("labels_project")


def test_pages_are_of_ten_unless_asked(double: Double) -> None:
    labels = ask(double, "GET", "/api/labels?project_id=1")[1]
    assert (labels["count"], len(labels["results"])) == (11, 10)
    assert labels["next"].startswith(double.url)
    assert len(ask(double, "GET", "/api/labels?project_id=1&page_size=0")[1]["results"]) == 10
    assert ask(double, "GET", "/api/labels?project_id=1&page=3")[0] == 404


def test_writes_change_what_is_read_later(double: Double) -> None:
    path = "/api/jobs/2/annotations"
    read = ask(double, "GET", path)[1]
    assert ask(double, "PUT", path, read) == (400, {"shapes": [{"id": ["must be absent"]}]})
    assert ask(double, "PUT", path, {"shapes": [{"label_id": 9999, "frame": 0}]}) == (
        400,
        ["label_id `9999` is invalid"],
    )
    before = ask(double, "GET", "/api/jobs/2")[1]["updated_date"]
    fresh = {k: v for k, v in read["shapes"][0].items() if k != "id"} | {"frame": 500, "attributes": []}
    put = ask(double, "PUT", path, {"shapes": [fresh]})[1]
    stored = ask(double, "GET", path)[1]["shapes"]
    assert [s["id"] for s in stored] == [put["shapes"][0]["id"]] != [read["shapes"][0]["id"]]
    assert stored[0]["frame"] == 500  # no check of frames
    assert stored[0]["attributes"][0] == {"spec_id": 1, "value": "red"}  # filled with the default
    assert ask(double, "GET", "/api/jobs/2")[1]["updated_date"] > before
    made = ask(double, "PATCH", f"{path}?action=create", {"shapes": [fresh, fresh]})[1]["shapes"]
    changed = {**made[0], "points": [1, 2, 3, 4]}
    assert ask(double, "PATCH", f"{path}?action=update", {"shapes": [changed]})[0] == 200
    assert ask(double, "PATCH", f"{path}?action=delete", {"shapes": [made[1]]})[0] == 200
    left = {s["id"]: s["points"] for s in ask(double, "GET", path)[1]["shapes"]}
    assert left == {stored[0]["id"]: stored[0]["points"], made[0]["id"]: [1.0, 2.0, 3.0, 4.0]}


def test_an_export_goes_from_queued_to_finished_without_a_date(double: Double) -> None:
    path = "/api/tasks/1/dataset/export?format=CVAT+for+images+1.1&save_images=true"
    status, started = ask(double, "POST", path)
    assert status == 202
    request = "/api/requests/" + started["rq_id"].replace("&", "%26").replace("=", "%3D")
    looks = [ask(double, "GET", request)[1] for _ in range(4)]
    assert [look["status"] for look in looks] == ["queued", "started", "finished", "finished"]
    assert looks[2]["finished_date"] is None and looks[1]["result_url"] is None
    assert looks[2].keys() == recorded("request_export_finished").keys()
    assert ask(double, "POST", path)[1] == started
    assert ask(double, "GET", request)[1]["status"] == "finished"  # from the cache
    assert ask(double, "POST", path.replace("CVAT", "X")) == (
        400,
        ["Unknown format specified for the request"],
    )


def test_a_task_answers_without_its_replicas(double: Double) -> None:
    found = ask(double, "GET", "/api/tasks/8/annotations")[1]
    assert len(found["shapes"]) == len(recorded("merged_job_annotations")["shapes"])
