"""Puts a template's labels onto a server. Doing it twice changes nothing."""

from __future__ import annotations

from typing import Any

import msgspec

from labelwright.contracts import Template
from labelwright.problems import DataError, Place, Problem, ProblemType, UsageError
from labelwright_plugins.cvat import targets
from labelwright_plugins.cvat.client import Client
from labelwright_plugins.cvat.labels import label_specs, unasked
from labelwright_plugins.cvat.problems import CANNOT_ASK
from labelwright_plugins.cvat.transport import having
from labelwright_plugins.cvat.upgrade import upgrade

NOT_STORED = ProblemType(
    "cvat.labels-not-stored",
    "The server did not store labels as they were sent",
    "project {project} still lacks {lost}",
    "Look at the project's labels in CVAT, and run the same command again.",
)
NAME_LENGTH = 256


class InstallResult(msgspec.Struct, frozen=True):
    """What an install did. ``added`` names what an existing project lacked and has now."""

    project: int
    name: str
    url: str
    created: bool
    labels: int  # that the template asks for
    added: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything on the server is different now."""
        return self.created or bool(self.added)


def install(client: Client, template: Template, name: str) -> InstallResult:
    """Make a project with the template's labels, or add what the one of that exact name lacks.

    What is there is never deleted, renamed or changed: where it contradicts the template, a problem of the
    result says so. Raises ``UsageError`` for a name the server would refuse and for a template of which
    CVAT can ask nothing, ``DataError`` when the server cannot be used or did not store what it was sent.
    """
    if name != name.strip() or not 0 < len(name) <= NAME_LENGTH:
        raise UsageError(f"a project's name has 1 to {NAME_LENGTH} characters and no blank at its ends")
    wanted = label_specs(template)
    if not wanted:
        raise UsageError(f"CVAT can ask nothing of the template {template.name!r}; use Label Studio")
    problems = [
        CANNOT_ASK.at(Place(control=c), control=c, kind=template.controls[c].kind) for c in unasked(template)
    ]
    found = targets.find(client, name)
    if found is None:
        sent = client.post("/api/projects", {"name": name, "labels": wanted})
        made = having(f"{client.url}/api/projects", sent, "id")
        number = int(made["id"])
        problems += _check(client, number, wanted)
        return _result(client, number, name, True, wanted, (), problems)
    number = int(found["id"])
    lacking = upgrade(_labels(client, number), wanted)
    problems += lacking.problems
    if lacking.change:
        client.patch(f"/api/projects/{number}", {"labels": lacking.change})
        _check(client, number, wanted)
    return _result(client, number, name, False, wanted, tuple(lacking.added), problems)


def _result(
    client: Client,
    number: int,
    name: str,
    created: bool,
    wanted: list[dict[str, Any]],
    added: tuple[str, ...],
    problems: list[Problem],
) -> InstallResult:
    url = f"{client.url}/projects/{number}"
    return InstallResult(number, name, url, created, len(wanted), added, tuple(problems))


def _labels(client: Client, project: int) -> list[dict[str, Any]]:
    return client.pages("/api/labels", "name", project_id=project)


def _check(client: Client, project: int, wanted: list[dict[str, Any]]) -> list[Problem]:
    """Where what is stored differs from what was sent. Raises ``DataError`` if something is not there."""
    stored = upgrade(_labels(client, project), wanted)
    if stored.added:
        place = Place(item=f"project {project}")
        raise DataError(NOT_STORED.at(place, project=project, lost="; ".join(stored.added)))
    return stored.problems
