"""``labelwright lint``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli.options import LabelConfig
from labelwright.cli.output import (
    Json,
    emit_json,
    exit_with,
    progress,
    progress_done,
    say,
    say_problems,
    standard_input,
)

if TYPE_CHECKING:
    from labelwright.quality.lint import LintSummary

SHOWN = 100


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint")(command)


def command(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Training files, splits of one data set, or an export (with --template); -: standard input."
        ),
    ],
    template: Annotated[
        str, typer.Option("--template", "-t", help="A template's name, or the folder of your own.")
    ] = "",
    as_: Annotated[
        str, typer.Option("--as", help="The dialect the training files have; default: found out.")
    ] = "",
    label_config: LabelConfig = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Run this rule only; may be given again.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="Leave this rule out; may be given again.")
    ] = None,
    json_output: Json = False,
) -> None:
    """Check what a data set teaches: bias, contradictions, copies, leaks, personal data, guidelines.

    Exit code 1 for errors and warnings; notes alone are clean. The shape of rows is checked by validate.
    """
    from labelwright.cli.options import chosen_template
    from labelwright.pipeline.linting import lint

    chosen = chosen_template(template) if template else None
    result = lint(
        files, chosen, dialect=as_, label_config=label_config, only=only or (), ignore=ignore or (),
        stdin=standard_input() if as_ and "-" in files else None, progress=progress("rows"),
    )  # fmt: skip
    progress_done()
    summary = result.summary
    if json_output:
        emit_json({"summary": summary, "problems": result.problems, "clean": summary.clean})
    else:
        say_problems(result.problems, limit=SHOWN)
        say(_words(files, summary))
    exit_with(0 if summary.clean else 1)


def _words(files: list[str], summary: LintSummary) -> str:
    names = ", ".join(Path(file).name or file for file in files)
    found = f"{summary.errors} errors, {summary.warnings} warnings, {summary.notes} notes"
    left = [f"{rule} ({why})" for rule, why in summary.skipped.items() if why != "not asked for"]
    rest = f"\nNot run: {'; '.join(left)}" if left else ""
    return f"{names}: {summary.rows} rows, {len(summary.rules)} rules: {found}{rest}"
