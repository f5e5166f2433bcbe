"""Answers that say what went wrong, to programs as problem details (RFC 9457), to people as a page."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

PROBLEM = "application/problem+json"


class ProblemDetails(Struct, kw_only=True):
    """What went wrong, without anything of the request in it (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""


class Refused(Exception):
    """A request that is not done: the status and, for a person, why. Never with what was sent in it."""

    def __init__(self, status: int, detail: str = "") -> None:
        """Carry both."""
        super().__init__(detail)
        self.status, self.detail = status, detail


def problem(status: int, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    """An answer for programs."""
    found = ProblemDetails(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(msgspec.json.encode(found), status, headers, PROBLEM)


def wants_page(scope: Scope) -> bool:
    """Whether a person with a browser asks, and no program."""
    if scope["path"].startswith(("/api/", "/openapi.json")):
        return False
    accept = next((v for k, v in scope["headers"] if k == b"accept"), b"")
    return b"text/html" in accept


def refusal(scope: Scope, status: int, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    """An answer for whoever asks."""
    if not wants_page(scope):
        return problem(status, detail, headers)
    from labelwright.service.page.render import render

    phrase = HTTPStatus(status).phrase
    base = urlsplit(scope["app"].state.public_url).path
    text = render("error.html.j2", title=phrase, said=detail, status=status, base=base)
    return Response(text, status, headers, "text/html; charset=utf-8")


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What Starlette and the routes refuse by raising."""
    if isinstance(error, Refused):
        return refusal(request.scope, error.status, error.detail)
    assert isinstance(error, HTTPException)
    if error.status_code in (204, 304):
        return Response(status_code=error.status_code)
    return refusal(request.scope, error.status_code, "", dict(error.headers or {}))
