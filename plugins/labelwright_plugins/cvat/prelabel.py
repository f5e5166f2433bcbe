"""What ``labelwright prelabel cvat`` runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import _prelabel as c
from labelwright.cli._reached import reached
from labelwright.cli.options import chosen_template
from labelwright.problems import UsageError
from labelwright_plugins.cvat.commands import Organization, Url

if TYPE_CHECKING:
    from labelwright.predicting.apart import Apart
    from labelwright.problems import Problems
    from labelwright_plugins.cvat.prelabelling import Frames

TOOL, FETCHER = "cvat", "labelwright_plugins.cvat.fetching:open_fetcher"
NO_REPLACE = (
    "--replace is not for CVAT: what people made of a suggestion cannot be told there from what nobody "
    "looked at; remove suggestions in CVAT itself"
)


@c.wishing
def prelabel(
    what: Annotated[
        str,
        typer.Argument(
            help="A project's exact name or id; project:ID, task:ID or job:ID; or the address of its "
            "page; with --config one of its projects."
        ),
    ],
    wish: c.Wish,
    url: Url = "",
    organization: Organization = "",
) -> None:
    """Write a predictor's shapes and tags into the open jobs of a CVAT project, as of source "auto".

    A frame that has such shapes or tags in a job gets no others there, and nothing of anybody's is
    touched. The log-in is that of install; with --config, that of its tool.
    """
    if wish.replace:
        raise UsageError(NO_REPLACE)
    _run(wish, what, url, organization)


def _run(wish: c.Wish, what: str, url: str, organization: str) -> None:
    from labelwright_plugins.cvat import targets
    from labelwright_plugins.cvat.client import connect
    from labelwright_plugins.cvat.infer import template_of
    from labelwright_plugins.cvat.prelabelling import Frames
    from labelwright_plugins.cvat.project import labels_from_api
    from labelwright_plugins.cvat.settings import settings

    server, named = targets.split_address(what)
    url = url or server
    named, environ = reached(wish.service, wish.predictor, TOOL, named, url)
    with connect(settings(url, organization, environ)) as client:
        target = targets.resolve(client, named)
        rows = client.pages("/api/labels", "name", **{f"{target.kind}_id": target.id})
        labels = labels_from_api(rows)
        told = chosen_template(wish.template) if wish.template else template_of(labels, False)

        def opened(model: Apart, problems: Problems) -> Frames:
            return Frames(client, target, labels, model, problems)

        where = c.Where(TOOL, client.url, "frames", told, FETCHER)
        c.prelabel(wish, where, opened)
