"""``labelwright validate``."""

from __future__ import annotations

from os.path import isdir
from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli.output import Json, emit_json, exit_with, say, say_problems, standard_input


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate")(command)


def command(
    file: Annotated[
        str,
        typer.Argument(help="A training file, or a data set's folder or archive; - for standard input."),
    ],
    as_: Annotated[
        str, typer.Option("--as", help="The dialect or format the file should have, such as openai or csv.")
    ],
    json_output: Json = False,
) -> None:
    """Check the shape of a training file: every broken rule with its line and path.

    A folder or zip archive of a format of several files, such as yolo, is checked as a whole: every file,
    and what does not fit together, such as classes without a name or labels without an image.

    Exit code 1 if it is not valid. What the file teaches is checked by lint.
    """
    from labelwright.contracts import FolderChecked
    from labelwright.io.archive import is_zip
    from labelwright.problems import Problems, UsageError
    from labelwright.quality.validate import validate_file, validate_folder
    from labelwright.registry import dialects, formats, pick

    chosen = pick("dialect or format", {**dialects(), **formats()}, as_)
    problems = Problems(kept_per_code=1000)
    if file == "-":
        summary = validate_file(standard_input(), "standard input", chosen, problems)
    elif isdir(file) or (  # noqa: PTH112 - Path raises where a name is too long
        is_zip(Path(file)) and isinstance(chosen, FolderChecked)
    ):
        if not isinstance(chosen, FolderChecked):
            raise UsageError(f"{file} is a folder, and {as_} is checked file by file")
        summary = validate_folder(file, chosen, problems)
    else:
        try:
            stream = Path(file).open("rb")  # noqa: SIM115 - closed below
        except OSError as error:
            raise UsageError(f"cannot read {file}: {error.strerror}") from None
        with stream:
            summary = validate_file(stream, Path(file).name, chosen, problems)
    found = sorted(problems, key=lambda p: (p.place.source, p.place.line, p.code, p.place.path))
    if json_output:
        emit_json(
            {"summary": summary, "counts": problems.counts, "problems": found, "valid": not problems.errors}
        )
    else:
        say_problems(found, limit=100)
        verdict = "valid" if not problems.errors else "not valid"
        say(f"{file}: {verdict} as {as_}; {len(problems)} problems")
    exit_with(1 if problems.errors else 0)
