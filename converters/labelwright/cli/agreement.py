"""``labelwright agreement``."""

from __future__ import annotations

import sys

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit, exit_with, progress, progress_done


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("agreement")(command)


def command(
    export: o.Export,
    template: o.TemplateTold = "",
    label_config: o.LabelConfig = None,
    min_agreement: o.FailUnder = None,
    measure: o.MeasureName = "",
    allow_unmeasured: o.AllowUnmeasured = False,
    seed: o.Seed = 0,
    resamples: o.Resamples = 1000,
    gold: o.Gold = None,
    references: o.References = None,
    gold_target: o.GoldTarget = None,
    gold_least: o.GoldLeast = 10,
    trust_flags: o.TrustFlags = False,
    media: o.MediaPlaces = [],  # noqa: B006 - typer copies it
    allow_private: o.AllowPrivate = False,
    history: o.HistoryFolder = None,
    batch: o.BatchName = "",
    jobs: o.Jobs = 1,
    server: o.Server = "",
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    json_output: Json = False,
) -> None:
    """Measure how far annotators agree, and hold it against the gate.

    Exit code 1 if the gate is not met.
    """
    from labelwright.pipeline.convert import measure as run
    from labelwright.pipeline.opening import open_source
    from labelwright.report.json import render_json
    from labelwright.report.terminal import render_terminal

    with open_source(export, label_config=label_config, server=server) as opened:
        settings = o.make_settings(
            o.template_for(template, opened), min_agreement=min_agreement, measure=measure,
            allow_unmeasured=allow_unmeasured, seed=seed, resamples=resamples, jobs=jobs,
            show_annotators=show_annotators, state=state, key_file=key_file, gold=gold, references=references,
            gold_target=gold_target, gold_least=gold_least, trust_flags=trust_flags,
            history=history, batch=batch, media=media, allow_private=allow_private,
        )  # fmt: skip
        result = run(opened, settings, progress("items"))
    progress_done()
    if json_output:
        sys.stdout.write(render_json(result.report).decode())
    else:
        emit(render_terminal(result.report))
    exit_with(0 if result.clean else 1)
