"""The ASGI application: every route that a module of ``routes`` brings, over one ``Service``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from labelwright.service import routes
from labelwright.service.context import Service

if TYPE_CHECKING:
    from starlette.applications import Starlette


def build(service: Service) -> Starlette:
    """The application. The inbox is started and ended by whoever runs it."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware

    from labelwright.service.answers import Refused, on_http_exception
    from labelwright.service.guard import Guard

    found = []
    for info in sorted(pkgutil.iter_modules(routes.__path__), key=lambda i: i.name):
        if not info.name.startswith("_"):
            module = importlib.import_module(f"{routes.__name__}.{info.name}")
            found.extend(module.routes(service))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        yield

    app = Starlette(
        routes=found,
        lifespan=lifespan,
        middleware=[Middleware(Guard, service=service)],
        exception_handlers={HTTPException: on_http_exception, Refused: on_http_exception},
    )
    app.state.public_url = service.loaded.public_url
    app.router.redirect_slashes = False
    return app
