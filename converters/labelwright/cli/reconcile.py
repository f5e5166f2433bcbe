"""``labelwright reconcile [PROJECT]``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli._service import service_of
from labelwright.cli.output import Json, emit, emit_json, exit_with, say

if TYPE_CHECKING:
    from labelwright.service.work.demand import Reconciled

SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile")(command)


def command(
    project: Annotated[
        str, typer.Argument(help="The project's name in the configuration; default: all.")
    ] = "",
    config: o.ConfigFile = Path("labelwright.toml"),
    database_url: o.DatabaseUrl = "",
    json_output: Json = False,
) -> None:
    """Compare projects with their tool now, and say what no webhook had told.

    Exit code 1 if something had been missed, or a project could not be compared.
    """
    with service_of(config, database_url) as service:
        from labelwright.service.connecting import owned
        from labelwright.service.work.demand import attempt

        owned(service.loaded)
        chosen = [service.project(project)] if project else list(service.projects.values())
        found = [attempt(service, one) for one in chosen]
    if json_output:
        emit_json({"projects": found})
    else:
        for one in found:
            _show(one)
    exit_with(int(any(one.count or one.state == "failed" for one in found)))


def _show(one: Reconciled) -> None:
    if one.state == "failed":
        say(f"labelwright: {one.project}: {one.message} [{one.code}]")
        if one.remedy:
            say(f"  {one.remedy}")
        return
    moved = f"{one.changed:,} items new or changed, {one.gone:,} gone"
    if not one.count:
        emit(f"{one.project}: nothing had been missed; {moved}")
        return
    emit(f"{one.project}: {one.count:,} changes had been missed; {moved}")
    for item in one.missed[:SHOWN]:
        emit(f"  {item}")
    if one.count > SHOWN:
        emit(f"  and {one.count - min(SHOWN, len(one.missed)):,} more")
