"""``labelwright convert``."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, exit_with, progress, progress_done, say

if TYPE_CHECKING:
    from labelwright.pipeline.convert import Result


Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        help="The file to write (a folder, where a format has one file per item); - for standard output.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("convert")(command)


def command(
    export: o.Export,
    to: o.Target,
    template: o.TemplateTold = "",
    output: Output = "-",
    label_config: o.LabelConfig = None,
    consensus: o.Consensus = "",
    split: o.Split = "",
    seed: o.Seed = 0,
    min_agreement: o.MinAgreement = None,
    measure: o.MeasureName = "",
    allow_loss: o.AllowLoss = False,
    allow_unmeasured: o.AllowUnmeasured = False,
    no_gate: o.NoGate = False,
    think_tag: o.ThinkTag = "",
    ties: o.Ties = "drop",
    min_margin: o.MinMargin = None,
    gold: o.Gold = None,
    references: o.References = None,
    gold_target: o.GoldTarget = None,
    gold_least: o.GoldLeast = 10,
    train_on_gold: o.TrainOnGold = False,
    trust_flags: o.TrustFlags = False,
    predictions: o.AsPredictions = False,
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
    server: o.Server = "",
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    force: o.Force = False,
    json_output: Json = False,
) -> None:
    """Convert an export into a validated training file with an agreement report beside it."""
    given = dict(locals())
    if output == "-" and (json_output or split):
        raise _both_on_stdout()
    given["target"] = given.pop("to")
    names = ("template", "export", "label_config", "server", "output", "json_output")
    run = {name: given.pop(name) for name in names}
    _run(given, **run)


def _run(
    given: dict[str, Any],
    template: str,
    export: str,
    label_config: Path | None,
    server: str,
    output: str,
    json_output: bool,
) -> None:
    from labelwright.pipeline.convert import convert
    from labelwright.pipeline.opening import open_source

    target = None if output == "-" else Path(output)
    if template:
        o.chosen_template(template)  # a wrong name is said before a large file is opened
    with open_source(export, label_config=label_config, server=server) as opened:
        settings = o.make_settings(o.template_for(template, opened), **given)
        stdout = sys.stdout.buffer if target is None else None
        result = convert(opened, settings, target, stdout, progress("items"))
    progress_done()
    _show(result, json_output)
    exit_with(0 if result.clean else 1)


def _both_on_stdout() -> Exception:
    from labelwright.problems import UsageError

    return UsageError("rows go to standard output: leave out --json and --split, or name a file with -o")


def _show(result: Result, json_output: bool) -> None:
    if json_output:
        from labelwright.report.json import render_json

        sys.stdout.write(render_json(result.report).decode())
        return
    from labelwright.report.terminal import render_terminal

    say(render_terminal(result.report))
    if result.files:
        say("Written: " + ", ".join(_places(result.files)))


def _places(files: list[Path]) -> list[str]:
    """The files by name; those in a folder of their own by its name and their number."""
    home = min((path.parent for path in files), key=lambda folder: len(folder.parts))
    inside = Counter(path.parent for path in files if path.parent != home)
    folders = [f"{folder} ({count} files)" for folder, count in inside.items()]
    return folders + [str(path) for path in files if path.parent == home]
