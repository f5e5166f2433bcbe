"""Deletes what the workflow engine keeps of rebuilds that have ended."""

from __future__ import annotations

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.work import tending

EVERY = 600.0  # seconds


def _run(service: Service) -> None:
    del service
    tending.forget_finished()


loop = Loop("finished", lambda service: EVERY, _run)
