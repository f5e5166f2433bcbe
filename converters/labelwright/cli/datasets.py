"""``labelwright datasets [PROJECT]``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli._service import service_of, when
from labelwright.cli.output import Json, emit, emit_json
from labelwright.cli.status import line


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("datasets")(command)


def command(
    project: Annotated[
        str, typer.Argument(help="The project's name in the configuration; default: all.")
    ] = "",
    config: o.ConfigFile = Path("labelwright.toml"),
    database_url: o.DatabaseUrl = "",
    json_output: Json = False,
) -> None:
    """List the versions of data sets with their gates and files, the newest first."""
    with service_of(config, database_url) as service:
        from labelwright.service.work.overview import dataset_versions

        chosen = [service.project(project)] if project else list(service.projects.values())
        found = {one.name: dataset_versions(service, one) for one in chosen}
    if json_output:
        emit_json({"projects": found})
        return
    for name, versions in found.items():
        emit(f"{name}:{'' if versions else ' no versions yet'}")
        for one in versions:
            emit(f"  {line(one)}{' (latest)' if one.latest else ''}, {when(one.created_at)}")
            emit(f"    {one.path}: {', '.join(f.name for f in one.files)}")
