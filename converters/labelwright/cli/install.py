"""``labelwright install TOOL TEMPLATE``."""

import typer

from labelwright.cli.toolgroup import add_tool_verb


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_tool_verb(app, "install", "Create or update a project in a tool from a template.")
