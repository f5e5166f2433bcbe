"""What all tests share: no test of a property fails because the machine is busy."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import postgres
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    """What a library does to the root of all logging ends with the test that used it."""
    before = logging.root.level
    yield
    logging.root.setLevel(before)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Postgres]:
    """PostgreSQL as a process of its own."""
    with postgres.running() as started:
        yield started


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts a database server drives a real server: `make check` leaves it out."""
    for item in items:
        if "postgresql" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.live)
