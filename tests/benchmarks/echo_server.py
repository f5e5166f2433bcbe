"""The least that an ASGI server can do: ``python echo_server.py PORT`` answers each request with its body."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def echo(request: Request) -> Response:
    """Its body, as it came."""
    return Response(await request.body(), media_type="application/json")


if __name__ == "__main__":
    app = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False)
