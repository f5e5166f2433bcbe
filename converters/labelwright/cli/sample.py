"""``labelwright sample``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit_json, say, say_problems


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sample")(command)


def command(
    export: o.Export,
    template: o.TemplateName,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="A folder for review.html and review.csv, or one such file.")
    ],
    size: Annotated[
        int, typer.Option("-n", "--size", min=1, help="How many items; 20 to 30 are advised.")
    ] = 25,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same items.")] = 0,
    edge: Annotated[
        bool, typer.Option("--edge", help="Add every item on which the annotators are tied.")
    ] = False,
    label_config: o.LabelConfig = None,
    consensus: o.Consensus = "",
    server: o.Server = "",
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    force: o.Force = False,
    json_output: Json = False,
) -> None:
    """Draw items for a second person to review: all answers side by side, and room for a verdict."""
    from labelwright.pipeline.opening import open_source
    from labelwright.pipeline.sampling import sample

    settings = o.make_settings(
        template, consensus=consensus, seed=seed, state=state, key_file=key_file,
        show_annotators=show_annotators, force=force,
    )  # fmt: skip
    with open_source(export, label_config=label_config, server=server) as opened:
        result = sample(opened, settings, size, out, edge=edge)
    if json_output:
        items = [{"item": item.item, "reason": item.reason} for item in result.sheet.items]
        files = [str(path) for path in result.files]
        emit_json({"items": items, "files": files, "problems": result.problems, "counts": result.counts})
        return
    say_problems(result.problems)
    say(f"{len(result.sheet.items)} of {result.sheet.total} answered items")
    say("Written: " + ", ".join(str(path) for path in result.files))
