"""``labelwright report``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit, exit_with, progress, progress_done, say

if TYPE_CHECKING:
    from labelwright.pipeline.opening import Opened
    from labelwright.pipeline.settings import Settings
    from labelwright.quality.lots import Lot

Out = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="A folder for report.html, .md and .json, or one such file; else printed."
    ),
]
NoLint = Annotated[bool, typer.Option("--no-lint", help="Leave the lint rules out.")]

Share = Annotated[
    float | None,
    typer.Option(
        "--share", min=0.0, max=100.0,
        help="Percent of the items that suggestions were given out to by lot, as prelabel was told.",
    ),
]  # fmt: skip
LotSeed = Annotated[int, typer.Option("--lot-seed", min=0, help="The --seed that prelabel was told.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(command)


def command(
    export: o.Export,
    template: o.TemplateTold = "",
    out: Out = None,
    label_config: o.LabelConfig = None,
    consensus: o.Consensus = "",
    fail_under: o.FailUnder = None,
    measure: o.MeasureName = "",
    allow_unmeasured: o.AllowUnmeasured = False,
    gold: o.Gold = None,
    references: o.References = None,
    gold_target: o.GoldTarget = None,
    gold_least: o.GoldLeast = 10,
    trust_flags: o.TrustFlags = False,
    ties: o.Ties = "drop",
    min_margin: o.MinMargin = None,
    history: o.HistoryFolder = None,
    batch: o.BatchName = "",
    no_lint: NoLint = False,
    media: o.MediaPlaces = [],  # noqa: B006 - typer copies it
    allow_private: o.AllowPrivate = False,
    share: Share = None,
    lot_seed: LotSeed = 0,
    seed: o.Seed = 0,
    resamples: o.Resamples = 1000,
    jobs: o.Jobs = 1,
    server: o.Server = "",
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    force: o.Force = False,
    json_output: Json = False,
) -> None:
    """Report on a batch: agreement, gold, annotators, suggestions, trend, contested items, lint, volumes.

    Exit code 1 where the gate fails or something could not be used; lint does not decide.
    """
    from labelwright.pipeline.opening import open_source

    with open_source(export, label_config=label_config, server=server) as opened:
        settings = o.make_settings(
            o.template_for(template, opened), consensus=consensus, min_agreement=fail_under, measure=measure,
            allow_unmeasured=allow_unmeasured, gold=gold, references=references, gold_target=gold_target,
            gold_least=gold_least, trust_flags=trust_flags, ties=ties, min_margin=min_margin,
            history=history, batch=batch, lint=not no_lint, seed=seed, resamples=resamples, jobs=jobs,
            state=state, key_file=key_file, show_annotators=show_annotators, force=force,
            media=media, allow_private=allow_private, anchoring=True,
            lot=_lot(share, lot_seed),
        )  # fmt: skip
        _run(settings, opened, out, json_output)


def _lot(share: float | None, seed: int) -> Lot | None:
    """By which suggestions were given out; None where that is not said."""
    from labelwright.quality.lots import Lot

    return None if share is None else Lot(share, seed)


def _run(settings: Settings, opened: Opened, out: Path | None, json_output: bool) -> None:
    from labelwright.pipeline.batch import batch_report
    from labelwright.report.json import render_json
    from labelwright.report.terminal import render_terminal

    result = batch_report(opened, settings, out, progress("items"))
    progress_done()
    if json_output:
        sys.stdout.write(render_json(result.report).decode())
    elif result.files:
        say(render_terminal(result.report))
    else:
        emit(render_terminal(result.report))
    if result.files:
        say("Written: " + ", ".join(str(path) for path in result.files))
    exit_with(0 if result.clean else 1)
