"""What ``labelwright install label-studio`` and ``labelwright pull label-studio`` run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli.options import chosen_template
from labelwright.cli.output import Json, emit, emit_json, progress, progress_done
from labelwright_plugins.label_studio.installer import InstallResult
from labelwright_plugins.label_studio.installer import install as install_into
from labelwright_plugins.label_studio.puller import PullResult
from labelwright_plugins.label_studio.puller import pull as pull_into

SAMPLES = "samples"

Url = Annotated[str, typer.Option("--url", help="The server's address; default: LABEL_STUDIO_URL.")]


def install(
    template: Annotated[str, typer.Argument(help="A template's name, or the folder of your own.")],
    project: Annotated[str, typer.Option("--project", "-p", help="The project's title, 3 to 50 characters.")],
    labels: Annotated[
        str, typer.Option("--labels", help="Labels to offer instead of the template's: A,B,C.")
    ] = "",
    items: Annotated[
        str,
        typer.Option("--items", help="Items to label: .csv, .json or .jsonl; 'samples': the template's own."),
    ] = "",
    url: Url = "",
    json_output: Json = False,
) -> None:
    """Create a Label Studio project from a template, or bring it up to date; doing it twice changes nothing.

    The token comes from LABEL_STUDIO_API_KEY or the file that LABEL_STUDIO_API_KEY_FILE names.
    """
    from labelwright_plugins.label_studio.client import connect_with
    from labelwright_plugins.label_studio.settings import settings

    found = chosen_template(template)
    config = found.file("label_studio.xml").read_text(encoding="utf-8")
    path = None if not items else found.file("samples.jsonl") if items == SAMPLES else Path(items)
    wanted = [label.strip() for label in labels.split(",")] if labels else None
    with connect_with(settings(url)) as client:
        result = install_into(client, found, config, project, wanted, path)
    if json_output:
        emit_json(result)
    else:
        emit(_installed(result))


def pull(
    project: Annotated[str, typer.Argument(help="The project's exact title, or its id.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to pull into.")],
    url: Url = "",
    json_output: Json = False,
) -> None:
    """Fetch a project's annotations and configuration; only what moved since the last time.

    The token comes from LABEL_STUDIO_API_KEY or the file that LABEL_STUDIO_API_KEY_FILE names.
    """
    result = pull_for_sync(project, output, url)
    if json_output:
        emit_json(result)
    else:
        emit(_pulled(result))


def pull_for_sync(project: str, folder: Path, url: str | None = None) -> PullResult:
    """Pull with settings from the environment; see ``puller.pull``. Raises ``UsageError``, ``DataError``."""
    from labelwright_plugins.label_studio.client import connect_with
    from labelwright_plugins.label_studio.settings import settings

    show = progress("tasks")
    try:
        with connect_with(settings(url)) as client:
            return pull_into(client, project, folder, show)
    finally:
        if show is not None:
            progress_done()


def _installed(result: InstallResult) -> str:
    name = f"project {result.title!r} ({result.url})"
    if not result.changed:
        return f"{name} is up to date; nothing changed ({result.present} items were there already)"
    done = "created" if result.created else "changed " + ", ".join(result.updated or ("its items",))
    items = f"{result.imported} items imported, {result.present} there already"
    twice = f", {result.duplicates} repeated in the file left out" if result.duplicates else ""
    files = f", {result.uploaded} files uploaded" if result.uploaded else ""
    told = f", {result.measured} durations read from WAV files" if result.measured else ""
    return f"{name}: {done}; {items}{twice}{files}{told}"


def _pulled(result: PullResult) -> str:
    news = f"{result.fetched} tasks fetched, {result.reused} as before, {result.deleted} gone"
    if not result.changed:
        news = "nothing changed"
    return (
        f"{result.export}: {result.annotations} annotations of {result.written} tasks "
        f"({result.tasks - result.written} more without any); {news}"
    )
