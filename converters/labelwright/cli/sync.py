"""``labelwright sync TOOL PROJECT``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit_json, exit_with, progress, progress_done, say

if TYPE_CHECKING:
    from labelwright.pipeline.settings import Settings
    from labelwright.pipeline.sync import SyncResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sync")(command)


def command(
    tool: Annotated[str, typer.Argument(help="The tool, such as label-studio.")],
    project: Annotated[str, typer.Argument(help="The project's title or id.")],
    template: o.TemplateName,
    to: o.Target,
    out: Annotated[Path, typer.Option("--out", help="The folder that holds the data set's versions.")],
    url: Annotated[
        str, typer.Option("--url", help="The server; default: the tool's environment variable.")
    ] = "",
    consensus: o.Consensus = "",
    split: o.Split = "",
    seed: o.Seed = 0,
    min_agreement: o.MinAgreement = None,
    measure: o.MeasureName = "",
    allow_loss: o.AllowLoss = False,
    allow_unmeasured: o.AllowUnmeasured = False,
    think_tag: o.ThinkTag = "",
    ties: o.Ties = "drop",
    min_margin: o.MinMargin = None,
    gold: o.Gold = None,
    references: o.References = None,
    gold_target: o.GoldTarget = None,
    gold_least: o.GoldLeast = 10,
    train_on_gold: o.TrainOnGold = False,
    trust_flags: o.TrustFlags = False,
    boxes: o.Boxes = "",
    media: o.MediaPlaces = [],  # noqa: B006 - typer copies it
    media_base: o.MediaBase = "",
    oversize: o.Oversize = "refuse",
    allow_private: o.AllowPrivate = False,
    lint: o.Lint = False,
    history: o.HistoryFolder = None,
    batch: o.BatchName = "",
    jobs: o.Jobs = 1,
    resamples: o.Resamples = 1000,
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    json_output: Json = False,
) -> None:
    """Pull what changed, convert it, report on it."""
    given = dict(locals())
    given["target"] = given.pop("to")
    run = {name: given.pop(name) for name in ("tool", "project", "out", "url", "json_output")}
    _run(o.make_settings(**given, force=True), **run)


def _run(settings: Settings, tool: str, project: str, out: Path, url: str, json_output: bool) -> None:
    from labelwright.pipeline.sync import sync
    from labelwright.registry import pick, tools

    chosen = pick("tool", dict(tools()), tool)
    done = sync(chosen, project, settings, out, url, progress("items"))
    progress_done()
    _show(done, json_output)
    exit_with(0 if done.clean else 1)


def _show(done: SyncResult, json_output: bool) -> None:
    if json_output:
        version = str(done.version) if done.version else None
        counts = done.result.report.counts if done.changed else None
        emit_json({"changed": done.changed, "version": version, "gate": done.gate, "counts": counts})
    elif not done.changed:
        say(f"Nothing changed; the newest version is {done.version} (gate: {done.gate})")
    else:
        from labelwright.report.terminal import render_terminal

        say(render_terminal(done.result.report))
        say(f"New version: {done.version}")
