"""A disk without room, as SQLite tells of it."""

from __future__ import annotations

import itertools
import logging
import threading
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa
from service_process import configured

from labelwright.problems import DataError
from labelwright.service import clock
from labelwright.service.config.load import load
from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.running import at_work, opened
from labelwright.service.store.migrate import AWAY
from labelwright.service.work.workflows import Workflows

FULL = sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))


def test_a_start_on_a_full_disk_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = Workflows.start

    def full(self: Workflows) -> None:
        start(self)
        raise FULL

    monkeypatch.setattr(Workflows, "start", full)
    with pytest.raises(DataError) as caught, opened(load(configured(tmp_path))) as service, at_work(service):
        pass
    assert caught.value.problem.code == AWAY.code
    assert "full" in caught.value.problem.message


def _lines(loop: Loop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a clock says of a loop in some rounds."""
    rounds, some = itertools.count(1), threading.Event()

    def run(service: Service) -> None:
        if next(rounds) == 10:
            some.set()
        loop.run(service)

    monkeypatch.setattr(clock, "_loops", lambda: [Loop(loop.name, loop.every, run)])
    ticking = clock.Clock(cast(Service, None))
    with caplog.at_level(logging.ERROR, clock.log.name):
        ticking.start()
        assert some.wait(90)
        ticking.stop(60.0)
    return [record.getMessage() for record in caplog.records if record.name == clock.log.name]


def test_a_loop_that_fails_in_the_same_way_fills_no_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(service: Service) -> None:
        raise FULL

    (line,) = _lines(Loop("sweep", lambda service: 0.01, full), caplog, monkeypatch)
    assert "sweep" in line and "disk is full" in line and "Traceback" not in line


def test_a_loop_that_fails_otherwise_is_told_of_each_time(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = iter(range(1000))

    def fails(service: Service) -> None:
        if (number := next(rounds)) < 3:
            raise ValueError(f"fault {number}")

    lines = _lines(Loop("sweep", lambda service: 0.01, fails), caplog, monkeypatch)
    assert len(lines) == 3 and all("Traceback" in line for line in lines)
