"""``labelwright connect TOOL PROJECT``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit, emit_json, exit_with

if TYPE_CHECKING:
    from labelwright.service.connecting import Connected

ToolName = Annotated[str, typer.Argument(help="The tool: NAME of a [tools.NAME], such as label-studio.")]
ProjectName = Annotated[
    str, typer.Argument(help="The project: NAME of a [projects.NAME], or its title or id there.")
]
_DONE = {
    "created": "registered",
    "updated": "repaired",
    "unchanged": "is as it should be; nothing changed",
}
_FOUND = {
    "unchanged": "is as it should be",
    "missing": "is not registered",
    "wrong": "is not as it should be",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("connect")(command)


def command(
    tool: ToolName,
    project: ProjectName,
    webhook: Annotated[
        bool, typer.Option("--webhook", help="Register the webhook that tells the service what moved.")
    ] = False,
    predictor: Annotated[
        str, typer.Option("--predictor", help="Let the project ask this predictor of the service.")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only look; exit code 1 if it is not as it should be.")
    ] = False,
    config: o.ConfigFile = Path("labelwright.toml"),
    json_output: Json = False,
) -> None:
    """Register a project's webhook in its tool, or a predictor that it asks; doing it twice changes nothing.

    What differs is repaired, and of several one is left. For a webhook the service need not run yet; for a
    predictor it has to.
    """
    from labelwright.cli._configured import loaded
    from labelwright.problems import UsageError
    from labelwright.service.connecting import connect

    if not webhook and not predictor:
        raise UsageError("what is to be connected? pass --webhook, or --predictor NAME")
    if webhook and predictor:
        raise UsageError("pass --webhook or --predictor, one at a time")
    if predictor:
        from labelwright.service import connecting_models

        done = connecting_models.connect(loaded(config), tool, project, predictor, check)
    else:
        done = connect(loaded(config), tool, project, check)
    if json_output:
        emit_json(done)
    else:
        emit(said(done, check, "predictor" if predictor else "webhook"))
    exit_with(0 if done.right else 1)


def said(done: Connected, check: bool = False, what: str = "webhook") -> str:
    """What became of a project's webhook or predictor, in words."""
    registered = done.registered
    assert registered is not None
    words = (_FOUND if check else _DONE).get(registered.state, registered.state)
    differs = f" ({', '.join(registered.differs)})" if registered.differs else ""
    removed = f"; {registered.removed} too many removed" if registered.removed else ""
    there = f"{'at' if what == 'predictor' else 'to'} {done.url}"
    lines = [f"{done.project}: the {what} of {done.tool} {there} {words}{differs}{removed}"]
    if registered.address:
        lines.append(f"  see {registered.address}")
    return "\n".join([*lines, *(f"  {told}" for told in registered.told)])
