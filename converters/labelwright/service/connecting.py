"""Registers the webhooks of configured projects in their tools, and changes their secrets.

The order is the same everywhere: a secret is believed before the tool may know it, and goes on being
believed until the tool is known to use another. So a step that fails, or the end of the process between
two steps, leaves a webhook that works; doing the same again ends what was begun.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from labelwright.contracts import Registered, Server, Tool
from labelwright.problems import DataError, Problem, ProblemType, UsageError
from labelwright.service.config.findings import offered
from labelwright.service.config.load import Loaded
from labelwright.service.secrets import GRACE, WebhookSecrets

if TYPE_CHECKING:
    from labelwright.service.context import Project

MISSING, WRONG = "missing", "wrong"  # what a check finds that is not right
EVERYWHERE = ("0.0.0.0", "::")
NOT_ASKED = ProblemType(
    "service.webhook-not-found-out",
    "A tool could not be asked about a webhook",
    "{project}: {reason}",
    "Nothing was changed. Correct what is named, or wait until the tool answers again.",
)
NOT_REGISTERED = ProblemType(
    "service.secret-not-registered",
    "A new secret could not be registered in the tool",
    "{project}: the new secret is not known to be registered: {reason}",
    "Nothing is lost: the old secret and the new one are both believed. When the tool answers again, run "
    "labelwright secrets rotate once more (or labelwright connect): it goes on with the same secret.",
)


class Connected(Struct, frozen=True):
    """What became of one project's webhook. ``problem``: why it could not be done."""

    project: str
    tool: str
    url: str
    registered: Registered | None = None
    problem: Problem | None = None

    @property
    def right(self) -> bool:
        """Whether the webhook is there as it should be."""
        return self.registered is not None and self.registered.state not in (MISSING, WRONG)


def connect(loaded: Loaded, tool: str, project: str, check: bool = False) -> Connected:
    """Register a project's webhook, or (``check``) look whether it is right.

    Raises ``UsageError``, ``DataError``.
    """
    found = find(loaded, tool, project)
    url, secrets = _url(loaded, found), WebhookSecrets(loaded.data)
    if check:
        known = secrets.believed(found.name)
        done = found.hooks.connect(found.server, found.config.project, url, known[0] if known else "", True)
        return _told(found, url, done)
    owned(loaded)
    done = found.hooks.connect(found.server, found.config.project, url, secrets.newest(found.name), False)
    if secrets.unsettled(found.name):
        secrets.settle(found.name)
    return _told(found, url, done)


def disconnect(loaded: Loaded, tool: str, project: str) -> int:
    """Remove a project's webhook and forget its secrets; how many webhooks there were.

    Raises ``UsageError``, ``DataError``: the secrets are then kept.
    """
    found = find(loaded, tool, project)
    owned(loaded)
    removed = found.hooks.disconnect(found.server, found.config.project, _url(loaded, found))
    WebhookSecrets(loaded.data).forget(found.name)
    return removed


def rotate(loaded: Loaded, projects: Sequence[str] = (), grace: float = GRACE) -> list[Connected]:
    """Give projects' webhooks new secrets; the old ones are believed for ``grace`` seconds more.

    ``projects`` empty: all. A project that is not connected is left as it is (``missing``). One that fails
    does not keep the others from theirs. Raises ``UsageError``.
    """
    chosen = [_configured(loaded, name) for name in projects or sorted(loaded.config.projects)]
    owned(loaded)
    return [_rotated(loaded, one, grace) for one in chosen]


def _rotated(loaded: Loaded, project: Project, grace: float) -> Connected:
    url, secrets = _url(loaded, project), WebhookSecrets(loaded.data)
    name, what = project.name, project.config.project
    try:
        believed = secrets.believed(name)
        there = project.hooks.connect(project.server, what, url, believed[0] if believed else "", True)
    except (DataError, UsageError) as error:
        problem = NOT_ASKED.at(project=name, reason=_reason(error))
        return Connected(name, project.tool.title, url, problem=problem)
    if there.state == MISSING:
        return _told(project, url, there)
    secret = secrets.prepare(name)
    try:
        done = project.hooks.connect(project.server, what, url, secret, False)
    except (DataError, UsageError) as error:
        problem = NOT_REGISTERED.at(project=name, reason=_reason(error))
        return Connected(name, project.tool.title, url, problem=problem)
    secrets.settle(name, grace)
    return _told(project, url, done)


def _reason(error: Exception) -> str:
    return error.problem.message if isinstance(error, DataError) else str(error)


def find(loaded: Loaded, tool: str, project: str) -> Project:
    """The configured project of that name; or the only one that is the project of that title or id.

    ``tool`` is the name of a ``[tools.NAME]`` or of a tool. Raises ``UsageError``.
    """
    tools = loaded.config.tools
    servers = [name for name, one in tools.items() if tool in (name, one.tool)]
    if not servers:
        known = {one.tool or name for name, one in tools.items()} | set(tools)
        raise UsageError(f"no tool {tool!r} is configured; {offered(tool, known)}")
    there = {n: p for n, p in sorted(loaded.config.projects.items()) if p.tool in servers}
    named = [n for n in there if n == project] or [n for n, p in there.items() if p.project == project]
    if len(named) > 1:
        raise UsageError(f"{project!r} is the project of several; name one of: {', '.join(named)}")
    if not named:
        raise UsageError(f"no project {project!r} of {tool} is configured; {offered(project, there)}")
    return _configured(loaded, named[0])


def _configured(loaded: Loaded, name: str) -> Project:
    try:
        from labelwright.service.context import configured
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("labelwright"):
            raise
        raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
    if name not in loaded.config.projects:
        raise UsageError(f"no project {name!r} is configured; {offered(name, loaded.config.projects)}")
    return configured(loaded, name)


def _url(loaded: Loaded, project: Project) -> str:
    from labelwright.service.context import hook_url

    reachable(loaded)
    return hook_url(loaded, project)


def reachable(loaded: Loaded) -> None:
    """Raise ``UsageError`` if nobody said where tools find the service."""
    service = loaded.config.service
    if not service.public_url and (service.host in EVERYWHERE or not service.port):
        raise UsageError("set public_url in [service]: how does the tool reach the service?")


def owned(loaded: Loaded) -> None:
    """Refuse to write what the service could not read or change. Raises ``UsageError``."""
    if loaded.data.exists() and loaded.data.stat().st_uid != os.geteuid():
        raise UsageError(
            f"{loaded.data} belongs to another user: run this as the one that the service runs as"
        )


def _told(project: Project, url: str, done: Registered) -> Connected:
    return told(project.name, project.tool, project.server, url, done)


def told(project: str, tool: Tool, server: Server, url: str, done: Registered) -> Connected:
    """What was done, and whether the tool can reach the service at all."""
    if _local(url) and not _local(server.url) and done.state != MISSING:
        far = f"{server.url} cannot reach {url}, unless it runs on this machine: set public_url"
        done = replace(done, told=(*done.told, far))
    return Connected(project, tool.title, url, done)


def _local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def failed(done: Iterable[Connected]) -> bool:
    """Whether any project's webhook could not be changed."""
    return any(one.problem is not None for one in done)
