"""What ``labelwright install doccano`` and ``labelwright pull doccano`` run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli.options import chosen_template
from labelwright.cli.output import Json, emit, emit_json, say_problems
from labelwright_plugins.doccano.installer import InstallResult
from labelwright_plugins.doccano.installer import install as install_into
from labelwright_plugins.doccano.puller import PullResult
from labelwright_plugins.doccano.puller import pull as pull_into
from labelwright_plugins.doccano.settings import settings

if TYPE_CHECKING:
    from labelwright_plugins.doccano.client import Client

Url = Annotated[str, typer.Option("--url", help="The server's address; default: DOCCANO_URL.")]


def install(
    template: Annotated[str, typer.Argument(help="A template's name, or the folder of your own.")],
    project: Annotated[str, typer.Option("--project", "-p", help="The project's name.")],
    items: Annotated[
        Path | None, typer.Option("--items", "-i", help="Items to label: .json, .jsonl or .csv.")
    ] = None,
    shared: Annotated[
        bool,
        typer.Option("--shared", help="All annotators share one set of answers; agreement is then unknown."),
    ] = False,
    url: Url = "",
    json_output: Json = False,
) -> None:
    """Create a doccano project with a template's labels and items, or add what it lacks.

    DOCCANO_USERNAME and DOCCANO_PASSWORD (or the file that DOCCANO_PASSWORD_FILE names) log in. Doing it
    twice changes nothing.
    """
    found = chosen_template(template)
    with _connect(url) as client:
        result = install_into(client, found, project, items, shared)
    say_problems(result.problems)
    if json_output:
        emit_json(result)
    else:
        emit(_installed(result))


def pull(
    project: Annotated[str, typer.Argument(help="A project's exact name or its id.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to pull into.")],
    url: Url = "",
    json_output: Json = False,
) -> None:
    """Fetch everybody's answers, with what was confirmed; writes only what moved.

    The log-in is that of install, and must be an administrator's of the project.
    """
    result = pull_for_sync(project, output, url)
    if json_output:
        emit_json(result)
    else:
        emit(_pulled(result))


def pull_for_sync(project: str, folder: Path, url: str | None = None) -> PullResult:
    """Pull with settings from the environment; see ``puller.pull``. Raises ``UsageError``, ``DataError``."""
    with _connect(url or "") as client:
        result = pull_into(client, project, folder)
    say_problems(result.problems)
    return result


def _connect(url: str) -> Client:
    from labelwright_plugins.doccano.client import connect

    return connect(settings(url))


def _installed(result: InstallResult) -> str:
    name = f"project {result.name!r} ({result.url}, {result.project_type})"
    if not result.changed:
        return f"{name} is up to date; nothing changed ({result.present} items were there already)"
    twice = f", {result.duplicates} repeated in the file left out" if result.duplicates else ""
    done = "created" if result.created else "changed"
    labels = f"{len(result.added)} labels added"
    return (
        f"{name}: {done}; {labels}; {result.imported} items imported, {result.present} there already{twice}"
    )


def _pulled(result: PullResult) -> str:
    news = "" if result.changed else "; nothing changed"
    return (
        f"{result.export}: {result.answered} answers of {result.annotators} annotators to "
        f"{result.examples} examples, {result.confirmed} confirmed{news}"
    )
