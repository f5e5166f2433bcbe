"""``labelwright disconnect TOOL PROJECT``."""

from __future__ import annotations

from pathlib import Path

import typer

from labelwright.cli import options as o
from labelwright.cli.connect import ProjectName, ToolName
from labelwright.cli.output import Json, emit, emit_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("disconnect")(command)


def command(
    tool: ToolName,
    project: ProjectName,
    config: o.ConfigFile = Path("labelwright.toml"),
    json_output: Json = False,
) -> None:
    """Remove a project's webhook from its tool, and forget its secret; what was made stays."""
    from labelwright.cli._configured import loaded
    from labelwright.service.connecting import disconnect

    removed = disconnect(loaded(config), tool, project)
    if json_output:
        emit_json({"removed": removed})
    else:
        emit(f"{project}: {'no webhook was registered' if not removed else f'{removed} webhook removed'}")
