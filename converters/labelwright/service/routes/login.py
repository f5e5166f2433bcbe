"""Logging in with the token, and out."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from labelwright.service.context import Service
from labelwright.service.forms import FIELD, believe, read_form, same_site
from labelwright.service.login import login_of
from labelwright.service.page.render import render

log = logging.getLogger(__name__)

WRONG = "That is not the token."
LONGEST = 1000  # characters of an address to go back to


def routes(service: Service) -> list[BaseRoute]:
    """``/login``, ``/logout``, and ``/session``, by which a page finds out that somebody is logged in."""
    door = _Door(service)
    return [
        Route("/login", door.show, methods=["GET"]),
        Route("/login", door.enter, methods=["POST"]),
        Route("/logout", door.leave, methods=["POST"]),
        Route("/session", door.session),
    ]


class _Door:
    def __init__(self, service: Service) -> None:
        self._login, self._base = login_of(service), urlsplit(service.loaded.public_url).path

    async def show(self, request: Request) -> Response:
        there = _inside(request.query_params.get("next", "/"))
        if request.state.who is not None:
            return RedirectResponse(f"{self._base}{there}", 303)
        return await run_in_threadpool(self._form, there)

    async def enter(self, request: Request) -> Response:
        fields = await read_form(request)
        same_site(request)
        there, source = _inside(fields.get("next", "/")), request.state.source
        if not self._login.right(fields.get("token", "").strip()):
            log.warning("a log-in with a wrong token was refused")
            if self._login.attempts.failed(source):
                await self._login.attempts.be_late()
            return self._form(there, WRONG, 403)
        answer = RedirectResponse(f"{self._base}{there}", 303)
        answer.set_cookie(
            self._login.cookie,
            self._login.session(),
            max_age=int(self._login.seconds),
            path="/",
            secure=self._login.secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def leave(self, request: Request) -> Response:
        believe(request, (await read_form(request)).get(FIELD, ""))
        answer = RedirectResponse(f"{self._base}/login", 303)
        secure = self._login.secure
        answer.delete_cookie(self._login.cookie, "/", secure=secure, httponly=True, samesite="strict")
        return answer

    async def session(self, request: Request) -> Response:
        return Response(status_code=200 if request.state.who is None else 204)

    def _form(self, there: str, said: str = "", status: int = 200) -> Response:
        text = render("login.html.j2", title="Log in", base=self._base, there=there, said=said)
        return Response(text, status, media_type="text/html; charset=utf-8")


def _inside(there: str) -> str:
    """A path of ours to go to; anything else is the first page."""
    plain = there.isascii() and there.isprintable() and "\\" not in there and len(there) <= LONGEST
    return there if plain and there.startswith("/") and not there.startswith(("//", "/login")) else "/"
