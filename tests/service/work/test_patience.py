"""After failures a project is left alone, ever longer, but never for more than some minutes."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st
from parts import Parts
from service_world import PROJECT

from labelwright.service.work.job import Done, Told
from labelwright.service.work.patience import FIRST, LONGEST, pause, state_of, wait
from labelwright.service.work.record import begin, finish


@given(st.integers(1, 10_000))
def test_the_pause_grows_up_to_its_ceiling(failures: int) -> None:
    assert FIRST <= pause(failures) <= pause(failures + 1) <= LONGEST
    assert pause(1) == FIRST and pause(1000) == LONGEST


def _fail(parts: Parts, build: str, at: float, code: str = "label-studio.unreachable") -> None:
    assert begin(parts.service, build, PROJECT, "sweep", at) == ""
    told = Done(failed=Told(code, "the connection was refused", "Start it."))
    assert finish(parts.service, build, PROJECT, told, at + 1) == "failed"


def _wait(parts: Parts, now: float) -> float:
    with parts.service.database.reading() as connection:
        return wait(connection, PROJECT, now)


def test_a_failing_project_has_one_clear_state(parts: Parts) -> None:
    assert _wait(parts, 0.0) == 0.0
    _fail(parts, "b", 100.0)
    for n in range(4):
        if n == 0:
            begin(parts.service, "well", PROJECT, "sweep", 200.0)
            finish(parts.service, "well", PROJECT, Done(), 201.0)
            parts.name("1")
        _fail(parts, f"b{n}", 1000.0 + 10 * n)
    with parts.service.database.reading() as connection:
        found = state_of(connection, PROJECT)
    assert (found.state, found.code, found.attempts) == ("failing", "label-studio.unreachable", 4)
    assert (found.since, found.next_at, found.waiting) == (1000.0, 1031.0 + pause(4), 1)
    assert (found.message, found.remedy) == ("the connection was refused", "Start it.")
    assert _wait(parts, 1031.0) == pause(4) == 16.0
    assert _wait(parts, 1031.0 + 16.0) == 0.0
    assert _wait(parts, 0.0) == LONGEST  # a clock that was put back does not stop it for long


def test_a_rebuild_that_is_done_ends_the_pause(parts: Parts) -> None:
    for n in range(3):
        _fail(parts, f"b{n}", 1000.0 + n)
    parts.rebuild("b9")
    assert _wait(parts, time.time()) == 0.0
    with parts.service.database.reading() as connection:
        assert state_of(connection, PROJECT).state == "current"


def test_a_kill_is_no_fault_of_the_tool(parts: Parts) -> None:
    _fail(parts, "b1", 1000.0, "service.rebuild-lost")
    assert _wait(parts, 1001.0) == 0.0
    _fail(parts, "b2", 1010.0, "service.rebuild-died")  # as when there is too little memory for it
    assert _wait(parts, 1011.0) == pause(1)


def test_another_at_work_leaves_no_failure(parts: Parts) -> None:
    parts.begin("b1")
    busy = Done(failed=Told("state.locked", "another run is working", busy=True))
    assert finish(parts.service, "b1", PROJECT, busy, 1.0) == "busy"
    assert parts.world.rows("SELECT * FROM builds") == []
