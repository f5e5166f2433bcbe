"""What has moved between two rebuilds, and what of it nobody had told."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ls_double import LabelStudio
from parts import Parts
from service_world import World

from labelwright.service.work import rebuild, record
from labelwright.service.work.found import FOUND, KNOWN, load, moved, unheard
from labelwright.service.work.job import Done
from labelwright.service.work.record import at_work

IDS = st.dictionaries(st.sampled_from(["1", "2", "3/4", "3/5"]), st.sampled_from("ab"))


@given(IDS, IDS)
def test_what_moved_leads_from_one_state_to_the_other(before: dict[str, str], now: dict[str, str]) -> None:
    found = moved(before, now)
    left = {k: v for k, v in before.items() if k not in found.gone} | {k: now[k] for k in found.changed}
    assert left == now
    assert all(before.get(k) != now[k] for k in found.changed)
    assert found.all == [*sorted(found.changed), *sorted(found.gone)]


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ([], ["1", "3/4", "3/5", "33/1"]),
        (["*"], []),
        (["3"], ["1", "33/1"]),
        (["3/4", "9"], ["1", "3/5", "33/1"]),
        (["3/4/7"], ["1", "3/4", "3/5", "33/1"]),
    ],
)
def test_a_name_stands_for_what_lies_below_it(named: list[str], left: list[str]) -> None:
    assert unheard(["1", "3/4", "3/5", "33/1"], named) == left


def test_the_first_rebuild_cannot_have_missed_anything(parts: Parts) -> None:
    parts.rebuild("b1", "start")
    found = parts.build("b1")
    assert found["moved"] == {
        "changed": ["1", "2", "3", "4"],
        "gone": [],
        "counts": {"changed": 4, "gone": 0, "missed": 0},
    }
    assert found["missed"] == []


def test_what_no_delivery_named_was_missed(parts: Parts, server: LabelStudio) -> None:
    parts.rebuild("b1")
    told = server.annotate(5, 1, 1)
    server.annotate(6, 1, 1)  # lost on its way
    server.delete_task(1)  # lost as well
    parts.hear(told)
    parts.rebuild("b2")
    found = parts.build("b2")
    assert found["moved"]["changed"] == ["5", "6"] and found["moved"]["gone"] == ["1"]
    assert found["missed"] == ["6", "1"] and found["moved"]["counts"]["missed"] == 2
    assert (found["state"], found["deliveries"]) == ("done", 1)


def test_a_deletion_that_names_no_task_may_mean_any(parts: Parts, server: LabelStudio) -> None:
    parts.rebuild("b1")
    parts.hear(server.delete(server.annotations()[0]))
    parts.rebuild("b2")
    assert parts.build("b2")["missed"] == [] and parts.build("b2")["moved"]["counts"]["changed"] == 1


def test_a_delivery_that_comes_behind_the_rebuild_that_saw_its_change(
    parts: Parts, server: LabelStudio
) -> None:
    parts.rebuild("b1")
    told = server.annotate(5, 1, 1)
    server.annotate(6, 1, 1)
    parts.rebuild("b2", "reconcile")
    assert parts.build("b2")["missed"] == ["5", "6"]
    parts.hear(told)
    parts.rebuild("b3")
    assert parts.build("b2")["missed"] == ["6"]
    assert parts.build("b2")["moved"]["counts"] == {"changed": 2, "gone": 0, "missed": 1}
    assert parts.build("b3")["moved"]["counts"] == {"changed": 0, "gone": 0, "missed": 0}


def test_a_delivery_that_comes_long_after_does_not_unsay_it(parts: Parts, server: LabelStudio) -> None:
    parts.rebuild("b1")
    told = server.annotate(5, 1, 1)
    parts.rebuild("b2", "reconcile")
    parts.hear(told, time.time() + 3600)
    parts.rebuild("b3")
    assert parts.build("b2")["missed"] == ["5"]


def test_a_delivery_during_the_rebuild_is_heard_and_waits_for_another(
    parts: Parts, server: LabelStudio, world: World
) -> None:
    parts.rebuild("b1")
    parts.begin("b2")
    told = server.annotate(5, 1, 1)
    done = parts.work("b2")
    parts.hear(told)
    parts.finish("b2", done)
    assert parts.build("b2")["missed"] == [] and parts.build("b2")["moved"]["changed"] == ["5"]
    assert world.rows("SELECT state, build FROM deliveries") == [("new", "")]


@pytest.mark.parametrize("point", ["begun", "worked", "recorded"])
def test_a_kill_between_any_two_steps_loses_nothing(
    parts: Parts, server: LabelStudio, world: World, point: str
) -> None:
    parts.rebuild("b1")
    parts.hear(server.annotate(5, 1, 1))
    server.annotate(6, 1, 1)
    parts.begin("b2")
    done = Done() if point == "begun" else parts.work("b2")
    if point == "recorded":  # the record is committed, the file that says what is known is not there yet
        before = (parts.project.folder / KNOWN).read_bytes()
        parts.finish("b2", done)
        (parts.project.folder / KNOWN).write_bytes(before)
    # Another rebuild comes first, then the killed one goes on where it was.
    parts.rebuild("b3", "sweep")
    missed = parts.build("b2" if point == "recorded" else "b3")
    assert missed["moved"]["changed"] == ["5", "6"] and missed["missed"] == ["6"]
    assert world.rows("SELECT state FROM deliveries") == [("done",)]
    parts.finish("b2", parts.work("b2") if point == "begun" else done)
    assert world.one("SELECT count(*) FROM builds WHERE state <> 'done'") == 0
    counts = [row["moved"].get("counts", {}).get("missed", 0) for row in map(parts.build, ("b2", "b3"))]
    assert sum(counts) == 1
    assert load(parts.project.folder, KNOWN) is not None
    last = load(parts.project.folder, FOUND)
    assert last is not None and set(last.contents) == {"1", "2", "3", "4", "5", "6"}


def test_each_step_may_be_repeated(parts: Parts, server: LabelStudio, world: World) -> None:
    parts.rebuild("b1")
    parts.hear(server.annotate(5, 1, 1))
    for _ in range(2):
        parts.begin("b2")
    for _ in range(2):
        done = parts.work("b2")
    for _ in range(2):
        parts.finish("b2", done)
    found = parts.build("b2")
    assert (found["deliveries"], found["state"], found["missed"]) == (1, "done", [])
    assert world.one("SELECT count(*) FROM versions") == 2
    assert world.one("SELECT count(*) FROM events WHERE type = 'dataset.published'") == 2


def test_a_version_that_was_made_but_not_recorded_comes_onto_the_record(
    parts: Parts, server: LabelStudio, world: World
) -> None:
    server.annotate(5, 1, 1)
    parts.begin("b1")
    parts.work("b1")  # killed before the record, and never taken up again
    parts.hear(server.annotate(5, 2, 1))
    parts.rebuild("b2")
    assert world.rows("SELECT number, build FROM versions ORDER BY number") == [(1, "b2"), (2, "b2")]
    assert [event["version"] for event in parts.events("dataset.published")] == [1, 2]


def test_two_rebuilds_of_a_project_do_not_mix(parts: Parts, world: World) -> None:
    from labelwright.state.versions import VersionStore

    with VersionStore(parts.project.folder).locked():
        assert parts.begin("b1") == "busy"
    assert world.one("SELECT count(*) FROM builds") == 0
    assert parts.begin("b1") == ""


def test_a_look_whether_somebody_is_at_work_hinders_nobody(
    parts: Parts, server: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine those who look may stand still in the middle of it.
    for place, name in ((record, "SHORT"), (record, "LONG"), (rebuild, "PATIENCE")):
        monkeypatch.setattr(place, name, 60.0)
    parts.rebuild("b1")
    server.annotate(5, 1, 1)
    over = Event()

    def look() -> None:
        while not over.is_set():
            at_work(parts.project)

    with ThreadPoolExecutor(2) as threads:
        looking = [threads.submit(look) for _ in range(2)]
        try:
            for n in range(3):
                parts.rebuild(f"c{n}")
        finally:
            over.set()
        for one in looking:
            one.result()
    assert parts.build("c0")["missed"] == ["5"]
    assert [parts.build(f"c{n}")["moved"]["counts"]["changed"] for n in range(3)] == [1, 0, 0]


def test_a_project_that_is_not_configured_is_left_alone(parts: Parts, world: World) -> None:
    parts.name("1")
    parts.service.projects.clear()
    assert parts.begin("b1") == "gone"
    assert world.rows("SELECT state, build FROM deliveries") == [("new", "")]
    assert world.one("SELECT count(*) FROM builds") == 0


def test_a_folder_that_was_made_anew_comes_onto_the_record_as_it_is(
    parts: Parts, server: LabelStudio, world: World
) -> None:
    for n in range(3):
        server.annotate(5, n, 1)
        parts.rebuild(f"b{n}")
    assert world.rows("SELECT number FROM versions ORDER BY number") == [(1,), (2,), (3,)]
    shutil.rmtree(parts.project.folder)
    parts.rebuild("b4")
    (row,) = world.rows("SELECT number, files FROM versions")
    assert row[0] == 4
    there = {p.name: p.stat().st_size for p in (world.versions / "0004").iterdir()}
    assert {f["name"]: f["size"] for f in json.loads(row[1])} == there
    assert world.one("SELECT count(*) FROM events WHERE type = 'dataset.published'") == 4
