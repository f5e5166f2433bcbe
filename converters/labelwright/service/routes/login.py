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
WAIT = "Too many wrong tokens came from your address. Try again in a few minutes."
LONGEST = 1000  # characters of an address to go back to


def routes(service: Service) -> list[BaseRoute]:
    """``/login``, ``/logout``, and ``/session``, by which a page finds out that somebody is logged in."""
    login, base = login_of(service), urlsplit(service.loaded.public_url).path

    def form(
        there: str, said: str = "", status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        text = render("login.html.j2", title="Log in", base=base, there=there, said=said)
        return Response(text, status, headers, "text/html; charset=utf-8")

    async def show(request: Request) -> Response:
        there = _inside(request.query_params.get("next", "/"))
        if request.state.who is not None:
            return RedirectResponse(f"{base}{there}", 303)
        return await run_in_threadpool(form, there)

    async def enter(request: Request) -> Response:
        fields = await read_form(request)
        same_site(request)
        there, source = _inside(fields.get("next", "/")), request.state.source
        wait = login.attempts.wait(source)
        if wait > 0:
            return form(there, WAIT, 429, {"Retry-After": f"{int(wait) + 1}"})
        if not login.right(fields.get("token", "").strip()):
            login.attempts.failed(source)
            log.warning("a log-in with a wrong token was refused")
            return form(there, WRONG, 403)
        answer = RedirectResponse(f"{base}{there}", 303)
        answer.set_cookie(
            login.cookie,
            login.session(),
            max_age=int(login.seconds),
            path="/",
            secure=login.secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def leave(request: Request) -> Response:
        believe(request, (await read_form(request)).get(FIELD, ""))
        answer = RedirectResponse(f"{base}/login", 303)
        answer.delete_cookie(login.cookie, "/", secure=login.secure, httponly=True, samesite="strict")
        return answer

    async def session(request: Request) -> Response:
        return Response(status_code=200 if request.state.who is None else 204)

    return [
        Route("/login", show, methods=["GET"]),
        Route("/login", enter, methods=["POST"]),
        Route("/logout", leave, methods=["POST"]),
        Route("/session", session),
    ]


def _inside(there: str) -> str:
    """A path of ours to go to; anything else is the first page."""
    plain = there.isascii() and there.isprintable() and "\\" not in there and len(there) <= LONGEST
    return there if plain and there.startswith("/") and not there.startswith(("//", "/login")) else "/"
