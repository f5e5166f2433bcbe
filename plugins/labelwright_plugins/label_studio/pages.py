"""Where a person finds a project of Label Studio."""

from __future__ import annotations

from pathlib import Path

import msgspec

from labelwright_plugins.label_studio.sources import PROJECT_FILE


class _About(msgspec.Struct):
    id: int


def project_page(url: str, project: str, source: Path) -> str:
    """The page of a project, named by title or id; that of all projects where a title was not pulled yet."""
    number = project if project.isascii() and project.isdigit() else ""
    if not number:
        try:
            number = str(msgspec.json.decode((source / PROJECT_FILE).read_bytes(), type=_About).id)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            number = ""
    return f"{url}/projects/{number}/data" if number else f"{url}/projects"
