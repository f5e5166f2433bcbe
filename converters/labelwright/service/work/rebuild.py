"""What a rebuild does: pull what moved, convert it for every data set, count who answered what.

Doing it twice is the same as doing it once: the pull compares with the server, a version that would be
equal to the newest is not made, and everything that is recorded is read from what lies on disk.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import cast

import msgspec

from labelwright.contracts import Hooks, Tool
from labelwright.pipeline.opening import Opened, open_source
from labelwright.pipeline.settings import Settings
from labelwright.pipeline.sync import SyncResult, publish, pull
from labelwright.problems import Problems
from labelwright.quality.gold import BELOW
from labelwright.records import Status
from labelwright.registry import pick, template_folders, tools
from labelwright.render.load import find_template
from labelwright.service.config.model import DatasetConfig
from labelwright.service.work.job import Done, FileMade, Job, VersionMade
from labelwright.state.manifest import file_entry
from labelwright.state.splits import parse_split
from labelwright.state.versions import VersionStore

_NOT_SETTINGS = ("to", "split")


def rebuild(job: Job) -> Done:
    """Do a job. Raises ``UsageError``, ``DataError``."""
    tool = pick("tool", dict(tools()), job.tool)
    folder = Path(job.folder)
    whole = VersionStore(folder)
    with whole.locked():
        pulled = pull(tool, job.what, whole.source, job.url)
        made = []
        for name in sorted(job.datasets):
            store = VersionStore(folder / "datasets" / name)
            settings = _settings(job, job.datasets[name])
            made.append(_version(name, publish(tool, pulled, settings, store), settings))
        items, complete = _answered(tool, pulled, job)
        return Done(dict(_hooks(tool).contents(whole.source)), items, complete, made)


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


def _answered(tool: Tool, pulled: Path, job: Job) -> tuple[int, list[str]]:
    """How many items there are with answers, and the ids of those that enough people answered."""
    opened: Opened = open_source(str(pulled), tool=tool.name)
    template = find_template(job.template, template_folders())
    problems = Problems()
    adapted = tool.adapt(opened.source, template, problems)
    count, complete = 0, []
    for item in tool.read(opened.source, adapted, problems):
        people = {a.annotator for a in item.annotations if a.status is Status.SUBMITTED}
        count += bool(people)
        if len(people) >= job.annotators:
            complete.append(str(item.key))
    return count, sorted(complete)


def _version(name: str, done: SyncResult, settings: Settings) -> VersionMade:
    folder = done.version
    assert folder is not None
    report = done.result.report
    gate = report.gate
    values = [
        measured.value
        for control in gate.controls
        if (found := report.agreement.controls.get(control)) is not None
        and (measured := found.measures.get(gate.measure)) is not None
        and measured.value is not None
    ]
    manifest = done.result.manifest
    files = [file_entry(path, path.name) for path in sorted(folder.iterdir()) if path.is_file()]
    gold = report.gold.annotators if report.gold is not None else {}
    return VersionMade(
        dataset=name,
        number=int(folder.name),
        published=bool(manifest and manifest.outputs),
        gate=gate.state,
        measure=gate.measure,
        agreement=min(values, default=None),
        threshold=gate.minimum,
        counts=msgspec.structs.asdict(report.counts),
        problems=dict(report.problem_counts),
        files=[FileMade(f.name, f.bytes, f.sha256) for f in files],
        gold_missed=sorted(n for n, one in gold.items() if one.state == BELOW),
    )
