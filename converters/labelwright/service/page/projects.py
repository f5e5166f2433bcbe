"""Puts together how each project stands."""

from __future__ import annotations

import importlib
import time
from typing import Literal

import sqlalchemy as sa

from labelwright import __version__
from labelwright.report.words import safe_link
from labelwright.service.context import Project as Configured
from labelwright.service.context import Service
from labelwright.service.page.datasets import list_datasets
from labelwright.service.page.model import Build, Project, Status
from labelwright.service.page.read import count_sends, list_builds, waiting
from labelwright.service.work.patience import state_of

PAGE = "page"  # the capability of a tool that tells the address of a project's page
LINK = 1000
NEWEST = 5  # rebuilds among which the one that runs is found; a project has one at a time
State = Literal["running", "failed", "waiting", "current", "new"]


def list_projects(service: Service, connection: sa.Connection, only: str = "") -> list[Project]:
    """Every configured project, or one, by name."""
    came, unsent = waiting(connection, service.projects), count_sends(connection)
    found = []
    for name, configured in service.projects.items():
        if only not in ("", name):
            continue
        count, since = came.get(name, (0, None))
        newest = list_builds(connection, name, limit=NEWEST)
        running = next((b for b in newest if b.state == "running"), None)
        ended = next((b for b in newest if b.state != "running"), None)
        standing = state_of(connection, name)
        found.append(
            Project(
                name=name,
                tool=configured.config.tool,
                tool_title=configured.tool.title,
                tool_project=configured.config.project,
                link=project_link(configured),
                state=_state(running, ended, count),
                waiting=count,
                waiting_since=since,
                last_build=ended,
                running=running,
                datasets=list_datasets(service, connection, name),
                dead_sends=unsent.get((name, "dead"), 0),
                failing_since=standing.since,
                attempts=standing.attempts,
                next_at=standing.next_at,
            )
        )
    return found


def status(service: Service, connection: sa.Connection) -> Status:
    """The service as a whole."""
    unsent = count_sends(connection)
    return Status(
        version=__version__,
        time=time.time(),
        projects=len(service.projects),
        waiting_deliveries=sum(count for count, _ in waiting(connection, service.projects).values()),
        running_builds=len(list_builds(connection, state="running", limit=10_000)),
        waiting_sends=sum(n for (_, state), n in unsent.items() if state == "waiting"),
        dead_sends=sum(n for (_, state), n in unsent.items() if state == "dead"),
    )


def project_link(project: Configured) -> str:
    """The project's page in its tool, or the server's first one."""
    where = project.tool.capabilities.get(PAGE)
    link = project.server.url
    if where is not None:
        module, _, function = where.partition(":")
        told = getattr(importlib.import_module(module), function)
        link = told(project.server.url, project.config.project, project.folder / "source")
    return safe_link(str(link), LINK)


def _state(running: Build | None, ended: Build | None, waiting: int) -> State:
    if running is not None:
        return "running"
    if ended is not None and ended.state == "failed":
        return "failed"
    if waiting:
        return "waiting"
    return "new" if ended is None else "current"
