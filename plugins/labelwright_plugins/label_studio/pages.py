"""Where a person finds a project of Label Studio."""

from __future__ import annotations

from pathlib import Path

from labelwright.io.pulled import number_of
from labelwright_plugins.label_studio.sources import PROJECT_FILE


def project_page(url: str, project: str, source: Path) -> str:
    """The page of a project, named by title or id; that of all projects where a title was not pulled yet."""
    number = number_of(project, source / PROJECT_FILE)
    return f"{url}/projects/{number}/data" if number else f"{url}/projects"
