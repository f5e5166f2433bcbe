"""What ``labelwright adjudicate push|pull label-studio`` run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit, emit_json, exit_with, progress, progress_done, say_problems
from labelwright_plugins.label_studio.commands import Url

if TYPE_CHECKING:
    from labelwright.pipeline.adjudicating import Wanted
    from labelwright.pipeline.settings import Settings
    from labelwright.problems import Problems
    from labelwright.state.pseudonyms import Pseudonyms
    from labelwright_plugins.label_studio.reviews import PushResult

Project = Annotated[str, typer.Argument(help="The exact title, or id, of the project that was annotated.")]
ReviewProject = Annotated[
    str, typer.Option("--review-project", help="Title of the review project; default: TITLE (review).")
]


def push(
    project: Project,
    template: o.TemplateName,
    review_project: ReviewProject = "",
    below: Annotated[
        float,
        typer.Option("--below", min=0.0, max=1.0, help="Review items whose agreement is below this."),
    ] = 0.5,
    sample: Annotated[
        float, typer.Option("--sample", min=0.0, help="Settled items too: a share below 1, or a number.")
    ] = 0.0,
    edge: Annotated[
        str, typer.Option("--edge", help="Review every item whose data or meta has a value under this key.")
    ] = "",
    gold: Annotated[
        Path | None,
        typer.Option("--gold", exists=True, help="A gold file: its items are known and are not reviewed."),
    ] = None,
    consensus: o.Consensus = "",
    seed: o.Seed = 0,
    url: Url = "",
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    json_output: Json = False,
) -> None:
    """Put what annotators could not settle into a review project, with the votes; twice changes nothing.

    The token comes from LABEL_STUDIO_API_KEY or the file that LABEL_STUDIO_API_KEY_FILE names.
    """
    from labelwright.pipeline.adjudicating import Wanted
    from labelwright.problems import Problems
    from labelwright.state.pseudonyms import Pseudonyms, load_key, state_folder

    chosen = o.make_settings(template, consensus=consensus, seed=seed, gold=gold)
    names = Pseudonyms(load_key(state_folder(state), key_file), "label-studio", show_annotators)
    problems = Problems()
    wanted = Wanted(below, sample, edge)
    result, items = _push(project, review_project, chosen, wanted, names, url, problems)
    progress_done()
    say_problems(problems)
    if json_output:
        emit_json(result)
    else:
        emit(_words(result, items))
    exit_with(1 if problems.errors else 0)


def _words(result: PushResult, items: int) -> str:
    why = ", ".join(f"{count} {reason}" for reason, count in result.reasons.items()) or "nothing to review"
    return (
        f"{result.cases} of {items} items to review ({why}); {result.pushed} put into "
        f"{result.title!r} ({result.url}), {result.present} there already, {result.renewed} renewed"
    )


def _push(
    project: str,
    review_project: str,
    chosen: Settings,
    wanted: Wanted,
    names: Pseudonyms,
    url: str,
    problems: Problems,
) -> tuple[PushResult, int]:
    """Pull the project, choose the cases, put them up; what was done, and of how many items."""
    from labelwright.pipeline.adjudicating import select
    from labelwright.pipeline.opening import open_source
    from labelwright_plugins.label_studio import projects, reviews
    from labelwright_plugins.label_studio.client import connect_with
    from labelwright_plugins.label_studio.puller import pull as pull_into
    from labelwright_plugins.label_studio.settings import settings

    with tempfile.TemporaryDirectory(prefix="labelwright-") as folder, connect_with(settings(url)) as client:
        source = projects.resolve(client, project)
        title = reviews.review_title(str(source["title"]), review_project)
        pulled = pull_into(client, str(source["id"]), Path(folder), progress("tasks"))
        with open_source(pulled.export, tool="label-studio", server=client.url) as opened:
            found = select(opened, chosen, wanted, names, problems)
            adapted = opened.tool.adapt(opened.source, chosen.template, type(problems)())  # said once already
        return reviews.push(client, source, found.cases, adapted, title, progress("cases")), found.items


def pull(
    project: Project,
    template: o.TemplateName,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of references to write.")],
    review_project: ReviewProject = "",
    url: Url = "",
    state: o.StateFolder = None,
    key_file: o.KeyFile = None,
    show_annotators: o.ShowAnnotators = False,
    force: o.Force = False,
    json_output: Json = False,
) -> None:
    """Fetch what reviewers decided, one line an item, for ``convert --references``.

    A file that a former fetch wrote is replaced; any other only with ``--force``. Reviews by somebody
    who annotated the item do not count. The token comes from LABEL_STUDIO_API_KEY or the file that
    LABEL_STUDIO_API_KEY_FILE names.
    """
    from labelwright.pipeline.opening import open_source
    from labelwright.pipeline.reviewed import collect, must_be_replaceable, write
    from labelwright.problems import Problems
    from labelwright.state.pseudonyms import Pseudonyms, load_key, state_folder
    from labelwright_plugins.label_studio import projects, reviews
    from labelwright_plugins.label_studio.client import connect_with
    from labelwright_plugins.label_studio.puller import pull as pull_into
    from labelwright_plugins.label_studio.settings import settings

    must_be_replaceable(output, force)
    chosen = o.chosen_template(template)
    names = Pseudonyms(load_key(state_folder(state), key_file), "label-studio", show_annotators)
    problems = Problems()
    with tempfile.TemporaryDirectory(prefix="labelwright-") as folder, connect_with(settings(url)) as client:
        source = projects.resolve(client, project)
        title = reviews.review_title(str(source["title"]), review_project)
        number = int(projects.resolve(client, title)["id"])
        pulled = pull_into(client, str(number), Path(folder), progress("tasks"))
        with open_source(pulled.export, tool="label-studio", server=client.url) as opened:
            found = collect(opened, chosen, names, problems)
    progress_done()
    write(found, output)
    say_problems(problems)
    found.states["pending"] += pulled.tasks - pulled.written  # nobody has opened them yet
    if json_output:
        emit_json({"file": str(output), "references": len(found.lines), "states": found.states})
    else:
        states = ", ".join(f"{count} {name}" for name, count in found.states.items() if count)
        emit(f"{output}: {len(found.lines)} references ({states or 'no items'})")
    exit_with(1 if problems.errors else 0)
