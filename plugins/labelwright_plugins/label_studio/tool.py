"""Label Studio as a tool: what the engine may ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from labelwright.contracts import Source, SourceControls, Template
from labelwright.problems import DataError, Place, Problem, Problems
from labelwright.records import Item

TEMPLATE_CONFIG = "label_studio.xml"


class LabelStudio:
    """The annotation tool Label Studio, open source."""

    name = "label-studio"
    title = "Label Studio"
    capabilities = {  # noqa: RUF012 - a constant of the plugin
        "install": "labelwright_plugins.label_studio.commands:install",
        "pull": "labelwright_plugins.label_studio.commands:pull",
        "environment": "labelwright_plugins.label_studio.settings:environment",
        "adjudicate-push": "labelwright_plugins.label_studio.review_commands:push",
        "adjudicate-pull": "labelwright_plugins.label_studio.review_commands:pull",
        "write": "labelwright_plugins.label_studio.writer:plugin",
        "media": "labelwright_plugins.label_studio.fetching:open_fetcher",
        "queue": "labelwright_plugins.label_studio.queue_commands:queue",
        "sync": "labelwright_plugins.label_studio.commands:pull_for_sync",
        "webhook": "labelwright_plugins.label_studio.hooks:hooks",
        "page": "labelwright_plugins.label_studio.pages:project_page",
        "predictor-connect": "labelwright_plugins.label_studio.backend_register:asks",
        "predictor-host": "labelwright_plugins.label_studio.backend:host",
        "prelabel": "labelwright_plugins.label_studio.prelabel:prelabel",
    }

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``sources.recognise``."""
        from labelwright_plugins.label_studio import sources

        return sources.recognise(source, head)

    def complete(self, source: Source) -> Source:
        """Add what lies beside a pulled export: its label config and its server's address."""
        from labelwright_plugins.label_studio import sources

        path = Path(source.path)
        folder = path if path.is_dir() else path.parent
        found = source
        config, project = folder / sources.CONFIG_FILE, folder / sources.PROJECT_FILE
        beside = path.is_dir() or path.name == sources.EXPORT_FILE
        if beside and not source.label_config and config.is_file():
            found = msgspec.structs.replace(found, label_config=_config_text(config))
        if beside and not source.server and project.is_file():
            described = sources.load_json(project, project.name)
            if isinstance(described, dict):
                found = msgspec.structs.replace(found, server=str(described.get("url", "")))
        if path.is_dir() and (path / sources.EXPORT_FILE).is_file():
            # What else lies in a pulled project's folder, outputs among it, is no input.
            found = msgspec.structs.replace(found, path=str(path / sources.EXPORT_FILE))
        return found

    def adapt(self, source: Source, template: Template, problems: Problems) -> Template:
        """The template with the project's own labels; says where the two differ."""
        from labelwright_plugins.label_studio.config import parse_config
        from labelwright_plugins.label_studio.plan import adapt, drift

        if not source.label_config:
            return template
        config = parse_config(source.label_config, source.name or source.path)
        problems.extend(drift(template, config, source.name or source.path))
        return adapt(template, config)

    def controls_of(self, source: Source) -> SourceControls:
        """See ``controls.controls_of``."""
        from labelwright_plugins.label_studio import controls

        return controls.controls_of(source)

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``infer.infer``; raises ``UsageError`` where the label config is not known."""
        from labelwright_plugins.label_studio import infer

        del problems
        return infer.infer(source)

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """Yield each task once, with all its annotations."""
        from labelwright_plugins.label_studio.config import parse_config
        from labelwright_plugins.label_studio.reader import TaskReader
        from labelwright_plugins.label_studio.sources import read_tasks

        text = source.label_config or _own_config(template)
        config = parse_config(text, source.name or source.path) if text else None
        reader = TaskReader(template, config, problems, source)
        return reader.items(read_tasks(source, reader))

    def split(self, source: Source, parts: int) -> list[Source]:
        """See ``sources.split``."""
        from labelwright_plugins.label_studio import sources

        return sources.split(source, parts)

    def lint_config(self, template: Template) -> Iterable[Problem]:
        """Where a template's ``label_studio.xml`` and its ``template.toml`` differ."""
        from labelwright_plugins.label_studio.config import parse_config
        from labelwright_plugins.label_studio.plan import drift
        from labelwright_plugins.label_studio.problems import NO_CONFIG

        text = _own_config(template)
        if not text:
            if any(control.shapes == NOT_DRAWN for control in template.controls.values()):
                return []  # the work of another tool
            return [NO_CONFIG.at(Place(source=template.folder))]
        return drift(template, parse_config(text, TEMPLATE_CONFIG), TEMPLATE_CONFIG)


NOT_DRAWN = ["cuboid"]  # shapes that no page of this tool can ask for


def _own_config(template: Template) -> str:
    path = Path(template.folder) / TEMPLATE_CONFIG
    return _config_text(path) if path.is_file() else ""


def _config_text(path: Path) -> str:
    """A label config's text. Raises ``DataError`` if it cannot be read."""
    from labelwright_plugins.label_studio.config import BAD_CONFIG

    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(BAD_CONFIG.at(Place(source=path.name), reason=str(error))) from None
