"""What a rebuild does: pull what moved, convert it for every data set, count who answered what.

Doing it twice is the same as doing it once: the pull compares with the server, a version that would be
equal to the newest is not made, and everything that is recorded is read from what lies on disk.
"""

from __future__ import annotations

import contextlib
import importlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import msgspec

from labelwright.contracts import Hooks, Tool
from labelwright.pipeline.opening import Opened, open_source
from labelwright.pipeline.settings import Settings
from labelwright.pipeline.sync import publish, pull
from labelwright.problems import Problems
from labelwright.records import Status
from labelwright.registry import pick, template_folders, tools
from labelwright.render.load import find_template
from labelwright.service.config.model import DatasetConfig
from labelwright.service.store.keys import keep_names
from labelwright.service.work.found import FOUND, Found, save
from labelwright.service.work.job import Done, Job
from labelwright.service.work.made import unrecorded
from labelwright.state.splits import parse_split
from labelwright.state.versions import VersionStore

PATIENCE = 2.0  # seconds; others look for a moment whether somebody is at work
_NOT_SETTINGS = ("to", "split")


def rebuild(job: Job, fetching: AbstractContextManager[None] | None = None) -> Done:
    """Do a job; ``fetching`` lasts as long as the tool is read from. Raises ``UsageError``, ``DataError``."""
    tool = pick("tool", dict(tools()), job.tool)
    folder = Path(job.folder)
    whole = VersionStore(folder)
    with contextlib.nullcontext() if job.held else whole.locked(PATIENCE):
        keep_names(Path(job.state).parent)
        whole.tidy()
        with fetching or contextlib.nullcontext():
            pulled = pull(tool, job.what, whole.source, job.url)
        done = Done()
        for name in sorted(job.datasets):
            since = job.recorded.get(name, 0)
            store = VersionStore(folder / "datasets" / name, since)
            store.tidy()
            publish(tool, pulled, _settings(job, job.datasets[name]), store)
            done.kept[name] = store.prune(job.keep)
            done.versions += unrecorded(name, store, since)
        save(folder, FOUND, _found(tool, pulled, whole.source, job))
        return done


def _hooks(tool: Tool) -> Hooks:
    module, _, attribute = tool.capabilities["webhook"].partition(":")
    return cast(Hooks, getattr(importlib.import_module(module), attribute))


def _settings(job: Job, config: DatasetConfig) -> Settings:
    given = msgspec.structs.asdict(config)
    for left in _NOT_SETTINGS:
        del given[left]
    for path in ("gold", "references"):
        given[path] = Path(given[path]) if given[path] else None
    return Settings(
        template=find_template(job.template, template_folders()),
        target=config.to,
        split=parse_split(config.split) if config.split else (100.0,),
        state=Path(job.state),
        force=True,
        **given,
    )


def _found(tool: Tool, pulled: Path, source: Path, job: Job) -> Found:
    """How many items there are, and which of them enough people answered."""
    opened: Opened = open_source(str(pulled), tool=tool.name)
    template = find_template(job.template, template_folders())
    problems = Problems()
    adapted = tool.adapt(opened.source, template, problems)
    hooks = _hooks(tool)
    found = Found(job.build, dict(hooks.contents(source)), hooks.unanswered(source))
    for item in tool.read(opened.source, adapted, problems):
        people = {a.annotator for a in item.annotations if a.status is Status.SUBMITTED}
        found.items += 1
        if len(people) >= job.annotators:
            found.complete.append(str(item.key))
    found.complete.sort()
    return found
