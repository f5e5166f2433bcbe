"""``labelwright restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("restore")(command)


def command(
    archive: Annotated[Path, typer.Argument(metavar="FILE.tar", help="What labelwright backup wrote.")],
    config: o.ConfigFile = Path("labelwright.toml"),
    database_url: o.DatabaseUrl = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the data that is there.")] = False,
) -> None:
    """Put back what a backup holds; the service must not run."""
    from labelwright.service.config.load import load
    from labelwright.service.safekeeping import put_back

    loaded = load(config)
    made = put_back(loaded, database_url, archive, force)
    say(f"{loaded.data}: {len(made.files)} files restored; the next start looks at every project")
