"""Takes deliveries in: whether one may come, whether it is believed, what it says, on disk, answered.

Written against the server's interface itself, since it is all that an annotator's click waits for. Nothing
of a delivery reaches a log: neither body nor header, nor a path that somebody made up.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets as random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from labelwright.contracts import Heard
from labelwright.service.inbox.body import Bodies, Gone, Refused, declared, throw_away
from labelwright.service.inbox.decoding import decode
from labelwright.service.inbox.rate import Buckets, networks, source_of
from labelwright.service.inbox.writer import Full

if TYPE_CHECKING:
    from labelwright.service.context import Project, Service

log = logging.getLogger(__name__)
Done = TypeVar("Done")

LARGE = 262_144  # bytes from which a body is looked at beside the loop
STORED_WITHIN = 20.0  # seconds until a delivery that is not on disk is given up
AGAIN = 5  # seconds after which to try again when it could not be stored
SAID_EVERY = 60.0  # seconds between two log lines of one project and status

_UNAVAILABLE = 503

Counted = Counter[tuple[str, int]]


class Receiver:
    """The application behind ``POST /webhooks/<tool>/<project>``.

    ``counted`` has the answers by project (empty: one that is not configured) and status.
    """

    def __init__(self, service: Service) -> None:
        """Raises ``UsageError`` for proxies that are no addresses."""
        config = service.loaded.config
        self._service, self._deep = service, config.service.max_depth
        self._most = config.service.max_body
        self._proxies = networks(config.login.proxies)
        rate = float(config.service.rate)
        # Apart, so that nobody who is not believed uses up what is for those who are.
        self._right, self._wrong = Buckets(rate), Buckets(rate)
        self._bodies = Bodies(self._most)
        self._decoy = random.token_urlsafe(48)
        self._said: dict[tuple[str, int], float] = {}
        self.counted: Counted = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        project = self._project(scope["path_params"])
        name = "" if project is None else project.name
        unread, retry = False, 0
        try:
            await self._take(scope, receive, project)
            status = 200
        except Refused as refused:
            status, unread, retry = refused.status, refused.unread, refused.retry
            self._say(name, status, refused.why)
        except Gone:
            return
        except Exception as error:
            status = 500
            self._say(name, status, f"{type(error).__name__} at {_where(error)}")
        self.counted[name, status] += 1
        await send(_start(status, unread, retry))
        if unread:
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            await throw_away(receive)
        await send(_END)

    async def _take(self, scope: Any, receive: Any, project: Project | None) -> None:
        """Store a delivery. Raises ``Refused``."""
        headers = _headers(scope["headers"])
        peer = (scope.get("client") or ("",))[0]
        forwarded = headers.get("x-forwarded-for", "") if self._proxies else ""
        source = source_of(peer, forwarded, self._proxies)
        tool = scope["path_params"]["tool"]
        try:
            body = await self._body(headers, receive, source)
            await _done(len(body), self._believe, project, tool, headers, body)
        except Refused as refused:
            raise self._worse(refused, source) from None
        wait = self._right.wait(source)
        if wait:
            raise Refused(429, "too many deliveries from one address", retry=math.ceil(wait))
        heard = await _done(len(body), self._hear, project, body)
        scope["heard"] = heard.event, heard.known  # for whoever counts
        stored = self._put(project, heard)
        del heard, body  # what waits for a commit waits without them
        try:
            async with asyncio.timeout(STORED_WITHIN):
                await stored
        except Exception as error:  # whatever the database or the disk has
            raise Refused(503, f"it cannot be stored: {type(error).__name__}", retry=AGAIN) from None

    async def _body(self, headers: Mapping[str, str], receive: Any, source: str) -> bytes:
        """The body; of a source that was wrong too often a small one alone. Raises ``Refused``."""
        most = min(LARGE, self._most) if self._wrong.empty(source) else self._most
        declared(headers, most)
        return await self._bodies.read(receive, most)

    def _worse(self, refused: Refused, source: str) -> Refused:
        """What one hears that is not believed: the same, or that it was too often."""
        if refused.status == _UNAVAILABLE:  # that is ours
            return refused
        wait = self._wrong.wait(source)
        if not wait:
            return refused
        return Refused(429, "too many wrong requests from one address", refused.unread, math.ceil(wait))

    def _believe(self, project: Project | None, tool: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raises ``Refused`` for what knows no secret."""
        believed = self._believed(project)
        asked = project if project is not None else self._other(tool)
        # Without a secret there is as much to do as with one: time tells nobody what is configured.
        right = asked is not None and asked.hooks.authentic(headers, body, believed or [self._decoy])
        if project is None or not believed or not right:
            raise Refused(401, "it knows no secret of the project")

    def _hear(self, project: Project | None, body: bytes) -> Heard:
        """Understand what is believed. Raises ``Refused``."""
        assert project is not None
        try:
            payload = decode(body, self._deep)
        except ValueError as error:
            raise Refused(400, f"the body cannot be understood: {error}") from None
        try:
            return project.hooks.hear(payload)
        except ValueError:
            raise Refused(400, "the body cannot be understood") from None

    def _believed(self, project: Project | None) -> list[str]:
        if project is None:
            return []
        try:
            return self._service.secrets.believed(project.name)
        except (OSError, ValueError) as error:
            why = f"its secrets cannot be read: {type(error).__name__}"
            raise Refused(503, why, retry=AGAIN) from None

    def _put(self, project: Project | None, heard: Heard) -> asyncio.Future[None]:
        assert project is not None
        try:
            return self._service.inbox.put(project.name, heard)
        except Full:
            raise Refused(503, "too many deliveries wait to be stored", retry=1) from None

    def _project(self, named: Mapping[str, str]) -> Project | None:
        found = self._service.projects.get(named["project"])
        return found if found is not None and found.config.tool == named["tool"] else None

    def _other(self, tool: str) -> Project | None:
        """Some project to go through the motions with: of the same tool if there is one."""
        known = self._service.projects.values()
        return next((one for one in known if one.config.tool == tool), next(iter(known), None))

    def _say(self, project: str, status: int, why: str) -> None:
        """A line for whoever runs the service, now and then; what it counts is exact."""
        now = time.monotonic()
        if now - self._said.get((project, status), -math.inf) < SAID_EVERY:
            return
        self._said[project, status] = now
        named = f"for {project}" if project else "for no project that is configured"
        log.warning("a delivery %s was answered %d: %s", named, status, why)


async def _done(size: int, act: Callable[..., Done], *arguments: Any) -> Done:
    """Do something with a body: a large one beside the loop."""
    return act(*arguments) if size < LARGE else await asyncio.to_thread(act, *arguments)


def _headers(given: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name; one that comes twice is joined, so that neither of the two counts alone."""
    found: dict[str, str] = {}
    for raw, value in given:
        name = raw.decode("latin-1").lower()
        text = value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _start(status: int, unread: bool, retry: int) -> dict[str, Any]:
    headers = [(b"content-length", b"0")]
    if unread:
        headers.append((b"connection", b"close"))
    if retry:
        headers.append((b"retry-after", str(retry).encode()))
    return {"type": "http.response.start", "status": status, "headers": headers}


_END = {"type": "http.response.body", "body": b"", "more_body": False}


def _where(error: BaseException) -> str:
    """File and line, and nothing that an error's words may hold."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return "an unknown place"
    return f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}"
