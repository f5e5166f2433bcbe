"""``labelwright queue TOOL PROJECT``."""

from __future__ import annotations

import typer

from labelwright.cli.toolgroup import add_tool_verb


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_tool_verb(app, "queue", "Put the items to answer next before a project's annotators.")
