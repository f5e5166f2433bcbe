"""A service beside a Label Studio double, as the tests of rebuilds have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ls_double import LabelStudio, running


@pytest.fixture
def server() -> Iterator[LabelStudio]:
    """A double with four tasks, answered by two people who agree."""
    with running(LabelStudio()) as started:
        for number in range(4):
            task = started.add(f"mail number {number}: please help")
            started.annotate(task, 1, number)
            started.annotate(task, 2, number)
        yield started
