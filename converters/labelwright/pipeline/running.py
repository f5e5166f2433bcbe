"""Reads a source from end to end: once, or twice where consensus must see all answers first."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
from msgspec import Struct

from labelwright.contracts import AnyRule, FittedRule, ModelRule, Template
from labelwright.examples import NONE
from labelwright.pipeline.goldpart import GoldPlan
from labelwright.pipeline.mediafiles import puts_files
from labelwright.pipeline.mediaplan import MediaPlan
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.pairs import PairPolicy
from labelwright.pipeline.parts import WORKER_DIED, PartTask, Progress, merge, run_parts
from labelwright.pipeline.partstate import PartState
from labelwright.pipeline.resolve import EACH, fit, serving
from labelwright.pipeline.settings import Settings
from labelwright.problems import DataError
from labelwright.registry import dialect_of
from labelwright.state.pseudonyms import load_key, state_folder


class Run(Struct):
    """What reading a source left behind: the state, and by control the rules and fitted models."""

    state: PartState
    rules: dict[str, AnyRule] = {}
    models: dict[str, FittedRule] = {}


def run(
    opened: Opened,
    settings: Settings,
    template: Template,
    folder: str,
    progress: Progress | None,
    plan: GoldPlan,
    straight: str = "",
) -> Run:
    """Read a source; ``folder`` empty: measure agreement only, else write work files into it.

    ``straight``: see ``PartTask``; it is left out where the source is read in several parts.

    A model is fitted to a first pass that measures, and decides in a second that does not.
    """
    for path in Path(folder).iterdir() if folder else ():
        _remove(path)  # of an earlier run, whose plan did not hold
    tasks = _tasks(opened, settings, template, folder, plan)
    if len(tasks) == 1 and folder:
        tasks[0].target, tasks[0].straight = settings.target, straight
    if not folder:
        return Run(_pass(opened, tasks, progress))
    rules = {} if settings.rule == EACH else serving(template, settings.rule)
    if not any(isinstance(rule, ModelRule) for rule in rules.values()):
        return Run(_pass(opened, tasks, progress), rules)
    first = _pass(
        opened, [msgspec.structs.replace(t, folder="", dialect="", straight="") for t in tasks], progress
    )
    models = fit(template, settings.rule, first)
    agreement, anchoring = first.agreement, first.anchoring
    del first
    second = [msgspec.structs.replace(t, models=models, measured=True, anchoring=False) for t in tasks]
    state = _pass(opened, second, progress)
    state.agreement, state.anchoring = agreement, anchoring
    return Run(state, rules, models)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _tasks(
    opened: Opened, settings: Settings, template: Template, folder: str, plan: GoldPlan
) -> list[PartTask]:
    key = load_key(state_folder(settings.state), settings.key_file)
    jobs = 1 if puts_files(settings) else settings.jobs  # names of files are given in one place
    sources = opened.tool.split(opened.source, jobs)
    dialect = settings.target if dialect_of(settings.target) is not None else ""
    return [
        PartTask(
            opened.tool.name,
            source,
            template,
            key,
            settings.show_annotators,
            number,
            folder,
            dialect if folder else "",
            settings.rule,
            settings.split,
            settings.seed,
            settings.think_tag,
            len(sources) > 1,
            PairPolicy(settings.ties, settings.min_margin),
            plan,
            examples=not settings.target and template.example.kind != NONE,
            predicted=settings.predictions,
            anchoring=settings.anchoring,
            lot=settings.lot,
            media=MediaPlan(
                settings.boxes,
                tuple(settings.media),
                settings.media_base,
                settings.oversize,
                settings.allow_private,
                settings.media_folder,
            ),
        )
        for number, source in enumerate(sources)
    ]


def _pass(opened: Opened, tasks: list[PartTask], progress: Progress | None) -> PartState:
    """Run all parts; where the parts do not add up to the whole, run the whole as one."""
    folder = tasks[0].folder
    try:
        state = merge(run_parts(tasks, progress))
    except DataError as error:
        if len(tasks) == 1 or error.problem.code == WORKER_DIED.code:
            raise
        state = None  # what stops a part need not stop the whole, which says where and why
    if state is None:
        for path in Path(folder).iterdir() if folder else ():
            _remove(path)
        single = msgspec.structs.replace(tasks[0], source=opened.source, several=False)
        state = merge(run_parts([single], progress))
        assert state is not None
    return state
