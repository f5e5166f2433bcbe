"""Finds projects and pages through their tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from labelwright.problems import DataError
from labelwright_plugins.label_studio import errors
from labelwright_plugins.label_studio.client import Client

PAGE = 1000  # tasks a listing asks for at once
CHUNK = 200  # ids that fit well into one address
NAMED = 10


def projects(client: Client) -> Iterator[dict[str, Any]]:
    """Every project's id and title; one may come twice when others arrive meanwhile."""
    page, seen = 1, 0
    while True:
        answer = client.get("/api/projects/", page=page, page_size=100, include="id,title")
        yield from answer["results"]
        seen += len(answer["results"])
        if not answer["results"] or seen >= answer["count"]:
            return
        page += 1


def find(client: Client, title: str) -> dict[str, Any] | None:
    """The project of exactly that title, whole. Raises ``DataError`` when several have it."""
    ids = sorted({int(p["id"]) for p in projects(client) if p["title"] == title})
    if len(ids) > 1:
        problem = errors.PROJECT_AMBIGUOUS.at(
            url=client.url, project=title, count=len(ids), ids=", ".join(map(str, ids))
        )
        raise DataError(problem)
    return get(client, ids[0]) if ids else None


def get(client: Client, project: int) -> dict[str, Any]:
    """The project of that id, whole."""
    answer: dict[str, Any] = client.get(f"/api/projects/{project}/")
    return answer


def resolve(client: Client, project: str) -> dict[str, Any]:
    """The project of that exact title or, failing that, of that id. Raises ``DataError``."""
    found = find(client, project)
    if found is not None:
        return found
    known = list(projects(client))
    if project.isdigit() and any(int(p["id"]) == int(project) for p in known):
        return get(client, int(project))
    names = ", ".join(f"{p['title']!r} ({p['id']})" for p in known[:NAMED]) or "none"
    if len(known) > NAMED:
        names += f" and {len(known) - NAMED} more"
    raise DataError(errors.PROJECT_UNKNOWN.at(project=project, url=client.url, known=names))


def listing(client: Client, project: int, include: str, size: int = PAGE) -> Iterator[dict[str, Any]]:
    """Every task's named fields, by id.

    Each page begins behind the last id of the page before, so that tasks that come or go meanwhile
    shift nothing out of sight.
    """
    last = 0
    while True:
        item = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": last}
        query = {"filters": {"conjunction": "and", "items": [item]}, "ordering": ["tasks:id"]}
        rows, total = _tasks(client, project, query, include, size)
        yield from rows
        if not rows or len(rows) >= total:
            return
        last = int(rows[-1]["id"])


def chosen(client: Client, project: int, ids: Sequence[int], include: str) -> list[dict[str, Any]]:
    """The tasks of those ids (at most ``CHUNK``), by id; one that is gone is not among them."""
    query = {
        "selectedItems": {"all": False, "included": list(ids)},
        "ordering": ["tasks:id"],
    }
    return _tasks(client, project, query, include, len(ids))[0]


def _tasks(
    client: Client, project: int, query: dict[str, Any], include: str, size: int
) -> tuple[list[dict[str, Any]], int]:
    answer = client.get(
        "/api/tasks/",
        project=project,
        query=msgspec.json.encode(query).decode(),
        include=include,
        fields="all",
        page_size=size,
        # Without it the server would replace storage addresses by links to itself.
        resolve_uri="false",
    )
    return sorted(answer["tasks"], key=lambda t: int(t["id"])), int(answer["total"])
