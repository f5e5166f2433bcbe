"""``/ready`` says in a few words why nothing is taken in, and takes it back by itself."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import sqlalchemy as sa
from ls_double import LabelStudio
from service_post import Post
from service_world import World

from labelwright.service.loops import nodes
from labelwright.service.store import room
from labelwright.service.store.database import FILE
from labelwright.service.work import tending


def ready(port: int) -> tuple[int, list[str]]:
    try:
        with urlopen(f"http://127.0.0.1:{port}/ready", timeout=60) as answer:
            return answer.status, json.load(answer)["reasons"]
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["reasons"]


def test_a_full_disk_is_not_ready_and_room_is(world: World, server: LabelStudio) -> None:
    port = world.start()
    world.built()
    world.settled()
    assert ready(port) == (200, [])
    world.full.touch()
    told = server.annotate(5, 1, 1)

    def refused() -> bool:  # some fit into the room there is
        told["annotation"]["id"] += 1
        return world.deliver(port, told) == 503

    world.until(refused, "a delivery is refused")
    assert ready(port) == (503, [room.FULL])
    world.full.unlink()
    world.until(lambda: ready(port) == (200, []), "it is ready again")
    assert world.deliver(port, told) == 200
    world.settled()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full")), room.FULL),
        (sa.exc.OperationalError("INSERT", {}, Exception("could not extend file: No space left")), room.FULL),
        (OSError(errno.ENOSPC, "No space left on device"), room.FULL),
        (
            sa.exc.OperationalError("INSERT", {}, Exception("attempt to write a readonly database")),
            room.READ_ONLY,
        ),
        (OSError(errno.EROFS, "Read-only file system"), room.READ_ONLY),
        (sa.exc.OperationalError("INSERT secret", {}, Exception("host=db.internal refused")), room.NOTHING),
    ],
)
def test_reasons_are_words_of_our_own(error: Exception, reason: str) -> None:
    assert room.reason_of(error) == reason


def test_a_sign_that_cannot_be_written_is_told_of_at_once(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = post.database.writing
    post.service.extra["workflows"] = None
    monkeypatch.setattr(tending, "take_over", lambda service, workflows: [])

    def full() -> Any:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(post.database, "writing", full)
    with pytest.raises(sa.exc.OperationalError):
        nodes.loop.run(post.service)
    assert post.service.inbox.failing == room.FULL
    monkeypatch.setattr(post.database, "writing", writing)
    nodes.loop.run(post.service)
    assert post.service.inbox.failing == ""
    with post.database.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM meta WHERE key = 'probe'")).scalar() == 0


def test_what_the_disk_itself_says(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    data = post.folder / "data"
    assert room.lacks(post.database, data) == ""

    def disk(free: int, flags: int = 0) -> Any:
        return lambda path: SimpleNamespace(f_flag=flags, f_bavail=free, f_frsize=1)

    monkeypatch.setattr(os, "statvfs", disk(room.LEAST - 1))
    assert room.lacks(post.database, data) == room.FULL
    monkeypatch.setattr(os, "statvfs", disk(1 << 40, os.ST_RDONLY))
    assert room.lacks(post.database, data) == room.READ_ONLY
    monkeypatch.setattr(os, "statvfs", disk(1 << 40))
    (data / FILE).rename(data / "elsewhere")
    assert room.lacks(post.database, data) == room.REMOVED
    assert room.lacks(post.database, Path("/nowhere/at/all")) != ""
