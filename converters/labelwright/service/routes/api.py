"""The JSON API under ``/api/v1``: what the page shows, and what it can ask for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from labelwright.service.answers import Refused, problem
from labelwright.service.context import Service
from labelwright.service.forms import HEADER, believe
from labelwright.service.operations import API, OPERATIONS, Operation, Run, given
from labelwright.service.page import actions, read
from labelwright.service.page.datasets import list_datasets, list_versions
from labelwright.service.page.predictors import list_predictors
from labelwright.service.page.projects import list_projects, status

Handler = Callable[[Request], Awaitable[Response]]


def routes(service: Service) -> list[BaseRoute]:
    """A route for every operation."""
    found: list[BaseRoute] = [
        Route(f"{API}{one.path}", _handler(service, one, RUN[one.id]), methods=[one.method])
        for one in OPERATIONS
    ]
    return found


def _handler(service: Service, operation: Operation, run: Run) -> Handler:
    def answer(values: dict[str, Any], query: dict[str, str]) -> Response:
        try:
            path = msgspec.convert(values, operation.path_values, strict=False)
        except msgspec.ValidationError:
            return problem(404)
        try:
            wanted = msgspec.convert(query, operation.query, strict=False)
        except msgspec.ValidationError as error:
            return problem(400, _where(error))
        found = msgspec.json.encode(run(service, path, wanted))
        return Response(found, operation.status, media_type="application/json")

    async def handle(request: Request) -> Response:
        if operation.method == "POST":
            believe(request, request.headers.get(HEADER, ""))
        return await run_in_threadpool(answer, request.path_params, dict(request.query_params))

    return handle


def _where(error: msgspec.ValidationError) -> str:
    """Which parameter is not as it should be; not what was sent."""
    named = re.search(r"at `\$\.(\w+)`", str(error))
    return f"{named[1]} is not as documented." if named else "There is a parameter that is not documented."


def _status(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return status(service, connection)


def _projects(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return list_projects(service, connection)


def _project(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return _first(list_projects(service, connection, path.project))


def _deliveries(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return read.list_deliveries(connection, **given(query))


def _delivery(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return _first([read.one_delivery(connection, path.delivery)])


def _builds(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return read.list_builds(connection, **given(query))


def _datasets(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return list_datasets(service, connection, **given(query))


def _versions(service: Service, path: Any, query: Any) -> Any:
    project = service.projects.get(path.project)
    if project is None or path.dataset not in project.config.datasets:
        raise Refused(404)
    with service.database.reading() as connection:
        return list_versions(service, connection, path.project, path.dataset, **given(query))


def _version(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return _first(list_versions(service, connection, path.project, path.dataset, number=path.number))


def _events(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return read.list_events(connection, **given(query))


def _sends(service: Service, path: Any, query: Any) -> Any:
    with service.database.reading() as connection:
        return read.list_sends(connection, **given(query))


def _first(found: list[Any]) -> Any:
    if not found or found[0] is None:
        raise Refused(404)
    return found[0]


RUN: dict[str, Run] = {
    "status": _status,
    "projects": _projects,
    "project": _project,
    "rebuild": lambda service, path, query: actions.rebuild(service, path.project),
    "reconcile": lambda service, path, query: actions.reconcile(service, path.project),
    "deliveries": _deliveries,
    "delivery": _delivery,
    "replay": lambda service, path, query: actions.replay(service, path.delivery),
    "builds": _builds,
    "datasets": _datasets,
    "versions": _versions,
    "version": _version,
    "predictors": lambda service, path, query: list_predictors(service),
    "events": _events,
    "sends": _sends,
    "revive": lambda service, path, query: actions.revive(service, path.event, path.target),
    "revive-all": lambda service, path, query: actions.revive_all(service, path.project),
}
