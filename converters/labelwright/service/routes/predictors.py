"""The protocols by which tools ask predictors, each below its prefix: /ml, /nuclio ..."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from labelwright.contracts import Host, HostAnswer, HostRequest
from labelwright.predicting.apart import Apart
from labelwright.registry import predictor_hosts
from labelwright.service.answers import problem
from labelwright.service.context import Service
from labelwright.service.learning import Learning
from labelwright.service.predicting import key_of, knows, models

log = logging.getLogger(__name__)
METHODS = ["GET", "POST", "PUT", "DELETE"]
AT_ONCE = 8  # requests in one protocol to one predictor at a time; it answers one after the other
TURN = 100.0  # seconds to wait for others' requests; tools wait no longer either
BUSY = "The predictor has been at work for others for too long."


def routes(service: Service) -> list[BaseRoute]:
    """A route for each tool's protocol; the models begin to load. Raises ``UsageError``."""
    served = models(service.loaded)
    service.extra["predictors"] = served
    if not served:
        return []
    for model in served.values():
        model.start()
        service.ends.append(model.close)
    threading.Thread(target=_end, args=(service, served), name="end predictors", daemon=True).start()
    service.extra["learning"] = learning = Learning(service, served)
    service.ends.append(learning.close)
    hosting = [_Hosting(service, host) for host in predictor_hosts()]
    service.extra["hosting"] = {h.host.prefix: h for h in hosting}
    return [Route(f"/{h.host.prefix}/{{path:path}}", h.answer, methods=METHODS) for h in hosting]


def _end(service: Service, served: Mapping[str, Apart]) -> None:
    """End the models as soon as the service is told to end: whoever waits for one is told so at once."""
    service.closing.wait()
    for model in served.values():
        model.close()


class _Hosting:
    """One protocol over all predictors."""

    def __init__(self, service: Service, host: Host) -> None:
        self.host, self._served, self._service = host, service.extra["predictors"], service
        self._learning: Learning = service.extra["learning"]
        self._key = key_of(service.loaded.data)
        self._most = service.loaded.config.service.max_body
        # Threads of their own: a model that loads or hangs holds no other model's requests, nor a page's.
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self._threads = CapacityLimiter(AT_ONCE * (len(self._served) + 1))

    async def answer(self, request: Request) -> Response:
        """Answer one request that shows the key."""
        if not knows(self._key, request.headers.get("authorization", "")):
            return problem(401, headers={"WWW-Authenticate": 'Basic realm="labelwright"'})
        return await self.through(request, request.path_params["path"])

    async def through(self, request: Request, path: str, predictor: str = "") -> Response:
        """Answer one request of somebody who may ask: at once if it can be, else beside the loop.

        ``predictor``: at whose port it came in.
        """
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            body = await self._body(request)
        except ClientDisconnect:  # nobody hears the answer
            return problem(400)
        if body is None:
            return problem(413)
        query = dict(request.query_params)
        ports = self._service.extra.get("ports", {}).get(self.host.prefix, {})
        asked = HostRequest(request.method, path, headers, body, query, ports, predictor)
        found, seconds = self.host.at_once(asked, self._served), None
        if found is None:
            began = time.perf_counter()
            try:
                async with self._turn(asked):
                    found = await to_thread.run_sync(
                        self.host.answer, asked, self._served, {}, limiter=self._threads
                    )
            except TimeoutError:
                return problem(503, BUSY)
            seconds = time.perf_counter() - began
        name = found.predictor or asked.path.strip("/").partition("/")[0]
        if name in self._served:
            self._tell(name, found, seconds)
        if found.learn is not None and name in self._served:
            why_not = await run_in_threadpool(self._learning.ask, name, found.learn)
            if why_not and found.learn.now:
                return problem(409, why_not)
        return _response(found)

    async def _body(self, request: Request) -> bytes | None:
        """The body; None if it is too large. Raises ``ClientDisconnect``."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._most:
                return None
        return bytes(body)

    @contextlib.asynccontextmanager
    async def _turn(self, asked: HostRequest) -> AsyncIterator[None]:
        """One of the turns of whoever is asked. Raises ``TimeoutError``."""
        names = (asked.predictor, asked.path.strip("/").partition("/")[0])
        turns = self._turns[next((n for n in names if n in self._served), "")]
        async with asyncio.timeout(TURN):
            await turns.acquire()
        try:
            yield
        finally:
            turns.release()

    def _tell(self, name: str, answer: HostAnswer, seconds: float | None) -> None:
        """Count what came of a request; what a person or a model wrote is in no log."""
        self._service.metrics.suggested(name, answer.items, answer.codes, seconds)
        if answer.codes:
            counts = ", ".join(f"{code} ({n})" for code, n in sorted(answer.codes.items()))
            log.warning("predictor %s: %s", name, counts)


def _response(answer: HostAnswer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers), answer.type)
