"""What ``labelwright queue label-studio`` runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit, emit_json, progress, progress_done, say, say_problems
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.commands import Url
from labelwright_plugins.label_studio.queueing import TITLE, Queued

OrderFile = Annotated[
    Path | None, typer.Option("--order", help="A file that labelwright predictors order wrote.")
]
Predictor = Annotated[
    str, typer.Option("--predictor", help="Or a predictor: all tasks are fetched and ordered by it.")
]
By = Annotated[
    str, typer.Option("--by", help="Order by: both (uncertainty and diversity), uncertainty, diversity, lot.")
]
First = Annotated[int, typer.Option("--first", min=1, max=500, help="How many of the first items to show.")]
Rank = Annotated[
    str,
    typer.Option(
        "--rank", help="Write each item's place into this field of its data, to show them in order."
    ),
]
ByScore = Annotated[
    bool, typer.Option("--by-score", help="Show those first whose predictions have the lowest score.")
]


def queue(
    project: Annotated[str, typer.Argument(help="The project's exact title, or its id.")],
    order: OrderFile = None,
    predictor: Predictor = "",
    template: o.TemplateTold = "",
    by: By = "both",
    options: o.PredictorOptions = [],  # noqa: B006 - typer copies it
    media: o.MediaPlaces = [],  # noqa: B006
    first: First = 100,
    title: Annotated[str, typer.Option("--title", help="The tab's title.")] = TITLE,
    rank: Rank = "",
    by_score: ByScore = False,
    seed: o.Seed = 0,
    url: Url = "",
    json_output: Json = False,
) -> None:
    """Show the items to answer next in a tab of a Label Studio project; doing it twice changes nothing.

    The token comes from LABEL_STUDIO_API_KEY or the file that LABEL_STUDIO_API_KEY_FILE names.
    """
    from labelwright.predicting.ordering.output import read
    from labelwright.problems import UsageError
    from labelwright_plugins.label_studio.client import connect_with
    from labelwright_plugins.label_studio.queueing import queue as put
    from labelwright_plugins.label_studio.settings import settings

    if (order is None) == (not predictor):
        raise UsageError("what is the order? pass --order FILE, or --predictor NAME")
    if rank and by_score:
        raise UsageError("pass --rank or --by-score, one at a time")
    items = read(order) if order is not None else []
    with connect_with(settings(url)) as client:
        if predictor:
            items = _ordered(client, project, predictor, by, template, options, media, seed)
        result = put(client, project, items[:first], title=title, rank=rank, by_score=by_score)
    if json_output:
        emit_json(result)
    else:
        emit(said(result))


def _ordered(
    client: Client,
    project: str,
    predictor: str,
    by: str,
    template: str,
    options: list[str],
    media: list[str],
    seed: int,
) -> list[str]:
    """All tasks of a project, ordered."""
    from labelwright.pipeline.opening import open_source
    from labelwright.predicting.asking import Wanted, pairs
    from labelwright.predicting.ordering.output import as_text
    from labelwright.predicting.ordering.run import Asked
    from labelwright.predicting.ordering.run import order as run
    from labelwright_plugins.label_studio.queueing import CONFIG, save

    with tempfile.TemporaryDirectory(prefix="labelwright-queue-") as folder:
        path = save(client, project, Path(folder))
        with open_source(str(path), label_config=Path(folder) / CONFIG, server=client.url) as opened:
            chosen = o.make_settings(o.template_for(template, opened), seed=seed, media=media)
            asked = Asked(Wanted(predictor, pairs(options, "option")), by)
            found = run(opened, chosen, asked, progress("tasks"))
    progress_done()
    say_problems(found.problems)
    say(as_text(found))
    return [one.item for one in found.order]


def said(result: Queued) -> str:
    """What became of the tab, in words."""
    lines = [f"{result.title!r} {result.state}: {result.tasks} tasks ({result.url})"]
    lines.append("  in its menu beside Label All Tasks choose Label Tasks As Displayed")
    if result.ranked:
        lines.append(f"  the data of {result.ranked} tasks was changed to hold their place")
    return "\n".join(lines)
