"""What is to be pulled: a project, a task or a job, named in one of several ways."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from labelwright.problems import DataError, UsageError
from labelwright_plugins.cvat import errors
from labelwright_plugins.cvat.client import Client
from labelwright_plugins.cvat.settings import server_url

PROJECT, TASK, JOB = "project", "task", "job"
NAMED = 10
_ID = re.compile(r"(project|task|job):(\d{1,18})", re.ASCII)
_PAGE = re.compile(r"/(?:(projects|tasks|jobs)/(\d{1,18}))(?:/jobs/(\d{1,18}))?/?", re.ASCII)


class Target(Struct, frozen=True):
    """Of which kind and id; for a job the tasks are the one that holds it.

    ``project`` and ``tasks`` are the objects as the server says them; ``job`` is 0 but for a job.
    """

    kind: str
    id: int
    name: str
    project: dict[str, Any] | None
    tasks: list[dict[str, Any]]
    job: int = 0


def split_address(text: str) -> tuple[str, str]:
    """(server, what) of the address of a CVAT page; ("", text) of anything else. Raises ``UsageError``.

    >>> split_address("https://cvat.example/tasks/1/jobs/2")
    ('https://cvat.example', 'job:2')
    """
    if "://" not in text:
        return "", text
    parts = urlsplit(text)
    found = re.search(_PAGE.pattern + "$", parts.path, re.ASCII)
    if found is None or (found[3] and found[1] != "tasks"):
        raise UsageError(f"{text!r} is no address of a project, task or job in CVAT")
    server = server_url(f"{parts.scheme}://{parts.netloc}{parts.path[: found.start()]}")
    return server, f"job:{found[3]}" if found[3] else f"{found[1].removesuffix('s')}:{found[2]}"


def resolve(client: Client, what: str) -> Target:
    """The target of that name: ``project:ID``, ``task:ID``, ``job:ID``, a project's exact name, or its id.

    Raises ``DataError`` if there is none, or if several projects have the name.
    """
    found = _ID.fullmatch(what)
    if found is None:
        return _whole(client, _named(client, what))
    kind, number = found[1], int(found[2])
    if kind == PROJECT:
        listed = client.pages("/api/projects", "name")
        whole = next((p for p in listed if p["id"] == number), None)
        return _whole(client, whole or _unknown(client, what, listed))
    job = client.one(f"/api/jobs/{number}", "id", "task_id") if kind == JOB else None
    task = client.one(f"/api/tasks/{number if job is None else int(job['task_id'])}", "id", "name")
    owner = task.get("project_id")
    listed = client.pages("/api/projects", "name") if owner else []
    project = next((p for p in listed if p["id"] == owner), None)
    name = str(task["name"])
    if job is None:
        return Target(TASK, number, name, project, [task])
    return Target(JOB, number, name, project, [task], number)


def find(client: Client, name: str) -> dict[str, Any] | None:
    """The project of exactly that name. Raises ``DataError`` when several have it."""
    return _only(client, name, client.pages("/api/projects", "name"))


def _named(client: Client, what: str) -> dict[str, Any]:
    known = client.pages("/api/projects", "name")
    found = _only(client, what, known)
    if found is None and what.isascii() and what.isdigit():
        found = next((p for p in known if p["id"] == int(what)), None)
    return found or _unknown(client, what, known)


def _only(client: Client, name: str, known: list[dict[str, Any]]) -> dict[str, Any] | None:
    same = [p for p in known if p["name"] == name]
    if len(same) > 1:
        ids = ", ".join(str(p["id"]) for p in same)
        raise DataError(errors.AMBIGUOUS.at(url=client.url, project=name, count=len(same), ids=ids))
    return same[0] if same else None


def _unknown(client: Client, what: str, known: list[dict[str, Any]]) -> dict[str, Any]:
    names = ", ".join(f"{p['name']!r} ({p['id']})" for p in known[:NAMED]) or "none"
    if len(known) > NAMED:
        names += f" and {len(known) - NAMED} more"
    raise DataError(errors.UNKNOWN.at(project=what, url=client.url, known=names))


def _whole(client: Client, project: dict[str, Any]) -> Target:
    number = int(project["id"])
    tasks = client.pages("/api/tasks", "name", project_id=number)
    return Target(PROJECT, number, str(project["name"]), project, tasks)
