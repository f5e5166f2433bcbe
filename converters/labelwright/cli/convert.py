"""``labelwright convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, exit_with, progress, progress_done, say

if TYPE_CHECKING:
    from labelwright.pipeline.convert import Result


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("convert")(command)


def command(
    export: o.Export,
    template: o.TemplateName,
    to: Annotated[str, typer.Option("--to", help="The dialect or format to write.")],
    output: Annotated[str, typer.Option("--output", "-o", help="The file to write; - for standard output.")],
    label_config: o.LabelConfig = None,
    consensus: Annotated[
        str, typer.Option("--consensus", help="Consensus rule, or 'each' for one example per annotation.")
    ] = "",
    split: Annotated[str, typer.Option("--split", help="Shares such as 90/10 or 80/10/10.")] = "",
    seed: o.Seed = 0,
    min_agreement: o.MinAgreement = None,
    measure: o.MeasureName = "",
    allow_loss: Annotated[
        bool, typer.Option("--allow-loss", help="Write what the target can hold, and count the rest.")
    ] = False,
    allow_unmeasured: o.AllowUnmeasured = False,
    no_gate: Annotated[
        bool,
        typer.Option("--no-gate", help="Write the file whatever the agreement is; the manifest says so."),
    ] = False,
    think_tag: Annotated[
        str, typer.Option("--think-tag", help="Tag around reasoning: think or datature_think.")
    ] = "",
    jobs: o.Jobs = 1,
    resamples: o.Resamples = 1000,
    server: o.Server = "",
    state: o.StateFolder = None,
    pseudonym_key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    json_output: Json = False,
) -> None:
    """Convert an export into a validated training file with an agreement report beside it."""
    import sys

    from labelwright.pipeline.convert import convert
    from labelwright.pipeline.opening import open_source
    from labelwright.pipeline.settings import Settings
    from labelwright.problems import UsageError
    from labelwright.report.json import render_json
    from labelwright.report.terminal import render_terminal
    from labelwright.state.splits import parse_split

    if output == "-" and (json_output or split):
        raise UsageError("-o - writes rows to standard output: leave out --json and --split, or name a file")
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
        no_gate=no_gate,
        jobs=jobs,
        resamples=resamples,
        show_annotators=show_annotators,
        state=state,
        key_file=pseudonym_key_file,
        force=force,
        think_tag=think_tag,
    )
    target = None if output == "-" else Path(output)
    with open_source(export, label_config=label_config, server=server) as opened:
        stdout = sys.stdout.buffer if target is None else None
        result = convert(opened, settings, target, stdout, progress("items"))
    progress_done()
    if json_output:
        sys.stdout.write(render_json(result.report).decode())
    else:
        say(render_terminal(result.report))
        _say_files(result)
    exit_with(0 if result.clean else 1)


def _say_files(result: Result) -> None:
    if result.files:
        say("Written: " + ", ".join(str(path) for path in result.files))
