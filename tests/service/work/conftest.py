"""A service beside a Label Studio double: taken apart in this process, or whole in processes of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ls_double import LabelStudio, running
from parts import Parts, parts_of
from service_world import World


@pytest.fixture
def server() -> Iterator[LabelStudio]:
    """A double with six tasks, four of them answered by two people who agree."""
    with running(LabelStudio()) as started:
        tasks = [started.add(f"mail number {n}: please help") for n in range(6)]
        for task in tasks[:4]:
            started.annotate(task, 1, task)
            started.annotate(task, 2, task)
        yield started


@pytest.fixture
def parts(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """The steps of a rebuild, to be done one by one."""
    with parts_of(world, monkeypatch) as made:
        yield made
