"""CVAT as a tool: what the engine may ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from labelwright.contracts import Source, Template
from labelwright.problems import Place, Problem, Problems
from labelwright.records import Item

TEMPLATE_CONFIG = "cvat.json"


class Cvat:
    """The annotation tool CVAT, open source."""

    name = "cvat"
    title = "CVAT"
    capabilities = {  # noqa: RUF012 - a constant of the plugin
        "install": "labelwright_plugins.cvat.commands:install",
        "pull": "labelwright_plugins.cvat.commands:pull",
        "environment": "labelwright_plugins.cvat.settings:environment",
        "sync": "labelwright_plugins.cvat.commands:pull_for_sync",
        "write": "labelwright_plugins.cvat.writer:plugin",
        "page": "labelwright_plugins.cvat.pages:project_page",
        "media": "labelwright_plugins.cvat.fetching:open_fetcher",
        "prelabel": "labelwright_plugins.cvat.prelabel:prelabel",
        "webhook": "labelwright_plugins.cvat.hooks:hooks",
        "predictor-host": "labelwright_plugins.cvat.nuclio:host",
    }

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``sources.recognise``."""
        from labelwright_plugins.cvat import sources

        return sources.recognise(source, head)

    def complete(self, source: Source) -> Source:
        """Nothing lies beside a source that it does not hold itself."""
        return source

    def infer(self, source: Source, problems: Problems) -> Template:
        """A template of the project's own labels: tracks where the source has nothing but films."""
        from labelwright_plugins.cvat import sources

        return sources.infer(source, problems)

    def adapt(self, source: Source, template: Template, problems: Problems) -> Template:
        """The template with the project's own labels; says where the two differ."""
        from labelwright_plugins.cvat import sources
        from labelwright_plugins.cvat.infer import adapt

        adapted, found = adapt(template, sources.labels_of(source), source.name or source.path)
        problems.extend(found)
        return adapted

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """Yield each image, frame or film once, with the annotations of all its jobs."""
        from labelwright_plugins.cvat import sources

        return sources.read(source, template, problems)

    def split(self, source: Source, parts: int) -> list[Source]:
        """In one piece: an XML file has no place to be cut at, and jobs share frames."""
        del parts
        return [source]

    def lint_config(self, template: Template) -> Iterable[Problem]:
        """Where a template's ``cvat.json`` and its ``template.toml`` differ; nothing if it has none."""
        from labelwright_plugins.cvat.infer import config_drift
        from labelwright_plugins.cvat.problems import CONFIG_DRIFT

        path = Path(template.folder) / TEMPLATE_CONFIG
        if not template.folder or not path.is_file():
            return []
        try:
            given = msgspec.json.decode(path.read_bytes(), type=list[dict[str, object]])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            return [CONFIG_DRIFT.at(Place(source=TEMPLATE_CONFIG), what=f"it cannot be read: {error}")]
        return list(config_drift(template, given, TEMPLATE_CONFIG))
