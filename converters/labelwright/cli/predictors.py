"""``labelwright predictors show|evaluate|order``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from labelwright.predicting.asking import Wanted
    from labelwright.predicting.evaluating.model import Evaluation
    from labelwright.predicting.evaluating.run import Asked

Predictor = Annotated[
    str, typer.Argument(help="A predictor's name, or one of your own: ./my_model.py:Model.")
]
Against = Annotated[str, typer.Option("--against", help="An export, or the folder of a pulled project.")]
Controls = Annotated[
    list[str], typer.Option("--control", help="A control that it is to answer; default: all it can.")
]
Inputs = Annotated[
    list[str], typer.Option("--input", help="An input that it is to read; default: all it can.")
]
Learnt = Annotated[Path | None, typer.Option("--learnt", help="The folder in which it keeps what it learnt.")]

FitOn = Annotated[
    str,
    typer.Option(
        "--fit-on",
        help="What one that learns is to learn of first: folds (cross-validated, folds:5), or an export.",
    ),
]
FailUnder = Annotated[
    float | None,
    typer.Option("--fail-under", min=0.0, max=1.0, help="Exit code 1 if it is less accurate than this."),
]
Trusted = Annotated[
    float,
    typer.Option("--trusted", min=0.0, max=1.0, help="The accuracy from which suggestions are trusted."),
]
Report = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="A folder for evaluation.md and .json, or one file; else printed."),
]
OrderFile = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="The file to write: .csv, .json, or .jsonl of the items; else shown."
    ),
]
By = Annotated[
    str, typer.Option("--by", help="both (uncertainty and diversity), uncertainty, diversity, or lot.")
]
Uncertainty = Annotated[
    str, typer.Option("--uncertainty", help="How it is measured: margin, entropy or least-confidence.")
]
Answers = Annotated[
    int, typer.Option("--answers", min=1, help="Order items with fewer people's answers than this.")
]
Share = Annotated[
    float, typer.Option("--share", min=0.0, max=100.0, help="Percent of them to list, the first ones.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        rich_markup_mode=None, invoke_without_command=True,
        help="List the predictors; show one, score one like an annotator, order items by it.",
    )  # fmt: skip
    group.callback()(listing)
    group.command("show")(show)
    group.command("evaluate")(evaluate)
    group.command("order")(order)
    app.add_typer(group, name="predictors")


def listing(
    context: typer.Context,
    template: Annotated[
        str, typer.Option("--template", "-t", help="Only those that fit this template.")
    ] = "",
    json_output: Json = False,
) -> None:
    """List the predictors; show one, score one like an annotator, order items by it.

    Without a command, all are listed.
    """
    if context.invoked_subcommand is not None:
        return
    from labelwright.predicting.listing import line, listed

    found = listed((), o.chosen_template(template) if template else None)
    if json_output:
        emit_json(found)
        return
    width = max((len(one.name) for one in found), default=0)
    emit("\n".join(line(one, width) for one in found) if found else "no predictor fits")


def show(
    predictor: Predictor,
    template: Annotated[str, typer.Option("--template", "-t", help="Whether it fits this template.")] = "",
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="The service's configuration, whose predictor NAME is meant."),
    ] = None,
    json_output: Json = False,
) -> None:
    """Show one predictor: what it reads and answers, its extra, its options with their defaults.

    With --config also what it learnt of the service's projects: when, of how much, and what came of it.
    """
    from labelwright.predicting.blocks import terminal
    from labelwright.predicting.listing import block, listed, told

    fit = o.chosen_template(template) if template else None
    if config is None:
        (found,) = listed((predictor,), fit)
        emit_json(found) if json_output else emit(terminal([block(found)]))
        return
    from labelwright.cli._configured import lesson_words, predictor_of

    kind, lessons = predictor_of(config, predictor)
    found = told(kind, fit)
    if json_output:
        emit_json({"predictor": found, "lessons": lessons})
    else:
        shown = block(found)
        shown.lines += [lesson_words(lesson) for lesson in lessons]
        emit(terminal([shown]))


def evaluate(
    predictor: Predictor,
    against: Against,
    template: o.TemplateTold = "",
    options: o.PredictorOptions = [],  # noqa: B006 - typer copies it
    labels: o.PredictorLabels = [],  # noqa: B006
    controls: Controls = [],  # noqa: B006
    inputs: Inputs = [],  # noqa: B006
    fit_on: FitOn = "",
    learnt: Learnt = None,
    timeout: o.BatchTimeout = 60.0,
    fail_under: FailUnder = None,
    trusted: Trusted = 0.95,
    out: Report = None,
    gold: o.Gold = None,
    references: o.References = None,
    trust_flags: o.TrustFlags = False,
    consensus: o.Consensus = "",
    label_config: o.LabelConfig = None,
    media: o.MediaPlaces = [],  # noqa: B006
    allow_private: o.AllowPrivate = False,
    seed: o.Seed = 0,
    resamples: o.Resamples = 1000,
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    force: o.Force = False,
    json_output: Json = False,
) -> None:
    """Score a predictor like an annotator: it answers every item of an export, and sees nobody's answer.

    Exit code 1 where nothing can be compared, the export has errors, or --fail-under is not met.
    """
    from labelwright.pipeline.opening import open_source
    from labelwright.predicting.evaluating.output import targets
    from labelwright.predicting.evaluating.run import evaluate as run

    paths = targets(out, force)
    wanted = _wanted(predictor, options, labels, controls, inputs, learnt, timeout)
    asked = _asked(wanted, fit_on, trusted, fail_under)
    with open_source(against, label_config=label_config) as opened:
        settings = o.make_settings(
            o.template_for(template, opened), consensus=consensus, gold=gold, references=references,
            trust_flags=trust_flags, seed=seed, resamples=resamples, state=state, key_file=key_file,
            show_annotators=show_annotators, media=media, allow_private=allow_private,
        )  # fmt: skip
        found = run(opened, settings, asked, progress("items"))
    _told(found, paths, json_output)


def _asked(wanted: Wanted, fit_on: str, trusted: float, least: float | None) -> Asked:
    from labelwright.predicting.evaluating.lessons import Plan, plan_of
    from labelwright.predicting.evaluating.run import Asked

    return Asked(wanted, plan_of(fit_on) if fit_on else Plan(), trusted, least)


def _told(found: Evaluation, paths: list[Path], json_output: bool) -> None:
    """Show an evaluation, write it, and end with its exit code."""
    from labelwright.predicting.evaluating import output

    progress_done()
    if json_output:
        sys.stdout.write(output.as_json(found).decode())
    else:
        (say if paths else emit)(output.as_text(found))
    if paths:
        say("Written: " + ", ".join(str(path) for path in output.write(found, paths)))
    exit_with(0 if found.passed else 1)


def order(
    predictor: Predictor,
    against: Against,
    out: OrderFile = None,
    template: o.TemplateTold = "",
    by: By = "both",
    uncertainty: Uncertainty = "margin",
    answers: Answers = 1,
    share: Share = 100.0,
    options: o.PredictorOptions = [],  # noqa: B006 - typer copies it
    labels: o.PredictorLabels = [],  # noqa: B006
    controls: Controls = [],  # noqa: B006
    inputs: Inputs = [],  # noqa: B006
    learnt: Learnt = None,
    timeout: o.BatchTimeout = 60.0,
    label_config: o.LabelConfig = None,
    media: o.MediaPlaces = [],  # noqa: B006
    allow_private: o.AllowPrivate = False,
    server: o.Server = "",
    seed: o.Seed = 0,
    force: o.Force = False,
    json_output: Json = False,
) -> None:
    """Order the items that wait for answers so that those come first that teach a predictor most.

    One that learns, such as classify, learns of the answers that there are first (unless --learnt).
    """
    from labelwright.pipeline.opening import open_source
    from labelwright.predicting.ordering import output
    from labelwright.predicting.ordering.run import Asked
    from labelwright.predicting.ordering.run import order as run

    if out is not None:
        output.check(out, force)
    wanted = _wanted(predictor, options, labels, controls, inputs, learnt, timeout)
    with open_source(against, label_config=label_config, server=server) as opened:
        chosen = o.template_for(template, opened)
        settings = o.make_settings(chosen, seed=seed, media=media, allow_private=allow_private)
        found = run(opened, settings, Asked(wanted, by, uncertainty, answers, share), progress("items"))
        progress_done()
        if out is not None:
            output.write(found, out, opened, chosen)
    say_problems(found.problems)
    if json_output:
        sys.stdout.write(output.as_json(found).decode())
    else:
        (say if out is not None else emit)(output.as_text(found))
    if out is not None:
        say(f"Written: {out}")


def _wanted(
    predictor: str, options: list[str], labels: list[str], controls: list[str], inputs: list[str],
    learnt: Path | None, timeout: float,
) -> Wanted:  # fmt: skip
    from labelwright.predicting.asking import Wanted, own_folder, pairs

    return Wanted(
        predictor,
        pairs(options, "option"),
        pairs(labels, "label"),
        tuple(controls),
        tuple(inputs),
        own_folder(learnt),
        timeout,
    )
