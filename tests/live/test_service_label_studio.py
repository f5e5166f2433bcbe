"""The whole way: clicks and calls in a real Label Studio, its webhooks, the service, the data set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from programs import free_port
from tests.live.browser import Page, opened
from tests.live.command import Labelwright
from tests.live.dying import Way, way_to
from tests.live.served import LABELS, TEMPLATE, LiveWorld, choice
from tests.live.server import ANNOTATORS, Server, personal_token

pytestmark = pytest.mark.live
ANN, BOB, CEM = ANNOTATORS
SUPPORT, SALES, FEEDBACK = LABELS
CREATED, UPDATED, DELETED = "ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED"


def mail(number: int) -> str:
    return f"Mail no. {number:02d}"


class Desk:
    """One project on the server with the service that hears of it."""

    def __init__(self, server: Server, world: LiveWorld, project: int) -> None:
        self.server, self.world, self.project = server, world, project
        self.tasks = server.tasks(project)
        self.truth: dict[str, str] = {}  # what the data set is to say

    def heard(self, *events: str) -> None:
        """These events came, no other, and the data set says what it should."""
        self.world.holds(events, self.truth)

    def settled(self, *events: str) -> None:
        """As ``heard``; and the data set has the bytes of one that is made of everything afresh."""
        self.heard(*events)
        self.world.equals_fresh()

    def act(self, action: str, tasks: list[int]) -> None:
        """An action of the list of tasks on some of them."""
        body = {"selectedItems": {"all": False, "included": tasks}, "project": self.project}
        self.server.api("POST", f"/api/dm/actions?id={action}&project={self.project}", body)


@contextmanager
def desk(
    server: Server,
    labelwright: Labelwright,
    folder: Path,
    title: str,
    items: int,
    token: str = "",
    url: str = "",
) -> Iterator[Desk]:
    """A project with some mails, the service running, and the webhook registered by command."""
    with ExitStack() as stack:
        listed = folder / "items.json"
        listed.write_text(json.dumps([{"text": mail(n)} for n in range(items)]))
        made = ("install", "label-studio", TEMPLATE, "--project", title, "--items", listed, "--json")
        project = int(labelwright(*made).json["project"])
        where = Address(url or server.url)
        given = (token or server.token, project, labelwright, free_port())
        world = LiveWorld(folder / "world", where, *given)
        stack.callback(world.close)
        world.start()
        world.built()
        assert "registered" in world.connect()
        assert "is as it should be" in world.connect("--check")
        world.mark()
        yield Desk(server, world, project)


class Address:
    """Where the service finds the server."""

    def __init__(self, url: str) -> None:
        self.url = url


def test_clicks_and_calls_reach_the_data_set(
    server: Server, labelwright: Labelwright, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    with desk(server, labelwright, tmp_path, "Heard", 12) as at:
        with opened(chromium, server, ANN, screenshots) as page:
            _clicked(at, page)
        _called(at)
        _silent(at)
        _config(at)


def _answer(at: Desk, page: Page, number: int, label: str) -> None:
    page.open(at.project, at.tasks[number])
    page.choose(label)
    page.submit()
    at.truth[mail(number)] = label


def _change(at: Desk, page: Page) -> None:
    """The first answer becomes another, the second goes."""
    page.open(at.project, at.tasks[0])
    page.choose(SALES)
    page.update()
    page.open(at.project, at.tasks[1])
    page.delete()
    at.truth[mail(0)] = SALES
    del at.truth[mail(1)]


def _clicked(at: Desk, page: Page) -> None:
    for number, label in enumerate((SUPPORT, SALES, FEEDBACK, SALES)):
        _answer(at, page, number, label)
    at.heard(CREATED, CREATED, CREATED, CREATED)

    _change(at, page)
    page.stream(at.project)
    page.skip()
    at.heard(UPDATED, DELETED, CREATED)

    page.delete_tasks(at.project, at.tasks[2:4])
    del at.truth[mail(2)], at.truth[mail(3)]
    at.settled("TASKS_DELETED")


def _called(at: Desk) -> None:
    """Every action of the API that fires."""
    api, tasks, truth = at.server.api, at.tasks, at.truth
    made = [at.server.annotate(tasks[n], choice(1), by) for n in (4, 5, 6) for by in (ANN, BOB)]
    for number in (7, 8):
        api("POST", "/api/predictions/", {"task": tasks[number], "result": choice(2), "model_version": "m"})
    at.act("predictions_to_annotations", tasks[7:9])
    truth |= {mail(4): SALES, mail(5): SALES, mail(6): SALES, mail(7): FEEDBACK, mail(8): FEEDBACK}
    at.heard(*[CREATED] * 6, "ANNOTATIONS_CREATED")

    for number in made[:2]:
        api("PATCH", f"/api/annotations/{number}/", {"result": choice(2)})
    api("DELETE", f"/api/annotations/{made[2]}/")
    for number in made[4:]:  # skipped after all
        api("PATCH", f"/api/annotations/{number}/", {"was_cancelled": True})
    at.act("delete_tasks_annotations", tasks[7:9])
    truth[mail(4)] = FEEDBACK
    for number in (6, 7, 8):
        del truth[mail(number)]
    at.heard(*[UPDATED] * 4, DELETED, DELETED)

    api("PATCH", f"/api/annotations/{made[4]}/", {"was_cancelled": False, "result": choice(0)})
    api("POST", f"/api/projects/{at.project}/import", [{"text": mail(20)}, {"text": mail(21)}])
    single = api("POST", "/api/tasks/", {"project": at.project, "data": {"text": mail(22)}})["id"]
    at.server.annotate(single, choice(0))
    truth[mail(6)] = truth[mail(22)] = SUPPORT
    at.heard(UPDATED, "TASKS_CREATED", "TASKS_CREATED", CREATED)

    api("DELETE", f"/api/tasks/{tasks[6]}/")
    at.act("delete_tasks", tasks[4:6])
    api("PATCH", f"/api/projects/{at.project}/", {"description": "Mails of a shop"})
    for number in (4, 5, 6):
        del truth[mail(number)]
    at.settled("TASKS_DELETED", "TASKS_DELETED", "PROJECT_UPDATED")


def _silent(at: Desk) -> None:
    """What fires nothing, or does not say all: found by looking."""
    api, truth = at.server.api, at.truth
    answered = {"result": choice(1), "completed_by": at.server.annotators[CEM], "ground_truth": False}
    imported = [{"data": {"text": mail(23)}, "annotations": [answered]}]
    api("POST", f"/api/projects/{at.project}/import", imported)
    draft = {"result": choice(0), "lead_time": 1.0}
    api("POST", f"/api/tasks/{at.tasks[9]}/drafts?project={at.project}", draft)
    api("POST", "/api/predictions/", {"task": at.tasks[9], "result": choice(2), "model_version": "m"})
    truth[mail(23)] = SALES
    at.world.until(at.world.heard, "the import is heard")
    assert at.world.reconciled() == (set(), "")
    at.heard("TASKS_CREATED")

    first, single = at.tasks[0], at.server.tasks(at.project)[-2]
    for task, number in ((first, 30), (single, 32)):
        api("PATCH", f"/api/tasks/{task}/", {"data": {"text": mail(number)}})
    truth[mail(30)], truth[mail(32)] = truth.pop(mail(0)), truth.pop(mail(22))
    assert at.world.reconciled() == ({first, single}, "")
    at.settled()


def _config(at: Desk) -> None:
    """The labels change midway, and at last everything is thrown away."""
    project = f"/api/projects/{at.project}/"
    before = at.server.api("GET", project)["label_config"]
    more = before.replace('<Choice value="SUPPORT', '<Choice value="COMPLAINT"/><Choice value="SUPPORT')
    assert more != before
    at.server.api("PATCH", project, {"label_config": more})
    strange = [{**choice(0)[0], "value": {"choices": ["COMPLAINT"]}}]
    at.server.annotate(at.tasks[10], strange)
    at.truth[mail(10)] = "COMPLAINT"
    at.settled("PROJECT_UPDATED", CREATED)

    everything = set(at.server.tasks(at.project))
    at.server.api("DELETE", f"{project}tasks/")
    missed, code = at.world.reconciled()
    assert missed and missed < everything and not code  # those with answers
    at.truth.clear()
    at.settled()


def test_killed_among_clicks_it_finds_what_was_lost(
    server: Server, labelwright: Labelwright, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    with (
        desk(server, labelwright, tmp_path, "Killed", 6) as at,
        opened(chromium, server, BOB, screenshots) as page,
    ):
        world = at.world
        for number, label in enumerate((SUPPORT, FEEDBACK, SALES, SUPPORT)):
            _answer(at, page, number, label)
            if number == 1:
                world.until(lambda: len(world.heard()) == 2, "both are heard")
                world.kill(world.port)  # its rebuild waits, or is at work
        # By command, with nobody serving.
        assert world.reconciled() == (set(at.tasks[2:4]), "")
        assert world.heard() == [CREATED, CREATED]
        assert world.answers() == at.truth
        world.start()
        at.settled(CREATED, CREATED)

        # By itself, when it starts again.
        _answer(at, page, 4, SALES)
        world.until(world.heard, "it is heard")
        world.kill(world.port)
        _change(at, page)
        world.start()
        world.until(world.missed, "what was lost is found")
        missed = sorted(int(one) for found in world.missed() for one in found)
        assert missed == at.tasks[:2]
        at.settled(CREATED)


def _refuse(server: Server, token: str) -> None:
    """Have a personal access token refused from now, as its owner does on the settings page."""
    fresh = requests.post(f"{server.url}/api/token/refresh/", json={"refresh": token}, timeout=60)
    bearer = {"Authorization": f"Bearer {fresh.json()['access']}"}
    address = f"{server.url}/api/token/blacklist/"
    assert requests.post(address, json={"refresh": token}, headers=bearer, timeout=60).status_code == 204


def _fails(at: Desk, way: Way, code: str) -> None:
    """It says why by code, asks ever more rarely, and keeps the data set and what waits for it."""
    world = at.world
    query = "SELECT started_at, ended_at, code FROM builds WHERE state = 'failed' AND started_at >= :since"
    before = way.passed

    def failed() -> list[Any]:
        return world.rows(f"{query} ORDER BY started_at", since=world.since)

    world.until(lambda: len(failed()) >= 3, "it has tried three times")
    asked = way.passed - before  # before they are counted: another may come
    tries = failed()
    assert {row[2] for row in tries} == {code}
    pauses = [later[0] - row[1] for row, later in pairwise(tries)]
    assert all(pause >= 1.9 * 2**n for n, pause in enumerate(pauses)), pauses
    assert asked <= 4 * len(tries)
    assert code in world.command("status").stdout
    assert world.answers() == at.truth


def test_a_token_that_expires_and_a_project_that_goes(
    server: Server, labelwright: Labelwright, tmp_path: Path
) -> None:
    token = personal_token(server, CEM)
    with way_to(server.url) as way, desk(server, labelwright, tmp_path, "Gone", 6, token, way.url) as at:
        world = at.world
        server.annotate(at.tasks[0], choice(0))
        at.truth[mail(0)] = SUPPORT
        at.settled(CREATED)

        _refuse(server, token)
        for number in (1, 2, 3):  # people go on, and are heard
            server.annotate(at.tasks[number], choice(1))
        _fails(at, way, "label-studio.token-refused")
        world.until(lambda: len(world.heard()) == 3, "all are heard")
        assert world.one("SELECT count(*) FROM deliveries WHERE state = 'new'") == 3
        world.login(personal_token(server, CEM))
        at.truth |= dict.fromkeys(map(mail, (1, 2, 3)), SALES)
        at.settled(CREATED, CREATED, CREATED)

        world.rests()  # one that came behind would fail before the one that is asked for
        server.api("DELETE", f"/api/projects/{at.project}/")
        assert world.reconciled() == (set(), "label-studio.project-unknown")
        _fails(at, way, "label-studio.project-unknown")
        assert world.heard() == []
