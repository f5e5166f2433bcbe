"""Where a person finds a project of doccano."""

from __future__ import annotations

from pathlib import Path

from labelwright.io.pulled import number_of
from labelwright_plugins.doccano.sources import PULLED


def project_page(url: str, project: str, source: Path) -> str:
    """The page of a project, named by name or id; that of all projects where a name was not pulled yet."""
    number = number_of(project, source / PULLED)
    return f"{url}/projects/{number}" if number else f"{url}/projects"
