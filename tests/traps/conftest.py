"""Every test here runs the command line, as a user does."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_exports import Convert, converter
from tests.cli.conftest import Run, labelwright

__all__ = ["labelwright"]


@pytest.fixture
def convert(labelwright: Run, tmp_path: Path) -> Convert:
    """Run ``convert`` on an export: (target, more options) to what was written and the report."""
    return converter(labelwright, tmp_path)
