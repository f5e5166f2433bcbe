from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres import Postgres
from service_post import Post
from service_process import environment
from service_rows import build_row, deliver, version

from labelwright.problems import UsageError
from labelwright.service.loops import retention
from labelwright.service.notify.outbox import claim, record, revive
from labelwright.service.routes.metrics import now
from labelwright.service.store.backup import backup
from labelwright.service.store.database import open_database
from labelwright.service.store.migrate import migrate
from labelwright.service.store.restore import restore
from labelwright.service.store.tables import VERSION, builds, deliveries, metadata, nodes, sends
from labelwright.service.work.tending import sign

START = """
import sys
from pathlib import Path
from labelwright.service.store.database import open_database
from labelwright.service.store.migrate import migrate
database = open_database(sys.argv[1], Path())
print(migrate(database))
database.close()
"""


@pytest.fixture
def post(postgresql: Postgres, tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path, postgresql.database())
    yield made
    made.database.close()


def test_processes_that_start_at_once_make_the_tables_once(postgresql: Postgres) -> None:
    url = postgresql.database()
    started = [
        subprocess.Popen([sys.executable, "-c", START, url], stdout=subprocess.PIPE, env=environment())
        for _ in range(3)
    ]
    answers = sorted(int(one.communicate(timeout=60)[0]) for one in started)
    assert answers == [0, VERSION, VERSION]


def test_version_1_goes_to_the_newest(postgresql: Postgres) -> None:
    database = open_database(postgresql.database(), Path())
    with database.writing() as connection:
        metadata.create_all(connection)
        for name in ("deliveries_by_age", "events_by_age"):
            connection.execute(sa.text(f"DROP INDEX {name}"))
    assert migrate(database) == 1
    found = {str(i["name"]) for i in sa.inspect(database.engine).get_indexes("deliveries")}
    assert "deliveries_by_age" in found
    database.close()


def test_two_nodes_never_hold_the_same_row(post: Post) -> None:
    for number in range(30):
        post.event(f"evt_{number:02d}", "team")
    held: list[str] = []

    def take() -> None:
        while due := claim(post.database, "team", time.time()):
            held.append(due.event)
            record(post.database, due, state="dead", attempts=1)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == [f"evt_{number:02d}" for number in range(30)]
    assert revive(post.database, time.time(), target="team") == 30


def test_old_rows_go_and_the_gauges_are_read(post: Post) -> None:
    deliver(post, "old", state="done", last_at=5.0)
    deliver(post, "new")
    build_row(post, "b1", 1.0)
    build_row(post, "b2", 2.0)
    version(post, 3, 0.5)
    post.event("evt_1", "team")
    sign(post.service, post.service.node)
    retention.loop.run(post.service)
    values = now(post.service)
    assert values["queue"] == {("new",): 1.0} and values["rebuilds"] == {("done",): 1.0}
    assert values["nodes"] == {(): 1.0} and values["version"] == {("emails", "sft"): 3.0}


def test_a_backup_is_restored_into_another_database(post: Post, postgresql: Postgres, tmp_path: Path) -> None:
    data = post.folder / "data"
    (data / "state").mkdir(parents=True)
    (data / "state" / "key").write_text("k")
    deliver(post, "k1", body=b"\x00\xff", items='["ü"]')
    deliver(post, "k2", done_at=12.25)
    build_row(post, "b1", 1.5, state="running", ended_at=None)
    version(post, 1, 0.123456789012345)
    post.event("evt_1", "team")
    made = backup(post.database, data, tmp_path / "b.tar")
    assert made.database == "postgresql" and "tables/deliveries.jsonl" in made.files
    other = postgresql.database()
    restore(tmp_path / "b.tar", tmp_path / "new", other, False)
    assert (tmp_path / "new" / "state" / "key").read_text() == "k"
    assert not (tmp_path / "new" / "tables").exists()
    database = open_database(other, tmp_path)
    with database.reading() as there, post.database.reading() as here:
        for table in (deliveries, sends):
            chosen = sa.select(table).order_by(*table.primary_key)
            assert there.execute(chosen).all() == here.execute(chosen).all()
        assert there.execute(sa.select(builds.c.code)).scalar_one() == "service.restored"
    with database.writing() as connection:  # numbers go on after the highest
        row = there_row()
        made_id = connection.execute(deliveries.insert().values(row).returning(deliveries.c.id)).scalar_one()
        assert made_id == 3
    with pytest.raises(UsageError, match="--force"):
        restore(tmp_path / "b.tar", tmp_path / "new2", other, False)
    restore(tmp_path / "b.tar", tmp_path / "new", other, True)
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(deliveries)).scalar() == 2
    with database.writing() as connection:
        alive = {"id": "elsewhere-7", "version": "0", "started_at": 1.0, "seen_at": time.time()}
        connection.execute(nodes.insert().values(alive))
    with pytest.raises(UsageError, match="at work on the database"):
        restore(tmp_path / "b.tar", tmp_path / "new", other, True)
    database.close()


def there_row() -> dict[str, object]:
    return {
        "project": "emails", "key": "k3", "event": "E", "known": True, "items": "[]", "received_at": 1.0,
        "last_at": 1.0, "copies": 1, "state": "new", "build": "", "done_at": None, "body": b"",
    }  # fmt: skip
