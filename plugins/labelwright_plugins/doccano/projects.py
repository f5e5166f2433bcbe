"""Projects of a server: found by name, id or address, with their lists of labels."""

from __future__ import annotations

from typing import Any

from labelwright.problems import DataError
from labelwright_plugins.doccano import errors
from labelwright_plugins.doccano.client import Client
from labelwright_plugins.doccano.infer import CATEGORY, RELATION, SPAN

SHOWN = 20  # projects that a message names
KEYS = ("name", "project_type")
BOTH = "IntentDetectionAndSlotFilling"
CLASSIFIED = ("DocumentClassification", "ImageClassification", "BoundingBox", "Segmentation", BOTH)


def find(client: Client, name: str) -> dict[str, Any] | None:
    """The project of that exact name; None if there is none. Raises ``DataError`` if there are several."""
    named = [x for x in client.pages("/v1/projects", *KEYS) if x["name"] == name]
    if len(named) > 1:
        ids = ", ".join(str(x["id"]) for x in named)
        raise DataError(errors.AMBIGUOUS.at(url=client.url, project=name, count=len(named), ids=ids))
    return named[0] if named else None


def resolve(client: Client, what: str) -> dict[str, Any]:
    """A project by its exact name or its id. Raises ``DataError``."""
    named = find(client, what)
    if named is not None:
        return named
    if what.isascii() and what.isdigit():
        return client.having(client.get(f"/v1/projects/{what}"), "id", *KEYS)
    there = [f"{x['name']!r} ({x['id']})" for x in client.pages("/v1/projects", *KEYS)]
    more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
    known = ", ".join(there[:SHOWN]) + more or "none"
    raise DataError(errors.UNKNOWN.at(url=client.url, project=what, known=known))


def lists_of(project: dict[str, Any]) -> list[str]:
    """The lists of labels that a project has, by its type."""
    kind = project["project_type"]
    lists = [CATEGORY] if kind in CLASSIFIED else []
    lists += [SPAN] if kind in ("SequenceLabeling", BOTH) else []
    return [*lists, RELATION] if project.get("use_relation") else lists


def types(client: Client, project: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """A project's labels by list, each with ``id`` and ``text``, in the order of their ids."""
    found = {}
    for name in lists_of(project):
        rows = client.rows(f"/v1/projects/{project['id']}/{name}", "id", "text")
        found[name] = sorted(rows, key=lambda row: int(row["id"]))
    return found
