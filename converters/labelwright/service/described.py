"""What the OpenAPI document says of the addresses outside the API: webhooks, downloads, probes, figures."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from labelwright.service.answers import PROBLEM

NAME = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 100}
NUMBER = {"type": "integer", "minimum": 1, "maximum": 10**9 - 1}
VERSION = "/projects/{project}/datasets/{dataset}/versions/{number}"
OF_VERSION = {"project": NAME, "dataset": NAME, "number": NUMBER}
HEARD = "The delivery is on disk, or was before; what it means is asked of the tool."
REFUSED = (400, 401, 408, 413, 415, 429, 503)  # of a delivery, with an empty body


def others(wrong: Any) -> dict[str, Any]:
    """Paths by address; ``wrong`` is the schema of a problem."""
    return {
        "/webhooks/{tool}/{project}": {"post": _webhook()},
        f"{VERSION}/archive.zip": {
            "get": _got("archive", "All files of a version.", OF_VERSION, {"application/zip": {}}, wrong)
        },
        f"{VERSION}/files/{{path}}": {
            "get": _got(
                "file", "One file of a version, as its list of files names it.",
                {**OF_VERSION, "path": {"type": "string", "minLength": 1, "maxLength": 1000}},
                {"*/*": {}}, wrong,
            )
        },
        "/metrics": {
            "get": _got("metrics", "Figures, for Prometheus.", {}, {"text/plain": {}}, wrong, missing=False)
        },
        "/health": {"get": _probe("health", "The process lives.", {"alive": {"const": True}})},
        "/ready": {
            "get": _probe(
                "ready", "It can take deliveries in; if not, why not.",
                {"ready": {"type": "boolean"}, "reasons": {"type": "array", "items": {"type": "string"}}},
                503,
            )
        },
    }  # fmt: skip


def _webhook() -> dict[str, Any]:
    """A tool brings a secret of its own, in a header that is the tool's."""
    return {
        "operationId": "webhook",
        "summary": "What a tool tells. It brings the project's secret, or a signature made with it.",
        "security": [],
        "parameters": _path({"tool": NAME, "project": NAME}),
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {"description": HEARD},
            **{str(status): {"description": HTTPStatus(status).phrase} for status in REFUSED},
        },
    }


def _got(
    id_: str, summary: str, path: dict[str, Any], content: dict[str, Any], wrong: Any, missing: bool = True
) -> dict[str, Any]:
    refused = {PROBLEM: {"schema": wrong}}
    statuses = (401, 404, 421, 503) if missing else (401, 421, 503)
    return {
        "operationId": id_,
        "summary": summary,
        "parameters": _path(path),
        "responses": {
            "200": {"description": "OK", "content": content},
            **{str(s): {"description": HTTPStatus(s).phrase, "content": refused} for s in statuses},
        },
    }


def _probe(id_: str, summary: str, properties: dict[str, Any], *also: int) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": sorted(properties)}
    content = {"application/json": {"schema": schema}}
    statuses = (200, *also)
    return {
        "operationId": id_,
        "summary": summary,
        "security": [],
        "responses": {str(s): {"description": HTTPStatus(s).phrase, "content": content} for s in statuses},
    }


def _path(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": schema} for name, schema in values.items()
    ]
