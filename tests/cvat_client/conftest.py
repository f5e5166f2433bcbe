"""A running double and a client of it; what the double never saw recorded fails the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cvat_double import Double, running, seeded
from cvat_double.server import TOKEN

from labelwright_plugins.cvat.client import Client, connect
from labelwright_plugins.cvat.settings import Settings


@pytest.fixture
def double() -> Iterator[Double]:
    """The double with its recorded projects."""
    with running(seeded()) as started:
        yield started


@pytest.fixture
def client(double: Double) -> Iterator[Client]:
    """cvat-sdk's client with an access token."""
    with connect(Settings(double.url, TOKEN), timeout=60.0) as connected:
        connected.backoff = 0.001
        yield connected
