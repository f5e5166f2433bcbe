"""What the log says of rebuilds: whoever keeps the service running sees them begin, fail and publish."""

from __future__ import annotations

import logging

import pytest
from ls_double import LabelStudio
from service_world import PROJECT, World

from labelwright.service.running import at_work, opened


def test_rebuilds_are_told_of(world: World, server: LabelStudio, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "labelwright.service.work.logged")

    def said(what: str) -> logging.LogRecord | None:
        return next((r for r in caplog.records if what in r.getMessage()), None)

    world.dataset |= {"min_agreement": 0.9}
    world.write()
    with opened(world.loaded) as service, at_work(service):
        world.until(lambda: said("new versions: train 0001"), "the first is told of")
        assert said("rebuild of emails (start) begins") and said("rebuild of emails (start) done: ")
        server.edit(server.annotations()[0], 2)
        service.extra["workflows"].ask(PROJECT, "demand", 0.0)
        failed = "train of emails: version 0002 is not published: gate failed, agreement 0.75, 0.9 asked"
        world.until(lambda: said(failed), "the gate is told of")
        server.token = "another"
        service.extra["workflows"].ask(PROJECT, "demand", 0.0)
        world.until(lambda: said("rebuild of emails (demand) failed: "), "what stops it is told of")
    told = said("rebuild of emails (demand) failed: ")
    assert told is not None and told.levelno == logging.WARNING
    assert told.__dict__["code"] == "label-studio.token-refused" and told.__dict__["project"] == PROJECT
