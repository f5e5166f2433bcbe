"""Which controls a source has: those of its label config, else those that its first tasks answer."""

from __future__ import annotations

from itertools import islice

from labelwright.contracts import Source, SourceControls, Template
from labelwright.problems import Problems
from labelwright_plugins.label_studio.config import parse_config
from labelwright_plugins.label_studio.reader import TaskReader
from labelwright_plugins.label_studio.sources import read_tasks

TASKS = 50  # annotated tasks that are looked at
RELATION = "relation"


def controls_of(source: Source) -> SourceControls:
    """See ``TellsControls``. Raises ``DataError`` for a label config or an export that cannot be read."""
    if source.label_config:
        config = parse_config(source.label_config, source.name or source.path)
        return SourceControls(frozenset(config.controls), True, config.relations is not None)
    reader = TaskReader(Template(name=""), None, Problems(), source)
    annotated = (task for task in read_tasks(source, reader) if task.annotations)
    results = [
        result for task in islice(annotated, TASKS) for one in task.annotations for result in one.result
    ]
    names = frozenset(result.from_name for result in results if result.from_name)
    return SourceControls(names, False, any(result.type == RELATION for result in results))
