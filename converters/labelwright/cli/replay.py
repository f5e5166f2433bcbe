"""``labelwright replay DELIVERY``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli._service import service_of
from labelwright.cli.output import Json, emit_json, say
from labelwright.problems import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(command)


def command(
    delivery: Annotated[int, typer.Argument(help="The delivery's number, as the page shows it.", min=1)],
    config: o.ConfigFile = Path("labelwright.toml"),
    database_url: o.DatabaseUrl = "",
    json_output: Json = False,
) -> None:
    """Take a kept delivery as if it came now: the running service, or the next one, rebuilds its project."""
    with service_of(config, database_url) as service:
        from labelwright.service.work.overview import put_back

        project = put_back(service, delivery)
    if not project:
        raise UsageError(f"there is no delivery {delivery}")
    if json_output:
        emit_json({"delivery": delivery, "project": project, "state": "new"})
    else:
        say(f"Delivery {delivery} of {project} is new again")
