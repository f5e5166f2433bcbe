"""What ``init`` finds out about a project before there is a configuration of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import Config, ProjectConfig, ServiceConfig, ToolConfig
from labelwright.service.config.written import Answers
from labelwright.service.connecting import connect

if TYPE_CHECKING:
    from labelwright.service.context import Project


def able() -> list[str]:
    """The tools whose webhooks can be received."""
    from labelwright.registry import WEBHOOK, tools

    return [name for name, tool in tools().items() if WEBHOOK in tool.capabilities]


def targets(template: str, folder: Path) -> list[str]:
    """The dialects that take what a template gives; formats where no dialect does. Raises ``UsageError``."""
    from labelwright.examples import reachable
    from labelwright.registry import dialects, formats, template_folders
    from labelwright.render.load import find_template

    found = find_template(Loaded(Config(), folder).template(template), template_folders())
    asked = {control.kind for control in found.controls.values()}
    fitting = [name for name, one in dialects().items() if reachable(found.example.kind, one.kinds)]
    return fitting or [name for name, one in formats().items() if asked & one.kinds]


def reached(given: Answers, folder: Path) -> None:
    """Ask the tool for the project and its webhooks. Raises ``UsageError``, ``DataError``."""
    connect(_before(given, folder), given.table, given.name, check=True)


def detected(given: Answers, folder: Path) -> str:
    """The template whose controls the project has; its annotations are pulled for that, and thrown away.

    Raises ``UsageError`` if none fits, ``DataError``.
    """
    from labelwright.pipeline.opening import open_source
    from labelwright.pipeline.sync import pull
    from labelwright.pipeline.templates import detect
    from labelwright.service.context import configured, environment_of

    project: Project = configured(_before(given, folder), given.name)
    with (
        tempfile.TemporaryDirectory(prefix="labelwright-") as room,
        _environment(environment_of(project.tool, project.server)),
    ):
        pulled = pull(project.tool, given.project, Path(room), project.server.url)
        template = detect(open_source(str(pulled), tool=project.tool.name))
    if not template.folder:
        raise UsageError("no installed template has the controls of this project; name one of your own")
    return template.name


def _before(given: Answers, folder: Path) -> Loaded:
    """The configuration as far as it is known."""
    server = ToolConfig(
        url=given.url,
        tool=given.tool,
        token_file=given.token_file,
        username=given.username,
        password_file=given.password_file,
        organization=given.organization,
    )
    project = ProjectConfig(tool=given.table, project=given.project, template="", datasets={})
    service = ServiceConfig(host="127.0.0.1", port=given.port or 1, public_url=given.public_url)
    return Loaded(
        Config(service=service, tools={given.table: server}, projects={given.name: project}), folder
    )


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """The environment of this process with changes, for a while.

    Where a file is named for a secret, what the environment holds in its place is hidden.
    """
    before = dict(os.environ)
    for name in changes:
        if name.endswith("_FILE"):
            os.environ.pop(name.removesuffix("_FILE"), None)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
