"""What the commands about the service share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labelwright.cli.output import say

if TYPE_CHECKING:
    from labelwright.service.config.load import Loaded


def loaded(config: Path) -> Loaded:
    """The configuration of a file; says what somebody should look at. Raises ``UsageError``."""
    from labelwright.service.config.load import load

    found = load(config)
    for warning in found.warnings:
        say(f"warning: {config}: {warning}")
    return found
