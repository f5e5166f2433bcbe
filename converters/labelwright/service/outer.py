"""What is around the application: a log of requests, and an end to new deliveries when the service ends."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from labelwright.service.context import Service
from labelwright.service.guard import MODELS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("labelwright.service.requests")

HOOKS = "/webhooks/"
# Logged when they go wrong, as those are that ask predictors; else they are counted elsewhere.
OFTEN = (HOOKS, "/health", "/ready", "/metrics")

OUTCOMES = {  # by the answer's status
    0: "closing",
    200: "accepted",
    400: "malformed",
    401: "unauthorized",
    413: "too-large",
    415: "wrong-type",
    429: "limited",
    503: "unavailable",
}


def outer(service: Service, app: ASGIApp) -> ASGIApp:
    """The application, wrapped."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        hook = scope["path"].startswith(HOOKS)
        if hook and service.closing.is_set():
            _count(service, scope, 0, None)
            await _closing(send)
            return
        began, status = time.perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if hook:
                with service.telemetry.span("receive"):
                    await app(scope, receive, sent)
            else:
                await app(scope, receive, sent)
        finally:
            seconds = time.perf_counter() - began
            _log(scope, status, seconds)
            if hook:
                _count(service, scope, status, seconds)

    return wrapped


def _count(service: Service, scope: Scope, status: int, seconds: float | None) -> None:
    """``scope["heard"]``: the event and whether it is known, if whoever took the delivery in says so."""
    tool = scope["path"].removeprefix(HOOKS).partition("/")[0]
    event, known = scope.get("heard", ("", False))
    outcome = OUTCOMES.get(status, "refused" if status < 500 else "failed")
    service.metrics.delivery(tool, outcome, event, known, seconds)


def _log(scope: Scope, status: int, seconds: float) -> None:
    """Never the query, headers or body; the path only where it is one of ours: others may say anything."""
    path = scope["path"]
    fine = 500 if path.startswith(OFTEN) else 400 if path.startswith(MODELS) else 0  # below it
    level = logging.DEBUG if status < fine else logging.INFO
    if log.isEnabledFor(level):
        shown = "(unknown)" if 400 <= status < 500 else path
        log.log(level, "%s %s %d in %.1f ms", scope["method"], shown, status, seconds * 1000)


async def _closing(send: Send) -> None:
    headers = [(b"connection", b"close"), (b"retry-after", b"5"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
