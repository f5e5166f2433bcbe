"""``labelwright gold score|make``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import (
    Json,
    emit,
    emit_json,
    exit_with,
    progress,
    progress_done,
    say,
    say_problems,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.callback()(_group)
    group.command("score")(score)
    group.command("make")(make)
    app.add_typer(group, name="gold")


def _group() -> None:
    """Score annotators on gold items, or make a gold file."""


def score(
    export: o.Export,
    template: o.TemplateTold = "",
    gold: o.Gold = None,
    gold_target: o.GoldTarget = None,
    gold_least: o.GoldLeast = 10,
    trust_flags: o.TrustFlags = False,
    label_config: o.LabelConfig = None,
    jobs: o.Jobs = 1,
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    json_output: Json = False,
) -> None:
    """Score each annotator on the gold items of an export: those of a gold file and those marked."""
    from labelwright.pipeline.convert import measure
    from labelwright.pipeline.goldproblems import NO_GOLD
    from labelwright.pipeline.opening import open_source
    from labelwright.problems import Place, Problems
    from labelwright.report.terminal import gold_block

    with open_source(export, label_config=label_config) as opened:
        settings = o.make_settings(
            o.template_for(template, opened), gold=gold, gold_target=gold_target, gold_least=gold_least,
            trust_flags=trust_flags, jobs=jobs, state=state, key_file=key_file,
            show_annotators=show_annotators, no_gate=True, resamples=0, contested=0, scoring=True,
        )  # fmt: skip
        report = measure(opened, settings, progress("items")).report
    progress_done()
    problems = Problems()
    if report.gold is None or not report.gold.items:
        problems.add(NO_GOLD.at(Place(source=report.source)))
    found = [*problems, *report.problems]
    if json_output:
        counts = {**report.problem_counts, **problems.counts}
        emit_json({"gold": report.gold, "problems": found, "problem_counts": counts})
    else:
        lines = gold_block(report, 100)
        if lines:
            emit("\n".join(lines))
        say_problems(found)
    exit_with(1 if any(p.severity == "error" for p in found) else 0)


def make(
    export: o.Export,
    template: o.TemplateTold = "",
    output: Annotated[
        str, typer.Option("--output", "-o", help="The gold file to write; - for standard output.")
    ] = "-",
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Gold items at most.")] = 200,
    seed: o.Seed = 0,
    source: Annotated[
        str, typer.Option("--from", help="flags (ground truth), agreed (all annotators alike) or both.")
    ] = "both",
    min_annotators: Annotated[
        int, typer.Option("--min-annotators", min=2, help="Annotators who must agree on an item.")
    ] = 3,
    trust_flags: o.TrustFlags = False,
    label_config: o.LabelConfig = None,
    force: o.Force = False,
    json_output: Json = False,
) -> None:
    """Make a gold file of marked items, and of a seeded sample of items on which all annotators agree."""
    from labelwright.pipeline.goldmake import make_gold
    from labelwright.pipeline.opening import open_source
    from labelwright.problems import Problems, UsageError

    if output == "-" and json_output:
        raise UsageError("the gold file goes to standard output: leave out --json, or name a file with -o")
    target, problems = None if output == "-" else Path(output), Problems()
    with open_source(export, label_config=label_config) as opened:
        settings = o.make_settings(
            o.template_for(template, opened), seed=seed, trust_flags=trust_flags, force=force
        )
        made = make_gold(
            opened, settings, target or sys.stdout.buffer, problems,
            wanted=number, least=min_annotators, source=source,
        )  # fmt: skip
    if json_output:
        emit_json({"made": made, "problems": list(problems), "problem_counts": problems.counts})
    else:
        say_problems(problems)
        say(
            f"{made.items} gold items ({made.flagged} marked, {made.agreed} of {made.candidates} on which "
            f"all agree)" + ((f": {target}" if target else "") if made.items else "; nothing was written")
        )
    exit_with(1 if problems.errors else 0)
