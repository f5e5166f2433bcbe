"""``labelwright prelabel TOOL PROJECT``."""

import typer

from labelwright.cli.toolgroup import add_tool_verb


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_tool_verb(app, "prelabel", "Write a predictor's suggestions into a whole project.")
