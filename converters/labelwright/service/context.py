"""What the parts of the service share."""

from __future__ import annotations

import importlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from labelwright.contracts import Hooks, Server, Tool
from labelwright.problems import UsageError
from labelwright.registry import WEBHOOK, pick, tools
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import ProjectConfig, ToolConfig
from labelwright.service.inbox.writer import InboxWriter
from labelwright.service.metrics import Metrics
from labelwright.service.secrets import WebhookSecrets
from labelwright.service.store.database import Database
from labelwright.service.telemetry import Telemetry


def node_name() -> str:
    """What this process is called among those that share a database."""
    return f"{socket.gethostname()}-{os.getpid()}"


class Project(Struct, frozen=True):
    """A configured project with its tool."""

    name: str
    config: ProjectConfig
    tool: Tool
    hooks: Hooks
    server: Server
    folder: Path

    @property
    def quiet_name(self) -> str:
        """How it is shown: its own name and the tool's."""
        return f"{self.name} ({self.tool.title})"


class Service:
    """Configuration, database, projects and the inbox. ``poke`` is set by what rebuilds."""

    def __init__(self, loaded: Loaded, database: Database) -> None:
        """Resolve the projects. Raises ``UsageError`` for one whose tool or template there is not."""
        self.loaded = loaded
        self.database = database
        self.projects = {name: configured(loaded, name) for name in sorted(loaded.config.projects)}
        self.secrets = WebhookSecrets(loaded.data)
        self.metrics = Metrics(loaded.config.tools)
        self.poke: Callable[[set[str]], None] = lambda projects: None
        self.inbox = InboxWriter(database, lambda projects: self.poke(projects))
        self.inbox.observed = self.metrics.commit
        self.extra: dict[str, Any] = {}
        self.node = node_name()
        self.telemetry = Telemetry(loaded.config.service.telemetry)
        self.closing = threading.Event()  # set: nothing new is taken
        self.ends: list[Callable[[], None]] = []  # done when the loops have ended, the last first

    def project(self, name: str) -> Project:
        """A project by its name. Raises ``UsageError``."""
        try:
            return self.projects[name]
        except KeyError:
            known = ", ".join(self.projects) or "none"
            raise UsageError(f"no project {name!r} is configured; there are: {known}") from None

    def hook_url(self, project: Project) -> str:
        """Where the tool is to send a project's webhooks."""
        return hook_url(self.loaded, project)


def hook_url(loaded: Loaded, project: Project) -> str:
    """Where a tool is to send a project's webhooks."""
    return f"{loaded.public_url}/webhooks/{project.config.tool}/{project.name}"


def configured(loaded: Loaded, name: str) -> Project:
    """A project of the configuration, with its tool. Raises ``UsageError``."""
    config = loaded.config.projects[name]
    server = loaded.config.tools.get(config.tool)
    if server is None:
        known = ", ".join(sorted(loaded.config.tools)) or "none"
        raise UsageError(f"projects.{name}.tool names {config.tool!r}; [tools] has: {known}")
    tool = pick("tool", dict(tools()), server.tool or config.tool)
    where = tool.capabilities.get(WEBHOOK)
    if where is None:
        raise UsageError(f"projects.{name}: {tool.title} sends no webhooks that can be received")
    module, _, attribute = where.partition(":")
    hooks = cast(Hooks, getattr(importlib.import_module(module), attribute))
    return Project(
        name, config, tool, hooks, _server(loaded, server, config), loaded.data / "projects" / name
    )


def _server(loaded: Loaded, config: ToolConfig, project: ProjectConfig) -> Server:
    token = str(loaded.path(config.token_file)) if config.token_file else ""
    password = str(loaded.path(config.password_file)) if config.password_file else ""
    return Server(
        config.url.rstrip("/"),
        token,
        config.username,
        password,
        config.organization,
        project.finished_only,
    )
