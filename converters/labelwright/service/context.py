"""What the parts of the service share."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from labelwright.contracts import Hooks, Server, Tool
from labelwright.problems import UsageError
from labelwright.registry import ENVIRONMENT, WEBHOOK, capability, pick, tools
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import ProjectConfig, ToolConfig
from labelwright.service.config.times import Times, times_of
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

    def times(self, project: str) -> Times:
        """When a project is rebuilt. Raises ``UsageError`` for one that is not configured."""
        return times_of(self.loaded.config.service, self.project(project).config)

    def hook_url(self, project: Project) -> str:
        """Where the tool is to send a project's webhooks."""
        return hook_url(self.loaded, project)


def hook_url(loaded: Loaded, project: Project) -> str:
    """Where a tool is to send a project's webhooks."""
    return f"{loaded.public_url}/webhooks/{project.config.tool}/{project.name}"


def configured(loaded: Loaded, name: str) -> Project:
    """A project of the configuration, with its tool. Raises ``UsageError``."""
    config = loaded.config.projects[name]
    if config.tool not in loaded.config.tools:
        known = ", ".join(sorted(loaded.config.tools)) or "none"
        raise UsageError(f"projects.{name}.tool names {config.tool!r}; [tools] has: {known}")
    tool, server = tool_of(loaded, config.tool)
    server = replace(server, finished_only=config.finished_only)
    if WEBHOOK not in tool.capabilities:
        raise UsageError(f"projects.{name}: {tool.title} sends no webhooks that can be received")
    return Project(name, config, tool, hooks_of(tool), server, loaded.data / "projects" / name)


def tool_of(loaded: Loaded, name: str) -> tuple[Tool, Server]:
    """A configured tool and its server. Raises ``UsageError``."""
    config = loaded.config.tools.get(name)
    if config is None:
        known = ", ".join(sorted(loaded.config.tools)) or "none"
        raise UsageError(f"no tool {name!r} is configured; [tools] has: {known}")
    return pick("tool", dict(tools()), config.tool or name), _server(loaded, config)


def hooks_of(tool: Tool) -> Hooks:
    """What a tool brings so that its webhooks can be received."""
    return cast(Hooks, capability(tool, WEBHOOK))


def environment_of(tool: Tool, server: Server) -> dict[str, str]:
    """The environment variables by which a tool's own commands and fetchers reach a server."""
    if ENVIRONMENT not in tool.capabilities:
        return {}
    told: Callable[[Server], Mapping[str, str]] = capability(tool, ENVIRONMENT)
    return dict(told(server))


def _server(loaded: Loaded, config: ToolConfig) -> Server:
    token = str(loaded.path(config.token_file)) if config.token_file else ""
    password = str(loaded.path(config.password_file)) if config.password_file else ""
    return Server(config.url.rstrip("/"), token, config.username, password, config.organization)
