"""How a pulled folder stands: what moved since has another digest, and nothing else has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cvat_double import Double, running, seeded
from cvat_double.server import TOKEN
from recorded_webhooks import payloads

from labelwright_plugins.cvat.client import connect
from labelwright_plugins.cvat.hooks import hooks as of_cvat
from labelwright_plugins.cvat.puller import pull
from labelwright_plugins.cvat.settings import Settings
from labelwright_plugins.label_studio.cursor import Cursor, Seen
from labelwright_plugins.label_studio.hooks import hooks as of_label_studio
from labelwright_plugins.label_studio.puller import CURSOR

BOX = {"type": "rectangle", "label_id": 1, "frame": 0, "points": [1.0, 2.0, 30.0, 40.0]}


@pytest.fixture
def double() -> Iterator[Double]:
    """A server with three tasks in project 1."""
    with running(seeded()) as started:
        yield started


def _contents(double: Double, folder: Path) -> dict[str, str]:
    with connect(Settings(double.url, TOKEN), timeout=60.0) as client:
        pull(client, "1", folder)
    return dict(of_cvat.contents(folder))


def test_tasks_and_jobs_are_named_as_deliveries_name_them(double: Double, tmp_path: Path) -> None:
    found = _contents(double, tmp_path)
    assert list(found) == ["1", "1/1", "1/2", "2", "2/3", "3", "3/4"]
    assert len(set(found.values())) == len(found)
    heard = of_cvat.hear(payloads("cvat")["update_job_2"])
    assert set(heard.items) <= found.keys()


def _draw(double: Double) -> None:
    double.state.create(1, {"tags": [], "shapes": [BOX], "tracks": []})


def _save_again(double: Double) -> None:
    double.state.touch(double.state.jobs[1])


CHANGES: dict[str, tuple[Callable[[Double], Any], set[str]]] = {
    "nothing": (lambda double: None, set()),
    "a save that changes nothing": (_save_again, set()),
    "a box": (_draw, {"1/1"}),
    "a job is completed": (lambda double: double.state.jobs[2].update(state="completed"), {"1/2"}),
    "a job is given to another": (
        lambda double: double.state.jobs[3].update(assignee={"id": 4, "username": "carol"}),
        {"2/3"},
    ),
    "a frame is deleted": (lambda double: double.state.metas[1].update(deleted_frames=[2]), {"1"}),
    "a task changes its subset": (lambda double: double.state.tasks[2].update(subset="test"), {"2"}),
    "a task goes": (lambda double: double.state.tasks.pop(3), {"3", "3/4"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_moved_has_another_digest_and_nothing_else(double: Double, tmp_path: Path, name: str) -> None:
    change, moved = CHANGES[name]
    before = _contents(double, tmp_path)
    change(double)
    after = _contents(double, tmp_path)
    assert {item for item in before.keys() | after.keys() if before.get(item) != after.get(item)} == moved


def test_a_first_pull_elsewhere_stands_the_same(double: Double, tmp_path: Path) -> None:
    assert _contents(double, tmp_path / "a") == _contents(double, tmp_path / "b")


def test_the_tasks_of_label_studio_stand_by_their_hashes(tmp_path: Path) -> None:
    cursor = Cursor("http://x.test", 28, tasks={55: Seen("f", "aaa"), 52: Seen("", "bbb")})
    (tmp_path / CURSOR).write_bytes(msgspec.json.encode(cursor))
    assert of_label_studio.contents(tmp_path) == {"55": "aaa", "52": "bbb"}
    heard = of_label_studio.hear(payloads("label-studio")["006_ok_ANNOTATION_CREATED"])
    assert set(heard.items) <= of_label_studio.contents(tmp_path).keys()


@pytest.mark.parametrize("hooks", [of_cvat, of_label_studio], ids=["cvat", "label-studio"])
def test_a_folder_that_no_pull_left_behind_is_an_error(hooks: Any, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        hooks.contents(tmp_path)
    (tmp_path / "cursor.json").write_text(json.dumps([1]))
    with pytest.raises((OSError, msgspec.DecodeError)):
        hooks.contents(tmp_path)
