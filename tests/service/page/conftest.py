"""A service with something to show, and three who ask: nobody, a program, a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from service_pages import TOKEN, fill, served
from starlette.testclient import TestClient

from labelwright.service.app import build
from labelwright.service.context import Service

HERE = "http://localhost:8790"
PAGE = {"accept": "text/html"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with served(tmp_path) as found:
        yield found


@pytest.fixture
def filled(service: Service) -> Service:
    fill(service)
    return service


def client(service: Service, **more: object) -> TestClient:
    return TestClient(build(service), base_url=HERE, follow_redirects=False, **more)  # type: ignore[arg-type]


@pytest.fixture
def nobody(service: Service) -> TestClient:
    return client(service)


@pytest.fixture
def program(service: Service) -> TestClient:
    return client(service, headers={"Authorization": f"Bearer {TOKEN}"})


@pytest.fixture
def person(service: Service) -> TestClient:
    found = client(service, headers=PAGE)
    assert found.post("/login", data={"token": TOKEN}).status_code == 303
    return found
