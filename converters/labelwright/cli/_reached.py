"""Which project a command line means, and how its server is reached."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labelwright.service.config.load import Loaded


def reached(
    service: Loaded | None, predictor: str, tool: str, project: str, url: str = ""
) -> tuple[str, Mapping[str, str]]:
    """The project as its server knows it, and the environment by which the server is reached.

    With the service's configuration both are as one of its projects says, where ``project`` names one; else
    the server is that whose files the predictor may read, else the tool's only one. Where it names none of
    this tool at ``url`` (empty: anywhere), they are as given, and the environment is that of this process:
    no log-in goes to another address than it is configured for. Raises ``UsageError``.
    """
    if service is None:
        return project, os.environ
    from labelwright.predicting.environment import apart_from
    from labelwright.service.context import environment_of, tool_of

    made = {name: tool_of(service, name) for name in service.config.tools}
    servers = {n: m for n, m in made.items() if m[0].name == tool and url.rstrip("/") in ("", m[1].url)}
    own = service.config.projects.get(project)
    if own is not None and own.tool in servers:
        name, project = own.tool, own.project
    else:
        name = _server(service.predictor(predictor).tool, tool, [*servers])
    return project, apart_from(tool) | environment_of(*servers[name]) if name else os.environ


def _server(wanted: str, tool: str, servers: list[str]) -> str:
    """The configured server that is meant; empty: none."""
    from labelwright.problems import UsageError

    if wanted in servers:
        return wanted
    if len(servers) > 1:
        raise UsageError(
            f"several servers of {tool} are configured ({', '.join(servers)}): "
            "name one of [projects], or give the address of one with --url"
        )
    return "".join(servers)
