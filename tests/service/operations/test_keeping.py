from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from service_post import Post
from service_rows import build_row, deliver, version

from labelwright.service.loops import retention
from labelwright.service.store.tables import builds, deliveries, events, sends
from labelwright.service.tidy import tidy
from labelwright.state.versions import VersionStore

OLD = 1_000_000.0


def ids(post: Post, column: sa.Column[Any]) -> list[Any]:
    with post.database.reading() as connection:
        return list(connection.execute(sa.select(column).order_by(column)).scalars())


def test_what_is_old_and_done_goes_and_the_rest_stays(post: Post) -> None:
    deliver(post, "old-done", state="done", last_at=OLD)
    deliver(post, "old-ignored", state="ignored", last_at=OLD)
    deliver(post, "old-new", state="new", last_at=OLD)
    deliver(post, "again", state="done", received_at=OLD)
    post.event("sent", "team")
    post.event("waiting", "team", "chat")
    post.event("nobody")
    with post.database.writing() as connection:
        connection.execute(sends.update().where(sends.c.event == "sent").values(state="sent"))
        connection.execute(sends.update().where(sends.c.target == "chat").values(state="dead"))
    for number in range(4):
        build_row(post, f"b{number}", OLD + number)
    build_row(post, "other", OLD, project="other")
    build_row(post, "stuck", OLD - 1, state="running", ended_at=None)
    version(post, 1, 0.8)  # of b1
    retention.loop.run(post.service)
    assert ids(post, deliveries.c.key) == ["again", "old-new"]
    assert ids(post, events.c.id) == ["waiting"]
    assert ids(post, sends.c.event) == ["waiting", "waiting"]
    assert ids(post, builds.c.id) == ["b1", "b3", "other", "stuck"]


def test_what_was_given_up_stays_as_long_from_then_on(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.event("late", "team")
    post.event("long-ago", "team")
    post.event("sent", "team")
    with post.database.writing() as connection:
        connection.execute(events.update().values(at=OLD))
        connection.execute(sends.update().values(state="dead", next_at=OLD + 300_000))
        connection.execute(sends.update().where(sends.c.event == "long-ago").values(next_at=OLD))
        connection.execute(sends.update().where(sends.c.event == "sent").values(state="sent"))
    retention.clean(post.service, OLD + 100_000)
    assert ids(post, events.c.id) == ids(post, sends.c.event) == ["late"]
    assert "1 events that were given up are kept no longer" in caplog.text


def test_it_goes_in_pieces_between_which_others_write(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 10)
    for number in range(95):
        deliver(post, f"d{number}", state="done", last_at=OLD)
    left: list[int] = []

    def between(seconds: float) -> None:
        assert seconds > 0
        left.append(sum(key.startswith("d") for key in ids(post, deliveries.c.key)))
        thread = threading.Thread(target=deliver, args=(post, f"new-{len(left)}"))
        thread.start()
        thread.join(90)  # it would wait for 30 s, then fail

    monkeypatch.setattr(retention, "time", SimpleNamespace(time=time.time, sleep=between))
    assert retention.clean(post.service, time.time() - 5)["deliveries"] == 95
    assert left == [85, 75, 65, 55, 45, 35, 25, 15, 5]
    assert ids(post, deliveries.c.key) == [f"new-{number}" for number in range(1, 10)]


def test_it_stops_when_the_service_ends(post: Post) -> None:
    deliver(post, "old", state="done", last_at=OLD)
    post.service.closing.set()
    assert retention.clean(post.service, time.time())["deliveries"] == 0


def half_made(project: Path) -> list[Path]:
    left = [
        project / "versions" / ".new-abc" / "train.jsonl",
        project / "datasets" / "sft" / "versions" / ".new-def" / "deep" / "x",
        project / "source" / ".export.json.k3.part",
        project / "datasets" / "sft" / ".latest.new",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    kept = project / "datasets" / "sft" / "versions" / "0001" / "train.jsonl"
    kept.parent.mkdir(parents=True)
    kept.write_text("whole")
    return [*left, kept]


def test_what_a_killed_process_left_is_tidied_up(tmp_path: Path) -> None:
    *left, kept = half_made(tmp_path / "projects" / "emails")
    secret = tmp_path / "secrets" / "webhooks" / ".emails.json.12.new"
    secret.parent.mkdir(parents=True)
    secret.write_text("half")
    assert tidy(tmp_path) == 5
    assert not any(path.exists() for path in left) and not secret.exists()
    assert kept.read_text() == "whole"
    assert not (tmp_path / "projects" / "emails" / "versions" / ".new-abc").exists()
    assert tidy(tmp_path) == 0


def test_a_project_at_which_another_works_is_left_alone(tmp_path: Path) -> None:
    project = tmp_path / "projects" / "emails"
    *left, _ = half_made(project)
    with VersionStore(project).locked():
        assert tidy(tmp_path) == 0
    assert all(path.exists() for path in left)


def test_a_data_folder_that_is_not_there_is_tidy(tmp_path: Path) -> None:
    assert tidy(tmp_path / "none") == 0
