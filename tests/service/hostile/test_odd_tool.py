"""A Label Studio that answers what none does: the rebuild fails in words, and what was made stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ls_double import TOKEN, LabelStudio, running
from service_world import World

from labelwright.problems import DataError
from labelwright_plugins.label_studio import client as clients
from labelwright_plugins.label_studio import projects


class Odd(LabelStudio):
    """``change`` makes something else of an answer."""

    change: Callable[[str, Any], Any] = staticmethod(lambda path, answer: answer)

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if len(self.asked) > 50:  # whoever asks for ever is let go
            return 400, {"detail": "enough"}
        status, found = super().answer(path, query)
        return status, type(self).change(path, found) if status == 200 else found


@pytest.fixture
def server() -> Iterator[Odd]:
    with running(Odd()) as started:
        for number in range(3):
            task = started.add(f"text {number}")
            started.annotate(task, 1, number)
            started.annotate(task, 2, number)
        yield started  # type: ignore[misc]


def _tasks(change: Callable[[dict[str, Any]], Any]) -> Callable[[str, Any], Any]:
    def changed(path: str, answer: Any) -> Any:
        if path != "/api/tasks/":
            return answer
        return {**answer, "tasks": [change(dict(row)) for row in answer["tasks"]]}

    return changed


WRONG: dict[str, Callable[[str, Any], Any]] = {
    "a list for an object": lambda path, answer: [],
    "null": lambda path, answer: None,
    "tasks that are no list": lambda path, answer: {"tasks": "abc", "results": "abc", "total": 3, "count": 3},
    "a total in words": lambda path, answer: {**answer, "total": "many", "count": "many"},
    "ids of text": _tasks(lambda row: {**row, "id": "../../x"}),
    "ids that are no number": _tasks(lambda row: {**row, "id": True}),
    "ids below nothing": _tasks(lambda row: {**row, "id": -row["id"]}),
    "ids that no database has": _tasks(lambda row: {**row, "id": 10**30}),
    "rows that are no objects": _tasks(lambda row: 1),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_is_no_listing_is_told_of(server: Odd, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Odd, "change", staticmethod(WRONG[name]))
    with clients.connect(server.url, TOKEN) as client, pytest.raises(DataError) as caught:
        project = projects.resolve(client, "28")
        list(projects.listing(client, int(project["id"]), "id"))
    assert caught.value.problem.code in ("label-studio.not-an-answer", "label-studio.project-unknown")


def test_a_listing_that_begins_again_and_again_ends(server: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"tasks": [{"id": 1}, {"id": 2}], "total": 10, "results": [{"id": 1, "title": "a"}], "count": 10}
    monkeypatch.setattr(Odd, "change", staticmethod(lambda path, answer: first))
    with clients.connect(server.url, TOKEN) as client:
        assert len(list(projects.projects(client))) < 10
        with pytest.raises(DataError) as caught:
            list(projects.listing(client, 28, "id"))
    assert caught.value.problem.code == "label-studio.not-an-answer"


def test_an_answer_without_end_is_given_up(server: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MOST_ANSWER", 10_000)
    monkeypatch.setattr(Odd, "change", staticmethod(lambda path, answer: {**answer, "more": "x" * 1_000_000}))
    with clients.connect(server.url, TOKEN) as client, pytest.raises(DataError) as caught:
        list(projects.projects(client))
    assert "more than 10,000 bytes" in caught.value.problem.message


def test_a_fault_of_a_rebuild_is_told_and_the_data_set_stays(
    server: Odd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, server)
    try:
        assert world.command("reconcile").returncode == 0
        before = world.newest()
        text = {"id": 1, "result": "x", "updated_at": 5, "completed_by": {}}
        server.annotate(1, 3, 1)
        monkeypatch.setattr(
            Odd, "change", staticmethod(_tasks(lambda row: {**row, "annotations": text, "data": 7}))
        )
        done = world.command("reconcile")
        assert done.returncode == 1
        assert "Fatal Python error" not in done.stderr and "signal" not in done.stderr
        assert world.newest() == before
        monkeypatch.setattr(Odd, "change", staticmethod(lambda path, answer: answer))
        server.asked.clear()
        assert "1 changes had been missed" in world.command("reconcile").stdout
        assert world.newest() == world.afresh(tmp_path / "afresh")
    finally:
        world.close()


def test_an_answer_nested_without_measure_is_broken(server: Odd) -> None:
    with clients.connect(server.url, TOKEN) as client, pytest.raises(DataError) as caught:
        client._read(200, {}, b"[" * 100_000)
    assert caught.value.problem.code == "label-studio.not-an-answer"


@pytest.mark.parametrize("kept", [0, 1])
def test_tasks_that_are_held_back_do_not_pass_for_deleted(
    server: Odd, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fewer(path: str, answer: Any) -> Any:
        return {**answer, "tasks": answer["tasks"][:kept]} if path == "/api/tasks/" else answer

    monkeypatch.setattr(Odd, "change", staticmethod(fewer))
    with clients.connect(server.url, TOKEN) as client:
        with pytest.raises(DataError) as caught:
            projects.chosen(client, 28, sorted(server.tasks), "id")
        assert caught.value.problem.code == "label-studio.not-an-answer"
        if kept:  # page by page they all come
            assert [row["id"] for row in projects.listing(client, 28, "id")] == sorted(server.tasks)
        else:
            with pytest.raises(DataError):
                list(projects.listing(client, 28, "id"))
