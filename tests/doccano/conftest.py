"""Recorded exports of doccano 1.8.4, and how a source of them is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from labelwright.contracts import Source, Template
from labelwright.problems import Problems
from labelwright.records import Item
from labelwright_plugins.doccano import plugin

DATA = Path(__file__).parent / "data"
HEAD = 1 << 16
Read: TypeAlias = Callable[..., tuple[list[Item], Problems]]


def opened(path: Path) -> Source:
    """A source that the tool recognises."""
    source = Source(str(path), name=path.name)
    head = b"" if path.is_dir() else path.read_bytes()[:HEAD]
    assert plugin.recognise(source, head), path
    return source


@pytest.fixture
def read() -> Read:
    """Read a file, folder or archive, with a template made of it unless another is given."""

    def run(path: Path, template: Template | None = None) -> tuple[list[Item], Problems]:
        source, problems = opened(path), Problems()
        template = template or plugin.infer(source, Problems())
        template = plugin.adapt(source, template, problems)
        return list(plugin.read(source, template, problems)), problems

    return run


@pytest.fixture
def data() -> Path:
    """The folder of the recorded exports: one folder for each project and format."""
    return DATA
