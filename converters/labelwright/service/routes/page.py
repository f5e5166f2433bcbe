"""The page: how everything stands, and what a person may ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from labelwright.service.answers import Refused
from labelwright.service.context import Service
from labelwright.service.forms import FIELD, believe, read_form
from labelwright.service.page import actions, views
from labelwright.service.page.model import Asked
from labelwright.service.page.render import STATIC, render, stamp, static

PART = "x-labelwright-part"  # the script asks for what changes alone
HTML = "text/html; charset=utf-8"
DONE = {
    "rebuild": "A rebuild was asked for.",
    "reconcile": "A comparison with the tool was asked for.",
    "replay": "The delivery waits again, and a rebuild was asked for.",
    "revive": "The event will be sent again.",
    "revive-all": "All that was given up will be sent again.",
}


def routes(service: Service) -> list[BaseRoute]:
    """The pages, what their buttons send, and their static files."""
    pages, buttons = _Pages(service), _Buttons(service)
    return [
        Route("/", pages.overview),
        Route("/projects/{project}", pages.project),
        Route("/projects/{project}/rebuild", buttons.rebuild, methods=["POST"]),
        Route("/projects/{project}/reconcile", buttons.reconcile, methods=["POST"]),
        Route("/projects/{project}/revive", buttons.revive_all, methods=["POST"]),
        Route("/deliveries/{delivery:int}/replay", buttons.replay, methods=["POST"]),
        Route("/sends/revive", buttons.revive, methods=["POST"]),
        Route("/static/{name}", _static),
    ]


class _Pages:
    def __init__(self, service: Service) -> None:
        self._service, self._base = service, urlsplit(service.loaded.public_url).path

    async def overview(self, request: Request) -> Response:
        return await run_in_threadpool(
            self._shown, request, "overview.html.j2", lambda: views.overview(self._service)
        )

    async def project(self, request: Request) -> Response:
        name, query = request.path_params["project"], request.query_params
        before = query.get("before", "")
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0
        older, past = (query.get(name, "").replace("\0", "")[:200] for name in ("older", "past"))
        return await run_in_threadpool(
            self._shown,
            request,
            "project.html.j2",
            lambda: views.project(self._service, name, number, older, past),
        )

    def _shown(self, request: Request, template: str, view: Callable[[], dict[str, Any]]) -> Response:
        try:
            found = view()
        except KeyError:
            raise Refused(404) from None
        who = request.state.who
        text = render(
            template,
            fragment=PART in request.headers,
            base=self._base,
            csrf=who.csrf,
            kind=who.kind,
            said=DONE.get(request.query_params.get("did", ""), ""),
            **found,
        )
        return Response(text, media_type=HTML)


class _Buttons:
    """What people ask for. Each is done, and then shown on the project's page."""

    def __init__(self, service: Service) -> None:
        self._service, self._base = service, urlsplit(service.loaded.public_url).path

    async def rebuild(self, request: Request) -> Response:
        return await self._asked(
            request, lambda form: actions.rebuild(self._service, request.path_params["project"])
        )

    async def reconcile(self, request: Request) -> Response:
        return await self._asked(
            request, lambda form: actions.reconcile(self._service, request.path_params["project"])
        )

    async def replay(self, request: Request) -> Response:
        return await self._asked(
            request, lambda form: actions.replay(self._service, request.path_params["delivery"])
        )

    async def revive(self, request: Request) -> Response:
        return await self._asked(request, lambda form: actions.revive(self._service, *_named(form)))

    async def revive_all(self, request: Request) -> Response:
        return await self._asked(
            request, lambda form: actions.revive_all(self._service, request.path_params["project"])
        )

    async def _asked(self, request: Request, act: Callable[[dict[str, str]], Asked]) -> Response:
        form = await read_form(request)
        believe(request, form.get(FIELD, ""))
        done = await run_in_threadpool(act, form)
        return RedirectResponse(f"{self._base}/projects/{done.project}?did={done.what}", 303)


def _named(form: dict[str, str]) -> tuple[str, str]:
    event, target = form.get("event", ""), form.get("target", "")
    if not event or not target or "\0" in event + target:
        raise Refused(400)
    return event, target


async def _static(request: Request) -> Response:
    """A static file; kept by browsers as long as it stays as it is."""
    kind = STATIC.get(request.path_params["name"])
    if kind is None:
        raise Refused(404)
    kept = request.query_params.get("v") == stamp()
    headers = {"Cache-Control": "public, max-age=31536000, immutable" if kept else "no-cache"}
    return Response(static(request.path_params["name"]), headers=headers, media_type=kind)
