"""``labelwright sync TOOL PROJECT``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit_json, exit_with, progress, progress_done, say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sync")(command)


def command(
    tool: Annotated[str, typer.Argument(help="The tool, such as label-studio.")],
    project: Annotated[str, typer.Argument(help="The project's title or id.")],
    template: o.TemplateName,
    to: Annotated[str, typer.Option("--to", help="The dialect or format to write.")],
    out: Annotated[Path, typer.Option("--out", help="The folder that holds the data set's versions.")],
    url: Annotated[
        str, typer.Option("--url", help="The server; default: the tool's environment variable.")
    ] = "",
    consensus: Annotated[str, typer.Option("--consensus", help="Consensus rule.")] = "",
    split: Annotated[str, typer.Option("--split", help="Shares such as 90/10.")] = "",
    seed: o.Seed = 0,
    min_agreement: o.MinAgreement = None,
    measure: o.MeasureName = "",
    allow_loss: Annotated[bool, typer.Option("--allow-loss", help="Write what the target can hold.")] = False,
    allow_unmeasured: o.AllowUnmeasured = False,
    jobs: o.Jobs = 1,
    resamples: o.Resamples = 1000,
    state: o.StateFolder = None,
    pseudonym_key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    json_output: Json = False,
) -> None:
    """Pull what changed, convert it, report on it."""
    from labelwright.pipeline.settings import Settings
    from labelwright.pipeline.sync import sync
    from labelwright.registry import pick, tools
    from labelwright.report.terminal import render_terminal
    from labelwright.state.splits import parse_split

    settings = Settings(
        template=o.chosen_template(template),
        target=to,
        consensus=consensus,
        split=parse_split(split) if split else (100.0,),
        seed=seed,
        min_agreement=min_agreement,
        measure=measure,
        allow_loss=allow_loss,
        allow_unmeasured=allow_unmeasured,
        jobs=jobs,
        resamples=resamples,
        show_annotators=show_annotators,
        state=state,
        key_file=pseudonym_key_file,
        force=True,
    )
    chosen = pick("tool", dict(tools()), tool)
    done = sync(chosen, project, settings, out, url, progress("items"))
    progress_done()
    if json_output:
        version = str(done.version) if done.version else None
        counts = done.result.report.counts if done.result else None
        emit_json({"changed": done.changed, "version": version, "gate": done.gate, "counts": counts})
    elif done.result is None:
        say(f"Nothing changed; the newest version is {done.version} (gate: {done.gate})")
    else:
        say(render_terminal(done.result.report))
        say(f"New version: {done.version}")
    exit_with(0 if done.clean else 1)
