"""The tab that shows what to answer next: filters that the page knows, and nothing changed twice."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from labelwright.problems import DataError, UsageError
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.queueing import queue

KNOWN = {"equal", "in"}  # operators of the page for numbers; one that it lacks leaves the page empty


class Server:
    """A project of ten tasks and its tabs, as the server keeps them."""

    url = "http://labels"

    def __init__(self) -> None:
        self.tasks: dict[int, dict[str, Any]] = {n: {"text": f"text {n}"} for n in range(1, 11)}
        self.views: list[dict[str, Any]] = []
        self.patched: list[str] = []

    def get(self, path: str, **query: Any) -> Any:
        if path == "/api/projects/":
            return {"results": [{"id": 7, "title": "Mine"}], "count": 1}
        if path == "/api/tasks/":
            after = json.loads(query["query"])["filters"]["items"][0]["value"]
            rows = [{"id": n, "data": own} for n, own in self.tasks.items() if n > after]
            return {"tasks": rows, "total": len(rows)}
        if path == "/api/dm/views/":
            return self.views
        return {"id": 7, "title": "Mine", "label_config": '<View><Text name="t" value="$shown"/></View>'}

    def post(self, path: str, body: Any) -> Any:
        self.views.append({"id": len(self.views) + 1, **body})
        return self.views[-1]

    def patch(self, path: str, body: Any) -> Any:
        self.patched.append(path)
        number = int(path.split("?")[0].strip("/").split("/")[-1])
        if path.startswith("/api/tasks/"):
            self.tasks[number] = body["data"]
        else:
            self.views[number - 1]["data"] = body["data"]


def client(server: Server) -> Client:
    return cast("Client", server)


def test_a_tab_of_ranges_is_made_once_and_then_left_alone() -> None:
    server = Server()
    first = queue(client(server), "Mine", ["9", "2", "1", "3"])
    assert (first.state, first.tasks, first.url) == ("created", 4, "http://labels/projects/7/data?tab=1")
    filters = server.views[0]["data"]["filters"]
    assert filters["conjunction"] == "or"
    assert {one["operator"] for one in filters["items"]} <= KNOWN
    assert [one["value"] for one in filters["items"]] == [{"min": 1, "max": 3}, 9]
    assert queue(client(server), "Mine", ["1", "2", "3", "9"]).state == "unchanged"
    assert not server.patched
    assert queue(client(server), "Mine", ["4"]).state == "updated"
    assert queue(client(server), "Mine", ["4"], title="Another").view == 2


def test_places_are_written_into_the_data_and_taken_out_again() -> None:
    server = Server()
    found = queue(client(server), "Mine", ["9", "2"], rank="place")
    assert (found.ranked, found.ordering) == (2, "tasks:data.place")
    assert server.views[0]["data"]["columnsDisplayType"] == {"tasks:data.place": "Number"}
    assert server.tasks[9] == {"text": "text 9", "place": 1} and server.tasks[2]["place"] == 2
    assert queue(client(server), "Mine", ["9", "2"], rank="place").ranked == 0
    assert queue(client(server), "Mine", ["2"], rank="place").ranked == 2
    assert server.tasks[9] == {"text": "text 9"} and server.tasks[2]["place"] == 1
    assert queue(client(server), "Mine", ["2"], by_score=True).ordering == "tasks:predictions_score"


def test_items_of_another_project_change_nothing() -> None:
    server = Server()
    with pytest.raises(DataError) as told:
        queue(client(server), "Mine", ["2", "99", "x"], rank="place")
    assert told.value.problem.code == "label-studio.queue-items-unknown"
    assert "2 of 3 items" in told.value.problem.message
    assert not server.views and not server.patched


@pytest.mark.parametrize("field", ["text", "shown"])
def test_no_field_of_the_tasks_own_is_written_over(field: str) -> None:
    server = Server()
    before = {number: dict(own) for number, own in server.tasks.items()}
    with pytest.raises(UsageError, match=f"--rank {field}: .*name another"):
        queue(client(server), "Mine", ["9", "2"], rank=field)
    assert (server.tasks, server.views, server.patched) == (before, [], [])


def test_places_that_were_written_in_part_are_written_to_the_end() -> None:
    server = Server()
    patch = server.patch

    def dies(path: str, body: Any) -> None:
        if path == "/api/tasks/9/":
            raise ConnectionError
        patch(path, body)

    server.patch = dies  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        queue(client(server), "Mine", ["2", "9"], rank="place")
    server.patch = patch  # type: ignore[method-assign]
    assert queue(client(server), "Mine", ["2", "9"], rank="place").ranked == 1
