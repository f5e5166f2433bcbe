"""Which controls a source has: those of its label config, else those that its first tasks answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from labelwright.contracts import Source, SourceControls, Template
from labelwright.problems import Problems
from labelwright_plugins.label_studio.config import ConfigControl, LabelConfig, parse_config
from labelwright_plugins.label_studio.drawn import DRAWN, TYPES
from labelwright_plugins.label_studio.fields import RawTask, Result
from labelwright_plugins.label_studio.reader import TaskReader
from labelwright_plugins.label_studio.sources import read_tasks

TASKS = 50  # annotated tasks that are looked at
RELATION = "relation"


def controls_of(source: Source) -> SourceControls:
    """See ``TellsControls``. Raises ``DataError`` for a label config or an export that cannot be read."""
    if source.label_config:
        config = parse_config(source.label_config, source.name or source.path)
        names = frozenset(tag.name for tag in config.controls.values() if not _draws_for(tag, config))
        shown = config.objects.values()
        fields = frozenset(name for one in shown for name in (one.name, one.variable) if name)
        return SourceControls(names, True, config.relations is not None, fields)
    reader = TaskReader(Template(name=""), None, Problems(), source)
    annotated = (task for task in read_tasks(source, reader) if task.annotations)
    tasks = list(islice(annotated, TASKS))
    results = [result for task in tasks for one in task.annotations for result in _without_places(one.result)]
    names = frozenset(result.from_name for result in results if result.from_name)
    related = any(result.type == RELATION for result in results)
    return SourceControls(names, False, related, _fields(tasks))


def _fields(tasks: list[RawTask]) -> frozenset[str]:
    """The keys that the data of every task has."""
    return frozenset.intersection(*(frozenset(task.data) for task in tasks)) if tasks else frozenset()


def _draws_for(tag: ConfigControl, config: LabelConfig) -> bool:
    """Whether a tag only draws what other tags, of any name, label: it asks nothing by itself."""
    if tag.tag not in DRAWN or tag.tag.endswith("Labels"):
        return False
    labels = [t.name for t in config.controls.values() if t.tag == "Labels" and t.to_name == tag.to_name]
    return bool(labels) and not any(name.startswith(f"{tag.name}_") for name in labels)


def _without_places(results: list[Result]) -> Iterator[Result]:
    """Results without those that only say where a region is that another labels."""
    labelled = {result.id for result in results if result.type == "labels"}
    for result in results:
        placed = result.type in TYPES and not result.type.endswith("labels")
        if not (placed and result.id in labelled):
            yield result
