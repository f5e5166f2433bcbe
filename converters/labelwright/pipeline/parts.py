"""Runs the parts of a source, in this process or in several, and merges what they leave behind."""

from __future__ import annotations

import copy
import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from msgspec import Struct

from labelwright.contracts import Dialect, FittedRule, Source, Template
from labelwright.pipeline.finishing import FINISHED
from labelwright.pipeline.goldpart import GoldPlan, look_back
from labelwright.pipeline.mediaplan import MediaPlan
from labelwright.pipeline.outputs import WorkFiles
from labelwright.pipeline.pairs import PairPolicy
from labelwright.pipeline.part import PartRunner
from labelwright.pipeline.partstate import PartState
from labelwright.pipeline.resolve import Resolver
from labelwright.pipeline.straight import StraightRunner
from labelwright.problems import DataError, Place, Problems, ProblemType
from labelwright.quality.anchoring import AnchorWatcher
from labelwright.quality.lots import Lot
from labelwright.records import Item
from labelwright.registry import dialects, source_reader
from labelwright.render.renderer import used_controls
from labelwright.state.pseudonyms import Pseudonyms
from labelwright.state.splits import Splitter

WORKER_DIED = ProblemType(
    "run.worker-died",
    "A worker process ended before its work was done",
    "a worker process was ended from outside (perhaps out of memory)",
    "Run again with --jobs 1.",
)


class PartTask(Struct):
    """Everything a worker needs. ``folder`` empty: measure agreement only.

    ``models``: the consensus models by control, fitted in an earlier pass. ``measured``: that pass has
    measured the agreement too. ``examples``: what is spooled will be rendered, so that only the answers
    that examples need are to be decided. ``straight``: the format ``target`` is written at once, as
    a ``file`` or a ``folder``.
    """

    tool: str
    source: Source
    template: Template
    key: bytes
    shown: bool
    number: int
    folder: str = ""
    dialect: str = ""
    rule: str = ""
    split: tuple[float, ...] = (100.0,)
    seed: int = 0
    think_tag: str = ""
    several: bool = False
    pairs: PairPolicy = PairPolicy()
    gold: GoldPlan = GoldPlan()
    models: dict[str, FittedRule] = {}
    measured: bool = False
    examples: bool = False
    predicted: bool = False
    target: str = ""
    straight: str = ""
    media: MediaPlan = MediaPlan()
    anchoring: bool = False
    lot: Lot | None = None


Progress = Callable[[int], None]


def run_part(task: PartTask, progress: Progress | None = None) -> PartState:
    """Run one part, here or in a worker."""
    tool = source_reader(task.tool)
    splitter = Splitter(task.split, task.seed)
    files = WorkFiles(Path(task.folder), task.number, len(splitter.names)) if task.folder else None
    kind = StraightRunner if task.straight else PartRunner
    dialect = configured(task.dialect, task.think_tag) if task.dialect else None
    outfit = task.media.outfit(dialect, task.template, task.folder) if dialect is not None else None
    runner = kind(
        task.template,
        Pseudonyms(task.key, task.tool, task.shown),
        task.source.name,
        resolver=_resolver(task) if files else None,
        dialect=dialect,
        splitter=splitter,
        sinks=files.open() if files else None,
        several=task.several,
        pairs=task.pairs,
        gold=task.gold,
        measured=task.measured,
        predicted=task.predicted,
        outfit=outfit,
        anchors=AnchorWatcher(task.template, task.lot) if task.anchoring else None,
    )
    thresholds = gc.get_threshold()
    # Records have no cycles: looking for some after every 700 of them is a tenth of the whole work.
    gc.set_threshold(100_000, *thresholds[1:])
    try:
        items = tool.read(task.source, task.template, runner.state.problems)
        items = _watched(items, progress) if progress else items
        if isinstance(runner, StraightRunner):
            path = Path(task.folder) / FINISHED
            state = runner.write(items, task.target, task.straight, task.template, path)
        else:
            state = runner.run(items)
        if outfit is not None:
            state.told = outfit.described()
        if state.gold.copies.gold and state.gold.copies.unlooked:
            look_back(state.gold.copies, task.template, tool.read(task.source, task.template, Problems()))
        return state
    finally:
        gc.set_threshold(*thresholds)
        if outfit is not None:
            outfit.close()
        if files is not None:
            files.close()


def _resolver(task: PartTask) -> Resolver:
    """A format writes every answer; an example needs only those that its template names."""
    needed = used_controls(task.template) if task.dialect or task.examples else None
    return Resolver(task.template, task.rule, needed, task.models)


def configured(name: str, think_tag: str) -> Dialect:
    """A dialect with the tag that reasoning is written between, where another than its own is asked."""
    dialect = dialects()[name]
    if think_tag and hasattr(dialect, "think_tag"):
        dialect = copy.copy(dialect)  # the registry's own stays as it is
        dialect.think_tag = think_tag
    return dialect


def _watched(items: Iterator[Item], progress: Progress) -> Iterator[Item]:
    for number, item in enumerate(items, 1):
        if not number % 1000:
            progress(number)
        yield item


def run_parts(tasks: list[PartTask], progress: Progress | None) -> list[PartState]:
    """Run all parts, each in a process of its own where there are several.

    Raises ``DataError`` for what stops a run, whichever part met it.
    """
    if len(tasks) == 1:
        return [run_part(tasks[0], progress)]
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else methods[0])
    pool = ProcessPoolExecutor(
        len(tasks), mp_context=context, initializer=signal.signal, initargs=(signal.SIGTERM, signal.SIG_DFL)
    )
    try:
        return list(pool.map(run_part, tasks))
    except SystemExit:  # told to end: the workers are not waited for
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    except BrokenProcessPool:
        raise DataError(WORKER_DIED.at(Place(source=tasks[0].source.name))) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def merge(states: list[PartState]) -> PartState | None:
    """The parts as one; None if an id occurs in two parts, which only a single run can tell apart."""
    whole, *rest = states
    for state in rest:
        if whole.ids.overlaps(state.ids) or whole.annotation_ids.overlaps(state.annotation_ids):
            return None
        whole.ids.update(state.ids)
        whole.annotation_ids.update(state.annotation_ids)
        whole.agreement.merge(state.agreement)
        whole.gold.merge(state.gold)
        whole.problems.merge(state.problems)
        whole.counts.add(state.counts)
        whole.habits.merge(state.habits)
        whole.compared.merge(state.compared)
        whole.anchoring.merge(state.anchoring)
        _add_told(whole.told, state.told)
        whole.sides = [a + b for a, b in zip(whole.sides, state.sides, strict=True)]
        for name, work in state.work.items():
            if name in whole.work:
                whole.work[name].add(work)
            else:
                whole.work[name] = work
    return whole


def _add_told(whole: dict[str, Any], other: dict[str, Any]) -> None:
    """Join what parts tell: a part that changed no image does not say how they are changed."""
    for key, value in other.items():
        whole[key] = {**whole.get(key, {}), **value}
