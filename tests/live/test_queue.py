"""The items to answer next, in a tab of a real Label Studio that its page shows and hands out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.live.browser import WAIT, opened
from tests.live.command import Labelwright
from tests.live.server import ANNOTATORS, Server

pytestmark = pytest.mark.live
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="kind" toName="text">'
    '<Choice value="A"/><Choice value="B"/></Choices></View>'
)
SURE = """
from labelwright.contracts import Guess


class Sure:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        return [Guess({self.control: "A"}, score=float(query.text("text").split()[0])) for query in batch]
"""


@pytest.fixture
def project(server: Server) -> int:
    """Eight unanswered tasks, of which the fifth is the least sure, and an answered one."""
    made = server.api("POST", "/api/projects/", {"title": "A queue", "label_config": CONFIG})
    number = int(made["id"])
    scores = (0.9, 0.8, 0.95, 0.7, 0.5, 0.6, 0.85, 0.75, 0.51)
    texts = [{"text": f"{score} alike"} for score in scores]
    server.api("POST", f"/api/projects/{number}/import", texts)
    choice = {"from_name": "kind", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}
    server.annotate(server.tasks(number)[-1], [choice])
    return number


def data(server: Server, project: int) -> dict[int, dict[str, Any]]:
    found = server.api("GET", f"/api/tasks/?project={project}&page_size=100&fields=all")["tasks"]
    return {int(task["id"]): task["data"] for task in found}


def test_a_tab_shows_and_hands_out_what_comes_next(
    labelwright: Labelwright, server: Server, project: int, tmp_path: Path, chromium: Any, screenshots: Path
) -> None:
    (tmp_path / "sure.py").write_text(SURE)
    tasks, before = server.tasks(project), data(server, project)
    given = (
        "queue",
        "label-studio",
        project,
        "--predictor",
        f"{tmp_path}/sure.py:Sure",
        "--by",
        "uncertainty",
        "--first",
        3,
        "--json",
    )
    plain = labelwright(*given).json
    assert plain["state"] == "created" and plain["tasks"] == 3
    assert labelwright(*given).json["state"] == "unchanged"
    assert data(server, project) == before, "nothing of the tasks is changed unless it is asked for"

    ranked = labelwright(*given, "--rank", "place").json
    assert ranked["state"] == "updated" and ranked["ranked"] == 3
    view = ranked["view"]
    shown = server.api("GET", f"/api/tasks?view={view}&project={project}")["tasks"]
    wanted = [tasks[4], tasks[5], tasks[3]]
    assert [task["id"] for task in shown] == wanted
    assert [data(server, project)[n]["place"] for n in wanted] == [1, 2, 3]

    with opened(chromium, server, ANNOTATORS[0], screenshots) as page:
        page.page.goto(f"{server.url}/projects/{project}/data?tab={view}")
        page.page.wait_for_selector("button:has-text('Label All Tasks')", timeout=WAIT)
        page.page.locator("button:has-text('Label All Tasks') + button").first.click()
        with page.page.expect_response("**/api/dm/actions?*id=next_task*", timeout=WAIT) as waiting:
            page.page.get_by_text("Label Tasks As Displayed").click()
        assert waiting.value.json()["id"] == wanted[0]


def test_a_rank_that_no_longer_holds_goes_from_the_data(
    labelwright: Labelwright, server: Server, project: int, tmp_path: Path
) -> None:
    tasks = server.tasks(project)

    def order(*ids: int) -> Path:
        rows = [{"rank": n, "item": str(i), "answers": 0, "value": 0.0} for n, i in enumerate(ids, 1)]
        (tmp_path / "order.json").write_text(json.dumps({"order": rows}))
        return tmp_path / "order.json"

    labelwright("queue", "label-studio", project, "--order", order(*tasks[:3]), "--rank", "place")
    labelwright("queue", "label-studio", project, "--order", order(tasks[4], tasks[0]), "--rank", "place")
    held = {n: own["place"] for n, own in data(server, project).items() if "place" in own}
    assert held == {tasks[4]: 1, tasks[0]: 2}
    ran = labelwright("queue", "label-studio", project, "--order", order(999_999), code=1)
    assert "label-studio.queue-items-unknown" in ran.err
