"""The inbox: on disk before it is answered, each once, one bad row alone, and its limits."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from receiving import configured, receiving
from tests.service.receiving.conftest import rows

from labelwright.contracts import Heard
from labelwright.service.context import Service
from labelwright.service.inbox import rows as rows_module
from labelwright.service.inbox.writer import Full, InboxWriter
from labelwright.service.store.tables import deliveries


async def _one(inbox: InboxWriter, heard: Heard) -> None:
    await inbox.put("emails", heard)


async def _all(service: Service, heard: list[Any]) -> list[Any]:
    puts = (_one(service.inbox, one) for one in heard)
    return await asyncio.gather(*puts, return_exceptions=True)


def _put(service: Service, *heard: Any) -> list[Any]:
    return asyncio.run(_all(service, list(heard)))


def test_many_are_written_in_few_commits(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = 0

    def count(connection: Any) -> None:
        nonlocal commits
        commits += 1

    sa.event.listen(service.database.engine, "commit", count)

    async def at_once() -> list[Any]:
        heard = (Heard("e", f"k{n}", kept={"n": n}) for n in range(1000))
        puts = [asyncio.ensure_future(_one(service.inbox, one)) for one in heard]
        with service.database.writing():  # nothing is written before all are there
            await asyncio.sleep(0)
        return await asyncio.gather(*puts, return_exceptions=True)

    found = asyncio.run(at_once())
    assert found == [None] * 1000 and len(rows(service)) == 1000
    assert commits < 100


def test_the_same_delivery_again_is_looked_into_again(service: Service) -> None:
    """A copy of one that is done may tell of what its rebuild did not see; of one in work, too."""
    _put(service, Heard("e", "done"), Heard("e", "in work"), Heard("ping", "ping", moves=False))
    with service.database.writing() as connection:
        table = deliveries
        connection.execute(table.update().where(table.c.key == "done").values(state="done", build="b1"))
        connection.execute(table.update().where(table.c.key == "in work").values(build="b2"))
    _put(service, Heard("e", "done"), Heard("e", "in work"), Heard("ping", "ping", moves=False))
    found = {row.key: (row.state, row.build, row.copies) for row in rows(service)}
    assert found == {"done": ("new", "", 2), "in work": ("new", "", 2), "ping": ("ignored", "", 2)}
    assert all(row.last_at >= row.received_at for row in rows(service))


def test_the_same_delivery_many_times_at_once_is_one_row(service: Service) -> None:
    _put(service, *[Heard("e", "k")] * 200)
    assert [row.copies for row in rows(service)] == [200]


def test_a_row_that_cannot_be_written_takes_no_other_along(service: Service) -> None:
    bad = Heard("e", "bad", project="1", items=("1",), kept=None)
    with service.database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER no_bad BEFORE INSERT ON deliveries WHEN NEW.key = 'bad' "
            "BEGIN SELECT RAISE(ABORT, 'constraint'); END"
        )
    good = [Heard("e", f"k{n}") for n in range(20)]
    found = _put(service, *good[:10], bad, *good[10:])
    assert isinstance(found[10], sa.exc.IntegrityError)
    assert [one for one in found if one is not None] == [found[10]]
    assert [row.key for row in rows(service)] == [one.key for one in good]


def test_what_cannot_be_encoded_is_the_sender_s_alone(service: Service) -> None:
    found = _put(service, Heard("e", "good"), Heard("e", "bad", kept=object()), Heard("e", "fine"))
    assert isinstance(found[1], TypeError) and found[0] is None and found[2] is None
    assert [row.key for row in rows(service)] == ["good", "fine"]


def test_a_database_that_fails_is_told_to_everybody_and_comes_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = service.database.writing

    def full() -> Any:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(service.database, "writing", full)
    found = _put(service, *(Heard("e", f"k{n}") for n in range(5)))
    assert [type(one) for one in found] == [sa.exc.OperationalError] * 5
    monkeypatch.setattr(service.database, "writing", whole)
    assert _put(service, *(Heard("e", f"k{n}") for n in range(5))) == [None] * 5
    assert [row.copies for row in rows(service)] == [1] * 5


def test_a_fault_of_those_who_are_told_loses_nothing(tmp_path: Path) -> None:
    with receiving(configured(tmp_path)) as service:
        told: list[set[str]] = []

        def broken(projects: set[str]) -> None:
            told.append(projects)
            raise RuntimeError

        service.poke = broken
        for number in range(2):
            assert _put(service, Heard("e", f"k{number}")) == [None]
        assert told == [{"emails"}] * 2 and len(rows(service)) == 2


def test_more_than_may_wait_are_sent_away(service: Service) -> None:
    inbox = InboxWriter(service.database, lambda projects: None, most_waiting=10)  # nobody writes yet

    async def fill() -> list[Any]:
        puts = [asyncio.ensure_future(_one(inbox, Heard("e", f"k{n}"))) for n in range(15)]
        await asyncio.sleep(0.05)
        assert inbox.waiting == 10 and sum(put.done() for put in puts) == 5
        inbox.start()
        return await asyncio.gather(*puts, return_exceptions=True)

    found = asyncio.run(fill())
    inbox.close()
    assert [type(one) for one in found] == [type(None)] * 10 + [Full] * 5
    assert len(rows(service)) == 10


def test_the_end_writes_what_waits_and_takes_no_more(tmp_path: Path) -> None:
    with receiving(configured(tmp_path)) as service:

        async def last() -> list[Any]:
            puts = [asyncio.ensure_future(_one(service.inbox, Heard("e", f"k{n}"))) for n in range(300)]
            await asyncio.sleep(0)
            closing = threading.Thread(target=service.inbox.close)
            closing.start()
            found = await asyncio.gather(*puts, return_exceptions=True)
            closing.join()
            return found

        assert asyncio.run(last()) == [None] * 300 and len(rows(service)) == 300
        assert [type(one) for one in _put(service, Heard("e", "late"))] == [Full]


def test_one_who_left_does_not_end_the_writer(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def leave() -> None:
        put = asyncio.ensure_future(_one(service.inbox, Heard("e", "left")))
        await asyncio.sleep(0)
        put.cancel()

    with service.database.writing():
        asyncio.run(leave())  # and its loop is closed before the row is written
    assert _put(service, Heard("e", "next")) == [None]
    assert {row.key for row in rows(service)} == {"left", "next"}


def test_a_large_body_is_compressed_and_a_small_one_left(service: Service) -> None:
    import zlib

    small, large = {"n": 1}, {"text": "word " * 2000}
    _put(service, Heard("e", "small", kept=small), Heard("e", "large", kept=large))
    found = [row.body for row in rows(service)]
    assert [msgspec.json.decode(zlib.decompress(body)) for body in found] == [small, large]
    assert len(found[1]) < 500 and rows_module.PLAIN < 10_000
