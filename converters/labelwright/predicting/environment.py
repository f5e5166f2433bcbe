"""What a predictor's process may know of the environment."""

from __future__ import annotations

import os
from collections.abc import Iterable

from labelwright.registry import tools

OURS = ("LABELWRIGHT_", "PG", "OTEL_", "DBOS_")  # variables that no predictor gets


def passed(whose: Iterable[str] = ()) -> dict[str, str]:
    """What a predictor may know of the environment: all that models need, and no password of ours.

    ``whose`` names the tools whose files it is to read: it gets the way to their servers, no other's.
    """
    others = tuple(_prefix(name) for name in tools().keys() - set(whose))
    return _without(*OURS, *others)


def apart_from(tool: str) -> dict[str, str]:
    """This process's environment without what says how a tool is reached."""
    return _without(_prefix(tool))


def _without(*beginnings: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(beginnings)}


def _prefix(tool: str) -> str:
    return tool.upper().replace("-", "_") + "_"
