"""Stands before every route: whose request it is, whether it may, and what every answer says to browsers.

A route is closed unless its path is in ``OPEN``: one that was forgotten is closed.
"""

from __future__ import annotations

import ipaddress
import logging
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labelwright.registry import predictor_hosts
from labelwright.service.answers import refusal, wants_page
from labelwright.service.context import Service
from labelwright.service.login import BEARER, LOOPBACK, PROXY, SESSION, Who, is_loopback, login_of

log = logging.getLogger(__name__)

OPEN = ("/health", "/ready", "/login", "/session")  # and all below the following, and HOOKS
OPEN_BELOW = ("/static/",)
HOOKS = "/webhooks/"
MODELS = tuple(f"/{host.prefix}/" for host in predictor_hosts())
ANY_HOST = ("/health", "/ready")  # of probes, which know an address alone; and webhooks, which have secrets
METRICS = "/metrics"  # open to this machine
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
FORWARDED = (b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"forwarded", b"via")


class Guard:
    """Middleware. Puts ``who`` (a ``Who`` or None) and ``source`` (an address) into the request's state."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        """Guard an application."""
        self._app, self._login = app, login_of(service)
        loaded = service.loaded
        self._base = urlsplit(loaded.public_url).path
        host = urlsplit(loaded.public_url).hostname or ""
        self._hosts = {host.lower(), loaded.config.service.host.lower(), "localhost"}
        self._addressed = loaded.config.service.host in ("0.0.0.0", "::")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        sender = _Sender(send)
        answer = self._refused(scope)
        if scope["state"].get("late"):
            await self._login.attempts.be_late()
        try:
            await (answer or self._app)(scope, receive, sender)
        except Exception as error:
            if sender.started:  # what was sent is not whole, which only a broken connection can say
                raise
            away = isinstance(error, AWAY)
            log.error("%s failed: %s", scope["method"], type(error).__name__, exc_info=not away)
            detail = "The database does not answer." if away else ""
            await refusal(scope, 503 if away else 500, detail)(scope, receive, sender)

    def _refused(self, scope: Scope) -> Response | None:
        path: str = scope["path"]
        state = scope.setdefault("state", {})
        if path.startswith((HOOKS, *MODELS)):  # whoever sends has a secret of his own
            state["source"], state["who"] = "", None
            return None
        headers = _headers(scope)
        peer = scope["client"][0] if scope.get("client") else ""
        state["source"], state["who"] = self._login.source(peer, headers), None
        right_host = self._right_host(headers.get(b"host", b""))
        given = headers.get(b"authorization", b"")
        if given[:7].lower() == b"bearer " and path not in ANY_HOST:
            if self._login.right(given[7:].decode("latin-1").strip()):
                state["who"] = Who(BEARER)
                return None
            state["late"] = self._login.attempts.failed(state["source"])
        elif right_host:
            state["who"] = self._who(peer, scope, headers)
        if not right_host and path not in ANY_HOST:
            return refusal(scope, 421, "The service is not known by that name: see service.public_url.")
        if state["who"] is not None or path in OPEN or path.startswith(OPEN_BELOW):
            return None
        if path == METRICS and self._local(peer, headers):
            state["who"] = Who(LOOPBACK)
            return None
        return self._log_in(scope)

    def _who(self, peer: str, scope: Scope, headers: dict[bytes, bytes]) -> Who | None:
        user = self._login.told_by_proxy(peer, scope["headers"])
        if user:
            return Who(PROXY, self._login.csrf(f"user {user}"))
        cookie = cookie_parser(headers.get(b"cookie", b"").decode("latin-1")).get(self._login.cookie, "")
        if cookie and self._login.valid(cookie):
            return Who(SESSION, self._login.csrf(f"session {cookie}"))
        return None

    def _right_host(self, given: bytes) -> bool:
        try:
            host = (urlsplit(f"//{given.decode('latin-1')}").hostname or "").lower()
        except ValueError:
            return False
        if host in self._hosts:
            return True
        try:  # whoever listens everywhere is found by any address; a name could be anybody's
            return self._addressed and bool(ipaddress.ip_address(host))
        except ValueError:
            return False

    def _local(self, peer: str, headers: dict[bytes, bytes]) -> bool:
        """Whether a program on this machine asks, and no proxy on it."""
        forwarded = any(name in headers for name in FORWARDED)
        return is_loopback(peer) and not forwarded and not self._login.is_proxy(peer)

    def _log_in(self, scope: Scope) -> Response:
        if not wants_page(scope):
            return refusal(scope, 401, "", {"WWW-Authenticate": "Bearer"})
        there = ""
        if scope["method"] in ("GET", "HEAD"):
            asked = scope["path"] + (
                f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            )
            there = f"?next={quote(asked, safe='')}" if asked != "/" else ""
        return RedirectResponse(f"{self._base}/login{there}", 303)


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """The headers by name. Several of one name are one, so that nobody puts his own before a proxy's."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        apart = b"; " if name == b"cookie" else b", "
        found[name] = found[name] + apart + value if name in found else value
    return found


class _Sender:
    """Sends what every answer says to browsers, unless the route said it otherwise."""

    def __init__(self, send: Send) -> None:
        self._send, self.started = send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            said = list(message.get("headers", ()))
            names = {name for name, _ in said}
            message = {**message, "headers": [*said, *(one for one in _RAW if one[0] not in names)]}
        await self._send(message)
