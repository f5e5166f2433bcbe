"""What tests of the service share: a configuration for the double of Label Studio that they start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ls_double import LabelStudio
from service_world import World


@pytest.fixture
def world(server: LabelStudio, tmp_path: Path) -> Iterator[World]:
    """A configuration for the double, on SQLite."""
    folder = tmp_path / "world"
    folder.mkdir()
    made = World(folder, server)
    yield made
    made.close()
