"""A predictor of the service beside a real Label Studio: connected, asked, accepted, and never believed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from programs import until
from tests.live.browser import Page, opened
from tests.live.command import Labelwright
from tests.live.desk import Desk, at_desk, words
from tests.live.server import ADMIN, PREDICT, Server

pytestmark = pytest.mark.live

OTHER = """<View><Choices name="mood" toName="words"><Choice value="Good"/><Choice value="Bad"/></Choices>
<Text name="words" value="$words"/></View>"""


@pytest.fixture
def desk(
    server: Server, labelwright: Labelwright, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    with at_desk(server, labelwright, tmp_path, f"P {request.node.name}"[:50]) as sat:
        yield sat


def test_connecting_is_idempotent_and_mends_what_is_left_behind(desk: Desk) -> None:
    assert "is not registered" in desk.connect("--check", code=1)
    assert "registered" in desk.connect()
    (backend,) = desk.server.api("GET", f"/api/ml?project={desk.project}")
    assert (backend["title"], backend["is_interactive"]) == ("labelwright names", True)
    assert backend["model_version"].startswith("names-")
    project = desk.server.api("GET", f"/api/projects/{desk.project}/")
    assert project["model_version"] == "labelwright names"
    (hook,) = desk.hooks()
    assert not hook["send_for_all_actions"] and hook["headers"]["Authorization"].startswith("Basic ")
    assert "nothing changed" in desk.connect() and "is as it should be" in desk.connect("--check")

    desk.server.api("POST", "/api/webhooks/", {"project": desk.project, "url": hook["url"]})
    assert "webhook" in desk.connect("--check", code=1)
    assert "repaired" in desk.connect() and len(desk.hooks()) == 1

    body = {"url": backend["url"], "project": desk.project, "title": "second", "auth_method": "BASIC_AUTH"}
    user, key = desk.key()
    desk.server.api("POST", "/api/ml/", {**body, "basic_auth_user": user, "basic_auth_pass": key})
    desk.connect()
    assert len(desk.server.api("GET", f"/api/ml?project={desk.project}")) == 1
    assert "1 predictor removed" in desk.command(
        "disconnect", "label-studio", "names", "--predictor", "names"
    )
    assert desk.hooks() == [] == desk.server.api("GET", f"/api/ml?project={desk.project}")


def test_a_project_that_nothing_can_be_suggested_for_is_refused_with_a_sentence(desk: Desk) -> None:
    other = desk.made("Moods", OTHER)
    said = desk.command("connect", "label-studio", str(other), "--predictor", "names", code=1)
    assert "entities (spans)" in said and "mood (Choices)" in said
    assert desk.server.api("GET", f"/api/ml?project={other}") == []


def test_suggestions_are_shown_accepted_and_never_stored_twice(
    desk: Desk, chromium: Any, screenshots: Path
) -> None:
    desk.connect()
    (task,) = desk.filled("😀 Ada lives in Paris.")
    with opened(chromium, desk.server, ADMIN, screenshots) as page:
        page.open(desk.project, task)
        page.page.wait_for_function(
            "() => Htx.annotationStore.annotations.concat(Htx.annotationStore.predictions)"
            ".some(a => a.regions.length === 2)"
        )
        assert [words(one) for one in desk.predictions(task)] == [[("Ada", "PER"), ("Paris", "LOC")]]
        if len(page.serialised()) < 2:
            page.page.evaluate(
                "() => Htx.annotationStore.addAnnotationFromPrediction(Htx.annotationStore.predictions[0])"
            )
        stored = page.submit() if page.page.locator("button:has-text('Submit')").count() else page.update()
    assert sorted(words(stored)) == [("Ada", "PER"), ("Paris", "LOC")]
    desk.retrieve()
    desk.retrieve()
    assert len(desk.predictions(task)) == 1


def test_300_tasks_are_asked_in_batches(desk: Desk) -> None:
    desk.connect()
    tasks = desk.filled(*(f"Ada {n} in Paris" for n in range(300)))
    desk.retrieve()
    assert desk.asked() == [64, 64, 64, 64, 44]
    assert len(desk.predictions(tasks[-1])) == 1 and words(desk.predictions(tasks[0])[0])[0] == ("Ada", "PER")


def test_what_a_model_does_to_itself_costs_its_item_alone_and_no_junk_is_stored(desk: Desk) -> None:
    desk.connect()
    given = ("Ada", "HANG Ada", "RAISE Ada", "JUNK Ada", "DIE Ada", "HTML Ada", "FEW Ada", "Paris")
    tasks = desk.filled(*given)
    rounds: list[int] = []

    def served() -> bool:
        rounds.append(len(rounds))  # Label Studio gives up where all that hangs and dies takes long
        desk.retrieve()
        return bool(desk.predictions(tasks[-1]))

    until(served, seconds=180.0)
    found = [desk.predictions(task) for task in tasks]
    assert [[words(one) for one in each] for each in found] == [
        [[("Ada", "PER")]], [], [], [[("JUNK", "PER")]], [], [], [], [[("Paris", "LOC")]],
    ]  # fmt: skip
    assert found[3][0]["score"] is None and "score" not in found[3][0]["result"][0]
    for code in ("too-late", "process-died", "item-failed", "no-guess", "miscounted"):
        until(lambda code=code: f"predictor.{code}" in desk.service.said)  # type: ignore[misc]
    assert "RAISE Ada" not in desk.service.said
    page = httpx.get(f"{desk.service.url}/metrics").text
    name = 'labelwright_predictor_problems_total{code="predictor.label-unknown",predictor="names"} '
    (count,) = [float(line.removeprefix(name)) for line in page.splitlines() if line.startswith(name)]
    assert 1 <= count <= len(rounds), page


def test_what_hangs_for_longer_than_label_studio_waits_does_not_keep_the_others_for_ever(desk: Desk) -> None:
    desk.connect()
    ada, *hanging, paris = desk.filled("Ada", *(f"HANG {n}" for n in range(8)), "Paris")
    before = time.monotonic()
    desk.retrieve()
    assert time.monotonic() - before > PREDICT, "Label Studio has given up"
    assert all(desk.predictions(task) == [] for task in (ada, *hanging, paris))

    def served() -> bool:
        desk.retrieve()
        return bool(desk.predictions(ada) and desk.predictions(paris))

    until(served, seconds=180.0)
    assert [words(one) for one in desk.predictions(ada)] == [[("Ada", "PER")]]
    assert [words(one) for one in desk.predictions(paris)] == [[("Paris", "LOC")]]
    assert all(desk.predictions(task) == [] for task in hanging)


def test_what_a_command_suggested_the_service_does_not_suggest_again(desk: Desk) -> None:
    desk.connect()
    tasks = desk.filled("Ada", "Paris")
    said = desk.command("prelabel", "label-studio", "names", "--predictor", "names")
    before = [desk.predictions(task) for task in tasks]
    assert [[words(one) for one in each] for each in before] == [[[("Ada", "PER")]], [[("Paris", "LOC")]]], (
        said
    )
    desk.retrieve()
    assert [desk.predictions(task) for task in tasks] == before
    assert desk.command("prelabel", "label-studio", "names", "--predictor", "names", "--json")
    assert [desk.predictions(task) for task in tasks] == before


def test_wrong_credentials_and_a_changed_config_are_refused(desk: Desk) -> None:
    desk.connect()
    url = f"{desk.service.url}/ml/names"
    assert httpx.get(f"{url}/health").status_code == 401
    assert httpx.get(f"{url}/health", auth=("labelwright", "guessed")).status_code == 401
    body = {"tasks": [{"id": 1, "data": {"text": "Ada"}}], "label_config": OTHER, "params": {}}
    answer = httpx.post(f"{url}/predict", json=body, auth=desk.key())
    assert answer.status_code == 422 and "mood (Choices)" in answer.json()["detail"]


def test_drawing_asks_for_more_like_it(desk: Desk, chromium: Any, screenshots: Path) -> None:
    desk.connect()
    (task,) = desk.filled("Bob met Eve. Then Bob left.")
    with opened(chromium, desk.server, ADMIN, screenshots) as page:
        page.open(desk.project, task)
        page.page.get_by_text("Auto-Annotation", exact=True).click()
        drawn(page, "PER", 0, 3)
        page.page.wait_for_function("() => Htx.annotationStore.selected.regions.length >= 2")
        accept = page.page.get_by_role("button", name="Accept all", exact=False)
        if accept.count():
            accept.first.click()
        found = sorted((r["value"]["start"], r["value"]["labels"][0]) for r in page.serialised())
        assert found == [(0, "PER"), (18, "PER")]
        stored = page.submit()
    assert words(stored) == [("Bob", "PER"), ("Bob", "PER")]
    assert sorted(r["value"]["start"] for r in stored["result"]) == [0, 18]


def drawn(page: Page, label: str, start: int, end: int) -> None:
    """Select words while a label is chosen."""
    page.label(label)
    with page.page.expect_response("**/interactive-annotating*") as waiting:
        page.drag(start, end)
    data = waiting.value.json()
    assert [r["value"]["start"] for r in data["data"]["result"]] == [18], json.dumps(data)


def test_it_learns_when_label_studio_says_so(desk: Desk) -> None:
    desk.connect()
    one, other = desk.filled("Grace codes", "Here is Grace")
    value = {"start": 0, "end": 5, "text": "Grace", "labels": ["PER"]}
    result = [{"id": "a", "from_name": "entities", "to_name": "text", "type": "labels", "value": value}]
    desk.server.annotate(one, result)
    (backend,) = desk.server.api("GET", f"/api/ml?project={desk.project}")
    desk.server.api("POST", f"/api/ml/{backend['id']}/train", {})

    def version() -> str:
        found = httpx.get(f"{desk.service.url}/ml/names/versions", auth=desk.key()).json()["versions"][0]
        return str(found)

    until(lambda: version().endswith("+1"))
    until(lambda: "learnt of 1 item of names at 20" in desk.command("predictors", "show", "names"))
    desk.retrieve()
    newest = desk.predictions(other)[-1]
    assert words(newest) == [("Grace", "PER")] and newest["model_version"] == version()
