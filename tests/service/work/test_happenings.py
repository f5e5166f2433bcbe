"""Events of our own: each once, with the record, and again only after it had become otherwise."""

from __future__ import annotations

import json

import pytest
from ls_double import LabelStudio
from parts import Parts, parts_of
from service_world import PROJECT, World

from labelwright.service.store.tables import events
from labelwright.service.work import happenings
from labelwright.service.work.found import Found
from labelwright.service.work.happenings import Happenings
from labelwright.service.work.job import FileMade, VersionMade


def _types(world: World) -> list[str]:
    return [kind for (kind,) in world.rows("SELECT type FROM events ORDER BY at, key")]


def test_an_item_is_told_when_it_has_its_annotators_and_after_it_lost_one(
    parts: Parts, server: LabelStudio
) -> None:
    parts.rebuild("b1")
    assert len(parts.events("item.complete")) == 4
    server.annotate(5, 1, 1)
    parts.rebuild("b2")
    assert len(parts.events("item.complete")) == 4
    second = int(server.annotate(5, 2, 1)["annotation"]["id"])
    parts.rebuild("b3")
    parts.rebuild("b4")
    told = parts.events("item.complete")
    assert len(told) == 5
    assert told[-1] == {"project": PROJECT, "item": f"{server.url}/28/5", "annotators": 2}
    server.edit(second, 0, skip=True)
    parts.rebuild("b5")
    assert len(parts.events("item.complete")) == 5
    server.edit(second, 1)
    parts.rebuild("b6")
    assert [event["item"] for event in parts.events("item.complete")].count(f"{server.url}/28/5") == 2


def test_the_batch_is_told_when_its_last_item_is_complete(parts: Parts, server: LabelStudio) -> None:
    parts.rebuild("b1")
    for task in (5, 6):
        for person in (1, 2):
            assert parts.events("batch.complete") == []
            server.annotate(task, person, 1)
            parts.rebuild(f"b{task}{person}")
    assert parts.events("batch.complete") == [{"project": PROJECT, "items": 6, "annotators": 2}]
    new = server.add("one more: hello")
    parts.rebuild("b7")
    parts.rebuild("b8")
    assert len(parts.events("batch.complete")) == 1
    for person in (1, 2):
        server.annotate(new, person, 1)
    parts.rebuild("b9")
    assert [event["items"] for event in parts.events("batch.complete")] == [6, 7]


def test_a_gate_that_fails_is_told_once_until_it_has_passed(
    parts: Parts, server: LabelStudio, world: World
) -> None:
    parts.rebuild("b1")
    assert parts.events("agreement.below-gate") == []
    wrong = [int(server.annotate(t, n, n)["annotation"]["id"]) for t in (5, 6) for n in range(3, 9)]
    parts.rebuild("b2")
    server.annotate(5, 9, 1)
    parts.rebuild("b3")
    (told,) = parts.events("agreement.below-gate")
    assert (told["dataset"], told["version"], told["measure"], told["threshold"]) == (
        "train", 2, "percent", 0.8,
    )  # fmt: skip
    assert told["agreement"] == world.one("SELECT agreement FROM versions WHERE number = 2") < 0.8
    assert world.rows("SELECT number, published, gate FROM versions ORDER BY number") == [
        (1, True, "passed"),
        (2, False, "failed"),
        (3, False, "failed"),
    ]
    for one in wrong:
        server.delete(one)
    parts.rebuild("b4")
    for person in range(10, 16):
        server.annotate(5, person, person)
        server.annotate(6, person, person)
    parts.rebuild("b5")
    assert [event["version"] for event in parts.events("agreement.below-gate")] == [2, 5]
    assert [event["version"] for event in parts.events("dataset.published")] == [1, 4]


def test_who_misses_the_gold_target_is_told_by_pseudonym(
    world: World, server: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = [{"item": str(task), "answers": {"category": "SUPPORT_REQUEST"}} for task in (1, 2, 3, 4)]
    (world.folder / "gold.jsonl").write_text("".join(json.dumps(row) + "\n" for row in gold))
    world.dataset |= {"gold": "gold.jsonl", "gold_target": 0.9, "gold_least": 1}
    world.write()
    with parts_of(world, monkeypatch) as parts:
        parts.rebuild("b1")
        server.annotate(5, 1, 1)
        parts.rebuild("b2")
        told = parts.events("gold.target-missed")
    assert [event["target"] for event in told] == [0.9, 0.9]
    assert all(event["annotator"].startswith("annotator-") and event["accuracy"] < 0.9 for event in told)
    assert len({event["annotator"] for event in told}) == 2


def test_what_was_published_names_its_files(parts: Parts) -> None:
    parts.rebuild("b1")
    (told,) = parts.events("dataset.published")
    assert (told["dataset"], told["version"], told["gate"], told["items"], told["examples"]) == (
        "train", 1, "passed", 4, 4,
    )  # fmt: skip
    folder = parts.world.versions / "0001"
    assert {f["name"]: f["bytes"] for f in told["files"]} == {
        p.name: p.stat().st_size for p in folder.iterdir()
    }


def test_events_go_to_the_targets_that_want_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.notify = {
        "all": {"url": "http://x.test"},
        "gates": {"url": "http://x.test", "events": ["agreement.below-gate", "dataset.published"]},
        "others": {"url": "http://x.test", "events": ["gold.target-missed"]},
    }
    world.write()
    with parts_of(world, monkeypatch) as parts:
        parts.rebuild("b1")
        parts.rebuild("b2")
    query = "SELECT target, type, state, attempts FROM sends JOIN events ON events.id = event ORDER BY 1, 2"
    assert world.rows(query) == [
        ("all", "dataset.published", "waiting", 0),
        *[("all", "item.complete", "waiting", 0)] * 4,
        ("gates", "dataset.published", "waiting", 0),
    ]


def test_no_event_names_anybody(parts: Parts, server: LabelStudio, world: World) -> None:
    server.annotate(5, 1, 1)
    parts.rebuild("b1")
    assert "example.test" not in json.dumps(parts.events())
    assert "example.test" not in str(world.rows("SELECT * FROM versions"))
    assert "mail number" not in json.dumps(parts.events())


@pytest.mark.parametrize(("count", "told"), [(happenings.AT_FIRST, happenings.AT_FIRST), (101, 0)])
def test_a_project_that_is_taken_up_late_is_told_as_a_batch(parts: Parts, count: int, told: int) -> None:
    found = Found("b1", {}, count, [str(n) for n in range(count)])
    for build in ("b1", "b2"):
        with parts.service.database.writing() as connection:
            made = Happenings(parts.service.database, connection, PROJECT, build, 1.0)
            made.items(found, build == "b1", 2)
            made.write({})
    assert len(parts.events("item.complete")) == told
    assert len(parts.events("batch.complete")) == 1


def test_another_version_of_a_number_that_was_told_of_has_an_id_of_its_own(
    parts: Parts, world: World
) -> None:
    """As when a backup was restored: who was told before leaves out what has the same id."""
    ids = set()
    for digest in ("a" * 64, "b" * 64, "b" * 64):
        made = VersionMade(
            "train", 7, True, "passed", "percent", 0.9, 0.8, {}, {}, [FileMade("train.jsonl", 1, digest)]
        )
        with parts.service.database.writing() as connection:
            connection.execute(events.delete())
            told = Happenings(parts.service.database, connection, PROJECT, "b1", 1.0)
            told.version(made)
            told.write({})
        ids.add(world.one("SELECT id FROM events"))
    assert len(ids) == 2


def test_the_same_happening_is_written_once(parts: Parts, world: World) -> None:
    made = VersionMade("train", 1, True, "failed", "percent", 0.5, 0.8, {}, {}, [])
    for _ in range(2):
        with parts.service.database.writing() as connection:
            told = Happenings(parts.service.database, connection, PROJECT, "b1", 1.0)
            told.version(made)
            told.write(parts.service.loaded.config.notify)
    assert sorted(_types(world)) == ["agreement.below-gate", "dataset.published"]
