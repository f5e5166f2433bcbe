"""``/health``: the process is alive. ``/ready``: it can take deliveries in; if not, why not."""

from __future__ import annotations

import asyncio
import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from labelwright.service.context import Service
from labelwright.service.loops.nodes import BEAT, LATE
from labelwright.service.store.migrate import version
from labelwright.service.store.room import NOTHING, lacks
from labelwright.service.store.tables import VERSION

PATIENCE = 3.0  # seconds that the database gets


def routes(service: Service) -> list[BaseRoute]:
    """Two routes that need no log-in and tell nothing of the data."""

    async def health(request: Request) -> Response:
        del request
        return JSONResponse({"alive": True})

    async def ready(request: Request) -> Response:
        del request
        reasons = _own(service)
        try:
            found, why = await asyncio.wait_for(run_in_threadpool(_asked, service), PATIENCE)
            if why and why not in reasons:
                reasons.append(why)
            if found != VERSION:
                reasons.append("the database is of another version of this program")
        except Exception:  # whatever it was: it did not answer
            reasons.append("the database does not answer")
        return JSONResponse(
            {"ready": not reasons, "reasons": reasons},
            status_code=503 if reasons else 200,
            headers={"Cache-Control": "no-store"},
        )

    return [Route("/health", health, methods=["GET"]), Route("/ready", ready, methods=["GET"])]


def _own(service: Service) -> list[str]:
    """What this process knows without asking anyone."""
    reasons = []
    if service.closing.is_set():
        reasons.append("the service is ending")
    if service.inbox.full:
        reasons.append("too many deliveries wait to be written")
    if service.inbox.failing:
        reasons.append(service.inbox.failing)
    beat = service.extra.get(BEAT)
    if not service.inbox.failing and beat is not None and time.monotonic() - beat > LATE:
        reasons.append(NOTHING)
    return reasons


def _asked(service: Service) -> tuple[int, str]:
    """What the database and the disk say when they are asked: the version of the tables, what is lacking."""
    with service.database.reading() as connection:
        return version(connection), lacks(service.database, service.loaded.data)
