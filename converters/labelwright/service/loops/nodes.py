"""Says that this process is alive, and takes over what processes that are not have left."""

from __future__ import annotations

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.work import tending

EVERY = 5.0  # seconds


def _run(service: Service) -> None:
    tending.sign(service, service.extra["node"])
    tending.take_over(service, service.extra["workflows"])


loop = Loop("nodes", lambda service: EVERY, _run)
