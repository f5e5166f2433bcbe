"""What the log says of a rebuild that ended."""

from __future__ import annotations

import logging

import pytest
from ls_double import LabelStudio
from parts import Parts

from labelwright.problems import ProblemType
from labelwright.service.work.job import Done, Told
from labelwright.service.work.logged import log, log_rebuild

AWAY = ProblemType("tool.away", "It is away", "{url} does not answer", "Wait.")


def test_what_it_found_and_what_was_missed(
    parts: Parts, server: LabelStudio, caplog: pytest.LogCaptureFixture
) -> None:
    parts.rebuild("b1")
    parts.hear(server.annotate(5, 1, 1))
    parts.rebuild("b2")
    server.annotate(6, 1, 1)
    server.delete_task(1)
    parts.rebuild("b3", "reconcile")
    parts.rebuild("b4", "sweep")
    parts.begin("b5")
    problem = AWAY.at(url="http://tool.test")
    parts.finish("b5", Done(failed=Told(problem.code, problem.message, problem.remedy)))
    with caplog.at_level(logging.INFO, log.name):
        for build in ("b1", "b2", "b3", "b4", "b5", "none"):
            log_rebuild(parts.service, build)
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == log.name] == [
        ("INFO", "rebuild of emails (webhook) done: 4 changed, 0 gone; new versions: train 0001"),
        ("INFO", "rebuild of emails (webhook) done: 1 changed, 0 gone; new versions: train 0002"),
        ("INFO", "rebuild of emails (reconcile) done: 1 changed, 1 gone; new versions: train 0003"),
        ("WARNING", "rebuild of emails (reconcile): 2 changes had been missed: no webhook told of them"),
        ("INFO", "rebuild of emails (sweep) done: 0 changed, 0 gone; new versions: none"),
        ("WARNING", "rebuild of emails (webhook) failed: http://tool.test does not answer [tool.away]"),
    ]
