"""Where a person finds a project of doccano."""

from __future__ import annotations

from pathlib import Path

import msgspec

from labelwright_plugins.doccano.sources import PULLED


class _About(msgspec.Struct):
    id: int


def project_page(url: str, project: str, source: Path) -> str:
    """The page of a project, named by name or id; that of all projects where a name was not pulled yet."""
    number = project if project.isascii() and project.isdigit() else ""
    if not number:
        try:
            number = str(msgspec.json.decode((source / PULLED).read_bytes(), type=_About).id)
        except (OSError, msgspec.DecodeError):
            number = ""
    return f"{url}/projects/{number}" if number else f"{url}/projects"
