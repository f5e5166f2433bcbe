"""What ``labelwright install cvat`` and ``labelwright pull cvat`` run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli.options import chosen_template
from labelwright.cli.output import Json, emit, emit_json, progress, progress_done, say_problems
from labelwright.problems import UsageError
from labelwright_plugins.cvat.installer import InstallResult
from labelwright_plugins.cvat.installer import install as install_into
from labelwright_plugins.cvat.media import GIGABYTE, MOST
from labelwright_plugins.cvat.puller import PullResult
from labelwright_plugins.cvat.puller import pull as pull_into
from labelwright_plugins.cvat.settings import FINISHED_ONLY, URL, server_url, settings
from labelwright_plugins.cvat.targets import split_address

if TYPE_CHECKING:
    from labelwright_plugins.cvat.client import Client

Url = Annotated[str, typer.Option("--url", help="The server's address; default: CVAT_URL.")]
Organization = Annotated[
    str,
    typer.Option("--organization", help="The organization's short name; default: CVAT_ORGANIZATION, or all."),
]


def install(
    template: Annotated[str, typer.Argument(help="A template's name, or the folder of your own.")],
    project: Annotated[str, typer.Option("--project", "-p", help="The project's name.")],
    url: Url = "",
    organization: Organization = "",
    json_output: Json = False,
) -> None:
    """Create a CVAT project with a template's labels, or add what it lacks; doing it twice changes nothing.

    The access token comes from CVAT_ACCESS_TOKEN or the file that CVAT_ACCESS_TOKEN_FILE names, else
    CVAT_USERNAME and CVAT_PASSWORD (or CVAT_PASSWORD_FILE) log in.
    """
    found = chosen_template(template)
    with _connect(url, organization) as client:
        result = install_into(client, found, project)
    say_problems(result.problems)
    if json_output:
        emit_json(result)
    else:
        emit(_installed(result))


def pull(
    what: Annotated[
        str,
        typer.Argument(
            help="A project's exact name or id; project:ID, task:ID or job:ID; or the address of its page."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to pull into.")],
    media: Annotated[bool, typer.Option("--media", help="Fetch the images too.")] = False,
    max_gb: Annotated[
        float, typer.Option("--max-gb", min=0.001, help="The most that the images of one task may have.")
    ] = MOST / GIGABYTE,
    url: Url = "",
    organization: Organization = "",
    json_output: Json = False,
) -> None:
    """Fetch annotations job by job, with who drew them; only what moved since the last time.

    Replicas and ground truth jobs come along. The log-in is that of install.
    """
    result = _pull(what, output, url, organization, media, int(max_gb * GIGABYTE))
    if json_output:
        emit_json(result)
    else:
        emit(_pulled(result))


def pull_for_sync(project: str, folder: Path, url: str | None = None) -> PullResult:
    """Pull with settings from the environment; see ``puller.pull``. Raises ``UsageError``, ``DataError``."""
    import os

    finished_only = os.environ.get(FINISHED_ONLY, "") == "1"
    return _pull(project, folder, url or "", "", False, MOST, finished_only)


def _pull(
    what: str,
    folder: Path,
    url: str,
    organization: str,
    media: bool,
    most: int,
    finished_only: bool = False,
) -> PullResult:
    import os

    server, target = split_address(what)
    named = url or os.environ.get(URL, "")
    if server and named and server_url(named) != server:
        # The log-in belongs to one server, and must not be shown to another.
        raise UsageError(f"{what} is not on {server_url(named)}; pass --url {server} if you mean it")
    show = progress("jobs")
    try:
        with _connect(url or server, organization) as client:
            result = pull_into(client, target, folder, media, most, show, finished_only)
    finally:
        if show is not None:
            progress_done()
    say_problems(result.problems)
    return result


def _connect(url: str, organization: str) -> Client:
    from labelwright_plugins.cvat.client import connect

    return connect(settings(url, organization))


def _installed(result: InstallResult) -> str:
    name = f"project {result.name!r} ({result.url})"
    if result.created:
        return f"{name}: created with {result.labels} labels"
    if not result.changed:
        return f"{name} is up to date; nothing changed"
    return f"{name}: added {'; '.join(result.added)}"


def _pulled(result: PullResult) -> str:
    news = f"{result.fetched} jobs fetched, {result.reused} as before, {result.deleted} gone"
    if not result.changed:
        news = "nothing changed"
    kinds = f"{result.replicas} replicas, {result.ground_truth} ground truth"
    images = f", {result.images} images fetched" if result.images else ""
    return (
        f"{result.export}: {result.annotations} annotations of {result.jobs} jobs ({kinds}) "
        f"in {result.tasks} tasks; {news}{images}"
    )
