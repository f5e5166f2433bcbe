"""doccano as a tool: what the engine may ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.contracts import Source, Template
from labelwright.problems import Problem, Problems
from labelwright.records import Item


class Doccano:
    """The annotation tool doccano, open source."""

    name = "doccano"
    title = "doccano"
    capabilities = {  # noqa: RUF012 - a constant of the plugin
        "install": "labelwright_plugins.doccano.commands:install",
        "pull": "labelwright_plugins.doccano.commands:pull",
        "environment": "labelwright_plugins.doccano.settings:environment",
        "sync": "labelwright_plugins.doccano.commands:pull_for_sync",
        "media": "labelwright_plugins.doccano.fetching:open_fetcher",
        "prelabel": "labelwright_plugins.doccano.prelabel:prelabel",
        "predictor-connect": "labelwright_plugins.doccano.autolabel_register:asks",
        "predictor-host": "labelwright_plugins.doccano.backend:host",
        "page": "labelwright_plugins.doccano.pages:project_page",
    }

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``sources.recognise``."""
        from labelwright_plugins.doccano import sources

        return sources.recognise(source, head)

    def complete(self, source: Source) -> Source:
        """Nothing lies beside a source that it does not hold itself."""
        return source

    def infer(self, source: Source, problems: Problems) -> Template:
        """A template of the labels that the project has, or else that its answers use."""
        from labelwright_plugins.doccano import infer

        del problems
        return infer.infer(source)

    def adapt(self, source: Source, template: Template, problems: Problems) -> Template:
        """The template with the labels of a pulled project; an export alone does not tell them."""
        from labelwright_plugins.doccano import infer

        adapted, found = infer.adapt(source, template)
        problems.extend(found)
        return adapted

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """Yield each example once, with the answers of all annotators."""
        from labelwright_plugins.doccano.reader import read

        return read(source, template, problems)

    def split(self, source: Source, parts: int) -> list[Source]:
        """In one piece: annotators' files are about the same examples."""
        del parts
        return [source]

    def lint_config(self, template: Template) -> Iterable[Problem]:
        """Nothing: a project is made of the template alone, no configuration of its own lies beside it."""
        del template
        return []
