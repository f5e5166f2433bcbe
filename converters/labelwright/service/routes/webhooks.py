"""``POST /webhooks/<tool>/<project>``: believed, understood, on disk, answered."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from labelwright.service.context import Service


def routes(service: Service) -> list[BaseRoute]:
    """The one route that tools send to."""

    async def receive(request: Request) -> Response:
        project = service.projects.get(request.path_params["project"])
        body = await request.body()
        if project is None or project.config.tool != request.path_params["tool"]:
            return Response(status_code=401)
        if not project.hooks.authentic(request.headers, body, service.secrets.believed(project.name)):
            return Response(status_code=401)
        try:
            heard = project.hooks.hear(msgspec.json.decode(body))
        except (msgspec.DecodeError, ValueError, RecursionError):
            return Response(status_code=400)
        await service.inbox.put(project.name, heard)
        return Response(status_code=200)

    return [Route("/webhooks/{tool}/{project}", receive, methods=["POST"])]
