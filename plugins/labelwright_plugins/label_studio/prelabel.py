"""What ``labelwright prelabel label-studio`` runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import _prelabel as c
from labelwright.cli._reached import reached
from labelwright.cli.options import chosen_template
from labelwright_plugins.label_studio.commands import Url

if TYPE_CHECKING:
    from labelwright.predicting.apart import Apart
    from labelwright.problems import Problems
    from labelwright_plugins.label_studio.prelabelling import Tasks

TOOL, FETCHER = "label-studio", "labelwright_plugins.label_studio.fetching:open_fetcher"


@c.wishing
def prelabel(
    project: Annotated[
        str, typer.Argument(help="The project's exact title, or its id; with --config one of its projects.")
    ],
    wish: c.Wish,
    url: Url = "",
) -> None:
    """Write a predictor's suggestions into a Label Studio project, as predictions of the model's version.

    It may be ended and run again at any time: a task that has a prediction of this version gets no other.
    The token comes from LABEL_STUDIO_API_KEY or the file that LABEL_STUDIO_API_KEY_FILE names; with --config,
    server and token are those of its tool, and PROJECT may be one of its projects.
    """
    from labelwright.contracts import Source
    from labelwright_plugins.label_studio import infer, projects
    from labelwright_plugins.label_studio.client import connect_with
    from labelwright_plugins.label_studio.prelabelling import Tasks
    from labelwright_plugins.label_studio.settings import settings

    project, environ = reached(wish.service, wish.predictor, TOOL, project, url)
    with connect_with(settings(url, environ)) as client:
        found = projects.resolve(client, project)
        number, xml = int(found["id"]), str(found.get("label_config") or "")
        source = Source(path=str(found["title"]), label_config=xml, name=str(found["title"]))
        told = chosen_template(wish.template) if wish.template else infer.infer(source)

        def opened(model: Apart, problems: Problems) -> Tasks:
            return Tasks(client, found, source, model, problems)

        c.prelabel(wish, c.Where(TOOL, client.url, str(number), told, FETCHER), opened)
