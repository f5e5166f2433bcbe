"""``/openapi.json``: the document that describes the API, made of what the API is made of."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from labelwright import __version__
from labelwright.service.answers import PROBLEM, ProblemDetails
from labelwright.service.context import Service
from labelwright.service.described import others
from labelwright.service.operations import API, OPERATIONS, Operation

COMPONENTS = "#/components/schemas/{name}"
ALWAYS = (400, 401, 421, 503)


def routes(service: Service) -> list[BaseRoute]:
    """The document."""
    made = msgspec.json.encode(document(urlsplit(service.loaded.public_url).path))

    async def openapi(request: Request) -> Response:
        del request
        return Response(made, media_type="application/json")

    return [Route("/openapi.json", openapi)]


def document(base: str = "") -> dict[str, Any]:
    """The OpenAPI 3.1 document; ``base`` is the path of the service's own address."""
    answers = [one.answer for one in OPERATIONS]
    schemas, components = msgspec.json.schema_components([*answers, ProblemDetails], ref_template=COMPONENTS)
    paths: dict[str, dict[str, Any]] = {}
    for one, schema in zip(OPERATIONS, schemas, strict=False):
        paths.setdefault(f"{API}{one.path}", {})[one.method.lower()] = _operation(one, schema, schemas[-1])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "labelwright",
            "version": __version__,
            "description": "Times are seconds since 1970 in UTC. Send the log-in token as a bearer token.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base or "/"}],
        "security": [{"token": []}],
        "paths": paths | others(schemas[-1]),
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation, schema: Any, wrong: Any) -> dict[str, Any]:
    refused = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: {"schema": wrong}},
        }
        for status in sorted({*ALWAYS, *one.errors})
    }
    done = {"description": HTTPStatus(one.status).phrase, "content": {"application/json": {"schema": schema}}}
    return {
        "operationId": one.id,
        "summary": one.summary,
        "parameters": [*_parameters(one.path_values, "path"), *_parameters(one.query, "query")],
        "responses": {str(one.status): done, **refused},
    }


def _parameters(of: type[Struct], where: str) -> list[dict[str, Any]]:
    ((_,), components) = msgspec.json.schema_components([of], ref_template=COMPONENTS)
    described = components[of.__name__]
    required = described["required"]
    found = []
    for name, schema in described["properties"].items():
        inner = {k: v for k, v in schema.items() if k != "default" or v is not None}
        options = [s for s in inner.get("anyOf", []) if s != {"type": "null"}]
        if options:  # nobody sends null: who does not want a parameter leaves it out
            inner = options[0]
        one = {"name": name, "in": where, "required": where == "path" or name in required, "schema": inner}
        if "description" in inner:
            one["description"] = inner.pop("description")
        found.append(one)
    return found
