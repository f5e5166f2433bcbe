"""A format whose files are read, as a tool: what the pipeline asks of a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from labelwright.contracts.outputs import Dataset
from labelwright.contracts.templates import Template
from labelwright.contracts.tools import Source
from labelwright.problems import Problem, Problems
from labelwright.records import Item


class DatasetTool:
    """Reads a data set in one piece; it has no labels but its template's and nothing to install."""

    def __init__(self, dataset: Dataset) -> None:
        """Wrap a format that is a ``Dataset``."""
        self._dataset = dataset
        self.capabilities: Mapping[str, str] = {}
        self.name = dataset.name
        self.title = dataset.title

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``Dataset.recognise``."""
        return self._dataset.recognise(source, head)

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``Infers.infer``."""
        return self._dataset.infer(source, problems)

    def complete(self, source: Source) -> Source:
        """Nothing lies beside a data set."""
        return source

    def adapt(self, source: Source, template: Template, problems: Problems) -> Template:
        """The template as it is: what a data set's labels are is checked while it is read."""
        del source, problems
        return template

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """See ``Dataset.read``."""
        return self._dataset.read(source, template, problems)

    def split(self, source: Source, parts: int) -> list[Source]:
        """In one piece: a folder of files gives nothing to cut."""
        del parts
        return [source]

    def lint_config(self, template: Template) -> Iterable[Problem]:
        """A data set has no configuration."""
        del template
        return ()
