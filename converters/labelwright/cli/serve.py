"""``labelwright serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(command)


def command(
    config: o.ConfigFile = Path("labelwright.toml"),
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, help="Rebuilds at a time, of each tool; default: the configuration's."
        ),
    ] = None,
    database_url: o.DatabaseUrl = "",
    predictor: Annotated[
        list[str] | None,
        typer.Option("--predictor", help="Serve a predictor too: NAME=PREDICTOR. May be repeated."),
    ] = None,
) -> None:
    """Take webhooks in, keep the data sets up to date, show how they stand: one process, no other server."""
    from labelwright.cli._configured import loaded as load
    from labelwright.service.serving import serve

    loaded = load(config)
    if workers is not None:
        loaded.config.service.workers = workers
    if predictor:
        from labelwright.service.config.predictors import add_predictors

        add_predictors(loaded, predictor)
    serve(loaded, database_url, say)
