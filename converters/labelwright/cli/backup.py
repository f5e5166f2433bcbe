"""``labelwright backup``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backup")(command)


def command(
    archive: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE.tar]", help="The file to write; default: one named by the time, here."),
    ] = None,
    config: o.ConfigFile = Path("labelwright.toml"),
    database_url: o.DatabaseUrl = "",
    force: o.Force = False,
) -> None:
    """Write all that the service keeps, secrets too, into one file, while it runs."""
    from labelwright.service.config.load import load
    from labelwright.service.safekeeping import back_up

    archive = archive or Path(time.strftime("labelwright-%Y%m%dT%H%M%SZ.tar", time.gmtime()))
    made = back_up(load(config), database_url, archive, force)
    size = sum(file.size for file in made.files.values())
    say(f"{archive}: {len(made.files)} files, {size:,} bytes; it holds secrets, keep it as one")
