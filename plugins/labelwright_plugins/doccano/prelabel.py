"""What ``labelwright prelabel doccano`` runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelwright.cli import _prelabel as c
from labelwright.cli._reached import reached
from labelwright.cli.options import chosen_template
from labelwright.problems import UsageError
from labelwright_plugins.doccano.commands import Url

if TYPE_CHECKING:
    from labelwright.predicting.apart import Apart
    from labelwright.problems import Problems
    from labelwright_plugins.doccano.client import Client
    from labelwright_plugins.doccano.prelabelling import Examples
    from labelwright_plugins.doccano.sources import About

TOOL, FETCHER = "doccano", "labelwright_plugins.doccano.fetching:open_fetcher"
NO_PREDICTIONS = (
    "doccano has no predictions: what is written are labels like anybody's, and nothing tells them from "
    "answers of people afterwards; pass --as-answers if you mean it, or let doccano's auto-labelling ask "
    "labelwright serve"
)
NO_REPLACE = "--replace is not for doccano: labels of a predictor cannot be told there from people's"
NOT_SHARED = (
    "in the doccano project {name!r} everybody sees but their own labels, and would not see what is "
    "written here; make a project with shared annotations, or let doccano's auto-labelling ask "
    "labelwright serve"
)


@c.wishing
def prelabel(
    project: Annotated[str, typer.Argument(help="A project's exact name or its id.")],
    wish: c.Wish,
    as_answers: Annotated[
        bool,
        typer.Option(
            "--as-answers", help="Write labels that nothing tells from people's; doccano has no other."
        ),
    ] = False,
    url: Url = "",
) -> None:
    """Write a predictor's labels into a doccano project whose annotations are shared.

    Examples that somebody labelled or confirmed get none. What was written is known from the state folder
    alone: doccano cannot tell it from answers. The log-in is that of install; with --config, that of its
    tool.
    """
    if wish.replace:
        raise UsageError(NO_REPLACE)
    if not as_answers and not wish.dry_run:
        raise UsageError(NO_PREDICTIONS)
    _run(wish, project, url)


def _run(wish: c.Wish, project: str, url: str) -> None:
    from labelwright_plugins.doccano import infer, projects
    from labelwright_plugins.doccano.client import connect
    from labelwright_plugins.doccano.prelabelling import Examples
    from labelwright_plugins.doccano.settings import settings

    project, environ = reached(wish.service, wish.predictor, TOOL, project, url)
    with connect(settings(url, environ)) as client:
        found = projects.resolve(client, project)
        if not found.get("collaborative_annotation"):
            raise UsageError(NOT_SHARED.format(name=str(found["name"])))
        about = _about(client, found)
        told = chosen_template(wish.template) if wish.template else infer.of_project(about)

        def opened(model: Apart, problems: Problems) -> Examples:
            return Examples(client, found, about, model, problems)

        c.prelabel(wish, c.Where(TOOL, client.url, str(found["id"]), told, FETCHER), opened)


def _about(client: Client, found: dict[str, Any]) -> About:
    """A project with its labels, as a pull would have it."""
    from labelwright_plugins.doccano import projects
    from labelwright_plugins.doccano.sources import About, Type

    labels = {n: [Type(str(x["text"])) for x in rows] for n, rows in projects.types(client, found).items()}
    return About(
        client.url, int(found["id"]), str(found["name"]), str(found["project_type"]), True,
        bool(found.get("single_class_classification")), False, labels,
    )  # fmt: skip
