"""Says that this process is alive, and takes over what processes that are not have left.

Where a commit failed, it also tries whether the database takes something in again.
"""

from __future__ import annotations

import time

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.store.room import probe, reason_of
from labelwright.service.work import tending

EVERY = 5.0  # seconds
BEAT = "beat"  # in the service's extras: when the sign was last written down, by the monotonic clock
LATE = 45.0  # seconds without, after which the database takes nothing in


def _run(service: Service) -> None:
    service.extra.setdefault(BEAT, time.monotonic())
    try:
        tending.sign(service, service.node)
        if service.inbox.failing:
            probe(service.database)
            service.inbox.recovered()
    except Exception as error:
        service.inbox.failing = reason_of(error)
        raise
    service.extra[BEAT] = time.monotonic()
    tending.take_over(service, service.extra["workflows"])


loop = Loop("nodes", lambda service: EVERY, _run)
