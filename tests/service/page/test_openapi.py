"""The OpenAPI document is true: schemathesis asks everything that it says can be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from service_pages import TOKEN, fill, served
from starlette.testclient import TestClient

from labelwright.service.app import build
from labelwright.service.described import others
from labelwright.service.login import Attempts
from labelwright.service.operations import API, OPERATIONS
from labelwright.service.routes.openapi import document

OTHERS = [operation for methods in others({}).values() for operation in methods.values()]
PERSONS = {"/", "/login", "/logout", "/session", "/static/{name}", "/openapi.json"}  # and what forms send
IDS = [*(one.id for one in OPERATIONS), *(one["operationId"] for one in OTHERS)]
PLAIN = ("health", "ready")  # who asks them says nothing, so nothing of it can be wrong
CASES = [(i, m) for i in IDS for m in GenerationMode if m is GenerationMode.POSITIVE or i not in PLAIN]
WITH = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("openapi")
    with (
        pytest.MonkeyPatch.context() as patched,
        served(folder, {"service": {"public_url": "http://testserver"}}) as service,
    ):
        patched.setattr(Attempts, "LATE", 0.0)  # it tries many wrong tokens
        fill(service)
        yield schemathesis.openapi.from_asgi("/openapi.json", build(service), headers=WITH)


@pytest.mark.parametrize(("operation", "mode"), CASES, ids=lambda v: getattr(v, "name", v).lower())
def test_answers_are_as_documented(operation: str, mode: GenerationMode, schema: Any) -> None:
    found = next(
        r.ok() for r in schema.get_all_operations() if r.ok().definition.raw["operationId"] == operation
    )
    statuses = set()

    @settings(max_examples=12, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=found.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(headers=WITH)
        case.validate_response(answer)
        statuses.add(answer.status_code)

    ask()
    assert statuses and max(statuses) < 500


def test_the_document_names_every_route_and_nothing_else(schema: Any) -> None:
    found = document()
    routes = {
        (method, re.sub(":[a-z]+}", "}", route.path))
        for route in schema.app.routes
        for method in (route.methods or {"POST"}) - {"HEAD"}
    }
    told = {(m.upper(), path) for path, methods in found["paths"].items() for m in methods}
    assert told <= routes and len(told) == len(OPERATIONS) + len(OTHERS)
    forms = {path for method, path in routes - told if method == "POST"} - PERSONS
    assert {path for method, path in routes - told if method == "GET"} == (
        PERSONS | {"/projects/{project}"}
    ) - {"/logout"}
    assert not any(path.startswith(API) for path in forms)
    assert found["openapi"] == "3.1.0" and found["security"] == [{"token": []}]
    text = msgspec.json.encode(found).decode()
    for name in re.findall(r'"\$ref":"#/components/schemas/(\w+)"', text):
        assert name in found["components"]["schemas"]
    for operation in (one for methods in found["paths"].values() for one in methods.values()):
        assert operation["summary"]
        assert operation["operationId"] in PLAIN or {"401", "503"} <= set(operation["responses"])


def test_what_is_documented_as_wrong_is_a_problem(schema: Any) -> None:
    client = TestClient(schema.app)
    problem = document()["components"]["schemas"]["ProblemDetails"]
    for answer in (
        client.get(f"{API}/status"),
        client.get(f"{API}/nothing", headers=WITH),
        client.get(f"{API}/builds?limit=no", headers=WITH),
    ):
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == set(problem["properties"])
