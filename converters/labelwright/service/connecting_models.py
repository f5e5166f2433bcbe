"""Tells tools to ask the service's predictors."""

from __future__ import annotations

from msgspec.structs import replace

from labelwright.contracts import Asks, Server, Tool, Wanted
from labelwright.problems import UsageError
from labelwright.registry import ASKS, HOST, capability
from labelwright.service.config.findings import offered
from labelwright.service.config.load import Loaded
from labelwright.service.connecting import Connected, owned, reachable, told


def connect(loaded: Loaded, tool: str, project: str, predictor: str, check: bool = False) -> Connected:
    """Let a project ask a predictor, or (``check``) look whether it does so rightly.

    Raises ``UsageError``, ``DataError``.
    """
    from labelwright.service.predicting import USER, key_of, models

    found, server, name = _where(loaded, tool, project)
    model = models(loaded, predictor)[predictor]
    if not check:
        owned(loaded)
    wanted = Wanted(
        url=_url(loaded, found, predictor),
        title=f"labelwright {predictor}",
        user=USER,
        key=key_of(loaded.data),
        interactive=model.interacts,
        learns=model.learns,
        template=replace(model.template, controls={n: model.template.controls[n] for n in model.controls}),
    )
    done = _asks(found).connect(server, name, wanted, check)
    return told(project, found, server, wanted.url, done)


def disconnect(loaded: Loaded, tool: str, project: str, predictor: str) -> int:
    """Let a project ask a predictor no longer. Raises ``UsageError``, ``DataError``."""
    found, server, name = _where(loaded, tool, project)
    return _asks(found).disconnect(server, name, _url(loaded, found, predictor))


def _where(loaded: Loaded, tool: str, project: str) -> tuple[Tool, Server, str]:
    """The tool, its server, and the project as the server names it, configured or not."""
    from labelwright.service.context import tool_of

    tools = loaded.config.tools
    servers = [name for name, one in tools.items() if tool in (name, one.tool)]
    if not servers:
        known = {one.tool or name for name, one in tools.items()} | set(tools)
        raise UsageError(f"no tool {tool!r} is configured; {offered(tool, known)}")
    configured = loaded.config.projects.get(project)
    if configured is not None and configured.tool in servers:
        return *tool_of(loaded, configured.tool), configured.project
    if len(servers) > 1:
        raise UsageError(f"{tool} has several servers; name one of: {', '.join(servers)}")
    return *tool_of(loaded, servers[0]), project


def _asks(tool: Tool) -> Asks:
    if ASKS not in tool.capabilities:
        raise UsageError(f"{tool.title} cannot be told to ask a predictor")
    found: Asks = capability(tool, ASKS)
    return found


def _url(loaded: Loaded, tool: Tool, predictor: str) -> str:
    reachable(loaded)
    if predictor not in loaded.config.predictors:
        known = offered(predictor, loaded.config.predictors)
        raise UsageError(f"no predictor {predictor!r} is configured; {known}")
    return f"{loaded.public_url}/{capability(tool, HOST).prefix}/{predictor}"
