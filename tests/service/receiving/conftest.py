"""The receiver over a real inbox, spoken to as an application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from receiving import configured, receiving
from starlette.testclient import TestClient

from labelwright.service.app import build
from labelwright.service.context import Service
from labelwright.service.inbox import body
from labelwright.service.store.tables import deliveries

SMALL = {"max_body": 100_000, "max_depth": 20, "rate": 100_000}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that receives, with small limits."""
    with receiving(configured(tmp_path, SMALL)) as started:
        yield started


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sends on after an answer, so that nothing is waited for."""
    monkeypatch.setattr(body, "LINGER", 0.05)


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    """Requests to it."""
    with TestClient(build(service), raise_server_exceptions=True) as started:
        yield started


def rows(service: Service) -> list[Any]:
    """Every delivery that is stored, in the order of their ids."""
    with service.database.reading() as connection:
        return list(connection.execute(sa.select(deliveries).order_by(deliveries.c.id)))
