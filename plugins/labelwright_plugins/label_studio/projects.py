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
    known: set[int] = set()
    while True:
        path = "/api/projects/"
        answer = client.get(path, page=page, page_size=100, include="id,title")
        rows, count = _rows(client, path, answer, "results", "count")
        yield from rows
        seen += len(rows)
        before = len(known)
        known.update(row["id"] for row in rows)
        if seen >= count or len(known) == before:  # a server that says the same for ever ends, too
            return
        page += 1


def find(client: Client, title: str) -> dict[str, Any] | None:
    """The project of exactly that title, whole. Raises ``DataError`` when several have it."""
    ids = sorted({int(p["id"]) for p in projects(client) if p.get("title") == title})
    if len(ids) > 1:
        problem = errors.PROJECT_AMBIGUOUS.at(
            url=client.url, project=title, count=len(ids), ids=", ".join(map(str, ids))
        )
        raise DataError(problem)
    return get(client, ids[0]) if ids else None


def get(client: Client, project: int) -> dict[str, Any]:
    """The project of that id, whole."""
    path = f"/api/projects/{project}/"
    answer = client.get(path)
    if not (isinstance(answer, dict) and _is_id(answer.get("id"))):
        raise _unlike(client, path)
    return answer


def resolve(client: Client, project: str) -> dict[str, Any]:
    """The project of that exact title or, failing that, of that id. Raises ``DataError``."""
    found = find(client, project)
    if found is not None:
        return found
    known = list(projects(client))
    if project.isdigit() and any(int(p["id"]) == int(project) for p in known):
        return get(client, int(project))
    names = ", ".join(f"{p.get('title')!r} ({p['id']})" for p in known[:NAMED]) or "none"
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
        if len(rows) < min(total, 1):  # what it holds back would pass for deleted
            raise _unlike(client, "/api/tasks/")
        yield from rows
        if len(rows) >= total:
            return
        if rows[-1]["id"] <= last:  # it does not filter, and would be asked for ever
            raise _unlike(client, "/api/tasks/")
        last = rows[-1]["id"]


def chosen(client: Client, project: int, ids: Sequence[int], include: str) -> list[dict[str, Any]]:
    """The tasks of those ids (at most ``CHUNK``), by id; one that is gone is not among them."""
    query = {
        "selectedItems": {"all": False, "included": list(ids)},
        "ordering": ["tasks:id"],
    }
    rows, total = _tasks(client, project, query, include, len(ids))
    if len(rows) < total:  # what it holds back would pass for deleted
        raise _unlike(client, "/api/tasks/")
    return rows


def _tasks(
    client: Client, project: int, query: dict[str, Any], include: str, size: int
) -> tuple[list[dict[str, Any]], int]:
    path = "/api/tasks/"
    answer = client.get(
        path,
        project=project,
        query=msgspec.json.encode(query).decode(),
        include=include,
        fields="all",
        page_size=size,
        # Without it the server would replace storage addresses by links to itself.
        resolve_uri="false",
    )
    rows, total = _rows(client, path, answer, "tasks", "total")
    return sorted(rows, key=lambda t: int(t["id"])), total


def _rows(
    client: Client, path: str, answer: Any, named: str, counted: str
) -> tuple[list[dict[str, Any]], int]:
    """The rows of a listing, each an object with an id, and how many there are. Raises ``DataError``."""
    rows, count = (answer.get(named), answer.get(counted)) if isinstance(answer, dict) else (None, None)
    if not isinstance(rows, list) or not isinstance(count, int):
        raise _unlike(client, path)
    if not all(isinstance(row, dict) and _is_id(row.get("id")) for row in rows):
        raise _unlike(client, path)
    return rows, count


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**63


def _unlike(client: Client, path: str) -> DataError:
    return DataError(errors.NOT_AN_ANSWER.at(url=f"{client.url}{path}", what="something else"))
