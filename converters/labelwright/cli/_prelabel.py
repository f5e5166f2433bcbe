"""What ``labelwright prelabel TOOL`` shares between tools: the options, the predictor, the run, the words."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from msgspec import NODEFAULT, Struct, structs

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit, emit_json, exit_with, progress, progress_done, say_problems

if TYPE_CHECKING:
    from labelwright.contracts import Template
    from labelwright.predicting.apart import Apart
    from labelwright.predicting.prelabelling import Prelabelled, Project
    from labelwright.problems import Problems
    from labelwright.quality.lots import Lot
    from labelwright.service.config.load import Loaded

Predictor = Annotated[
    str,
    typer.Option("--predictor", help="A predictor's name, or ./my_model.py:Model; with --config one of its."),
]
TemplateName = Annotated[
    str,
    typer.Option("--template", "-t", help="A template's name or folder; default: what the project asks."),
]
OnlyUnlabelled = Annotated[
    bool, typer.Option("--only-unlabelled", help="Leave out items that somebody has answered.")
]
Share = Annotated[
    float | None,
    typer.Option(
        "--share", min=0.0, max=100.0,
        help="Percent of the items that get suggestions; the others tell what people do without. Default: "
        "all, or as --config says.",
    ),
]  # fmt: skip
LotSeed = Annotated[
    int | None,
    typer.Option(
        "--seed", min=0, help="Seed of the lots that --share draws; default: 0, or as --config says."
    ),
]
Media = Annotated[
    list[str],
    typer.Option("--media", help="Where else images, films and sounds are: a folder, s3://bucket/prefix."),
]
Threshold = Annotated[
    float | None,
    typer.Option("--threshold", min=0.0, max=1.0, help="Leave out answers with a lower score."),
]
Replace = Annotated[
    bool,
    typer.Option("--replace", help="Remove what earlier versions of the predictor suggested."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Ask the predictor, and write nothing.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The service's configuration, whose predictor NAME is to be used."),
]


class Wish(Struct, dict=True):
    """What the command line asked for: each field is an option of every tool's command (see ``wishing``)."""

    predictor: Predictor
    template: TemplateName = ""
    only_unlabelled: OnlyUnlabelled = False
    share: Share = None
    seed: LotSeed = None
    options: o.PredictorOptions = []
    labels: o.PredictorLabels = []
    media: Media = []
    threshold: Threshold = None
    replace: Replace = False
    dry_run: DryRun = False
    timeout: o.BatchTimeout = 60.0
    config: Config = None
    state: o.StateFolder = None
    json_output: Json = False

    @functools.cached_property
    def service(self) -> Loaded | None:
        """The configuration of the service, where one is named. Raises ``UsageError``."""
        from labelwright.cli._configured import loaded

        return loaded(self.config) if self.config is not None else None


def wishing(command: Callable[..., None]) -> Callable[..., None]:
    """A command that is given a ``wish``, in whose place the command line has the fields of ``Wish``."""
    own = inspect.signature(command, eval_str=True).parameters
    types = get_type_hints(Wish, include_extras=True)
    fields = [
        inspect.Parameter(
            one.name, inspect.Parameter.KEYWORD_ONLY, default=_default(one), annotation=types[one.name]
        )
        for one in structs.fields(Wish)
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        command(wish=Wish(**{one.name: given.pop(one.name) for one in fields}), **given)

    asked: list[inspect.Parameter] = []
    for name, one in own.items():
        asked += fields if name == "wish" else [one.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    run.__signature__ = inspect.Signature(asked)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in asked}
    return run


def _default(one: structs.FieldInfo) -> Any:
    if one.default_factory is not NODEFAULT:
        return one.default_factory()
    return inspect.Parameter.empty if one.default is NODEFAULT else one.default


class Where(Struct):
    """The project: its tool, the server's address, what the server calls it, and its template.

    ``fetcher`` is the ``module:function`` that opens the server's files.
    """

    tool: str
    url: str
    project: str
    template: Template
    fetcher: str = ""


def prelabel(wish: Wish, where: Where, opened: Callable[[Apart, Problems], Project]) -> None:
    """Run a predictor over a project. ``opened``: the project, for that predictor.

    Raises ``UsageError``, ``DataError``; ends the command with 1 where an item could not be done.
    """
    from labelwright.predicting.journal import Journal, path_of
    from labelwright.predicting.prelabelling import Plan, Run, require
    from labelwright.problems import Problems
    from labelwright.quality.lots import Lot
    from labelwright.state.pseudonyms import state_folder

    problems = Problems()
    model, lot = _configured(wish, wish.service) if wish.service else (_named(wish, where), Lot())
    lot = Lot(lot.share if wish.share is None else wish.share, lot.seed if wish.seed is None else wish.seed)
    plan = Plan(wish.only_unlabelled, lot, wish.threshold, wish.replace, wish.dry_run)
    if wish.threshold is not None:
        model.at_least(wish.threshold)
    with _started(model):
        project = opened(model, problems)
        require(project, model)
        path = path_of(state_folder(wish.state), where.tool, where.url, where.project, model.version)
        with Journal(path) as journal:
            show = progress("items")
            try:
                result = Run(project, model, plan, journal, problems).run(show)
            finally:
                if show is not None:
                    progress_done()
    say_problems(problems)
    if wish.json_output:
        emit_json(result)
    else:
        emit(said(result))
    exit_with(1 if result.failed or problems.errors else 0)


@contextlib.contextmanager
def _started(model: Apart) -> Iterator[None]:
    """The predictor's process, at work. Raises ``DataError`` if it cannot be loaded."""
    from labelwright.predicting import problems as p
    from labelwright.problems import DataError, UsageError

    try:
        try:
            model.load()
        except UsageError as error:
            raise DataError(p.NOT_LOADED.at(predictor=model.name, reason=str(error))) from None
        yield
    finally:
        model.close()


def _configured(wish: Wish, service: Loaded) -> tuple[Apart, Lot]:
    """The service's predictor, and the lot that it is configured to suggest by."""
    from labelwright.problems import UsageError
    from labelwright.quality.lots import Lot
    from labelwright.service.predicting import models

    if wish.options or wish.labels or wish.media:
        raise UsageError("with --config, the options, labels and media of the predictor are written there")
    model = models(service, only=wish.predictor, blind=False)[wish.predictor]
    own = service.predictor(wish.predictor)
    return model, Lot(own.share, own.seed)


def _named(wish: Wish, where: Where) -> Apart:
    from labelwright.predicting.apart import Apart
    from labelwright.predicting.asking import pairs
    from labelwright.predicting.binding import bind
    from labelwright.predicting.environment import passed
    from labelwright.predicting.finding import find, name_of
    from labelwright.predicting.keeping import LOAD
    from labelwright.predicting.model import Model
    from labelwright.predicting.pipe import job_of
    from labelwright.state.pseudonyms import state_folder

    kind = find(wish.predictor)
    name = name_of(kind)
    folder = str((state_folder(wish.state) / "predictors" / name).absolute())
    asked = bind(kind, where.template, options=pairs(wish.options, "option"), folder=folder)
    labels = pairs(wish.labels, "label")
    media = [str(Path(m).absolute()) if Path(m).exists() else m for m in wish.media]
    job = job_of(
        name, wish.predictor, Path.cwd(), asked, labels=labels, media=media, fetcher=where.fetcher,
        url=where.url,
    )  # fmt: skip
    model = Model(name, kind, asked, labels)
    return Apart(model, job, passed([where.tool]), wish.timeout, wait=LOAD)


def said(result: Prelabelled) -> str:
    """What a run did, in words."""
    would = "would get" if result.dry_run else "got"
    parts = [f"{result.written:,} of {result.items:,} items {would} suggestions of {result.version}"]
    for number, words in (
        (result.present, "had them"),
        (result.empty, "without anything to suggest"),
        (result.blind, f"kept without suggestions (share {result.share:g}, seed {result.seed})"),
        (result.answered, "answered already"),
        (result.closed, "closed"),
        (result.failed, "failed"),
        (result.removed, "earlier suggestions removed"),
        (result.below, "answers below the threshold left out"),
    ):
        if number:
            parts.append(f"{number:,} {words}")
    lines = [f"{result.project}: {'; '.join(parts)}"]
    return "\n".join([*lines, *(f"  {number:,} x {code}" for code, number in result.codes.items())])
