"""A service beside a Label Studio double, as the tests of rebuilds have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ls_double import LabelStudio, running
from service_world import World


@pytest.fixture
def server() -> Iterator[LabelStudio]:
    """A double with four tasks, answered by two people who agree."""
    with running(LabelStudio()) as started:
        for number in range(4):
            task = started.add(f"mail number {number}: please help")
            started.annotate(task, 1, number)
            started.annotate(task, 2, number)
        yield started


@pytest.fixture
def world(server: LabelStudio, tmp_path: Path) -> Iterator[World]:
    """A configuration for the double, on SQLite."""
    folder = tmp_path / "world"
    folder.mkdir()
    made = World(folder, server)
    yield made
    made.close()
