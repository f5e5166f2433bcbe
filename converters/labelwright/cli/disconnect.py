"""``labelwright disconnect TOOL PROJECT``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
    predictor: Annotated[
        str, typer.Option("--predictor", help="Let the project ask this predictor no longer.")
    ] = "",
    config: o.ConfigFile = Path("labelwright.toml"),
    json_output: Json = False,
) -> None:
    """Remove a project's webhook or predictor from its tool, and forget its secret; what was made stays."""
    from labelwright.cli._configured import loaded
    from labelwright.service.connecting import disconnect

    what = "webhook"
    if predictor:
        from labelwright.service import connecting_models

        what = "predictor"
        removed = connecting_models.disconnect(loaded(config), tool, project, predictor)
    else:
        removed = disconnect(loaded(config), tool, project)
    if json_output:
        emit_json({"removed": removed})
    else:
        emit(f"{project}: {f'no {what} was registered' if not removed else f'{removed} {what} removed'}")
