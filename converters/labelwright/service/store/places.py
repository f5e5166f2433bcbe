"""Sees that the places at which the service keeps things can be used, before anything is begun."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from labelwright.problems import UsageError
from labelwright.service.config.model import ProjectConfig
from labelwright.service.secrets import private_folder
from labelwright.service.store.database import FILE, WORK_FILE
from labelwright.service.store.swap import whole
from labelwright.state.versions import SOURCE, VERSIONS


def usable(data: Path, projects: Mapping[str, ProjectConfig]) -> None:
    """Make the data folder; raises ``UsageError`` where it, or a place in it, cannot be used."""
    try:
        private_folder(data)
    except OSError as error:
        raise UsageError(f"{data} cannot be made the data folder: {error.strerror}") from None
    whole(data)
    for folder in (data, *_folders(data, projects)):
        if os.path.lexists(folder) and not folder.is_dir():
            raise UsageError(f"{folder} is no folder, and the service keeps data in it: move it away")
        if folder.is_dir() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise UsageError(f"{folder} cannot be written to: correct its permissions or name another")
    for name in (FILE, WORK_FILE):
        file = data / name
        if os.path.lexists(file) and not file.is_file():
            raise UsageError(f"{file} is no file, and the service keeps its database in it: move it away")
        if file.is_file() and not os.access(file, os.R_OK | os.W_OK):
            raise UsageError(f"{file} cannot be written to: correct its permissions")


def _folders(data: Path, projects: Mapping[str, ProjectConfig]) -> Iterator[Path]:
    yield from (data / "state", data / "secrets", data / "secrets" / "webhooks", data / "projects")
    for name, config in sorted(projects.items()):
        project = data / "projects" / name
        yield from (project, project / SOURCE, project / "datasets")
        for dataset in sorted(config.datasets):
            yield from (project / "datasets" / dataset, project / "datasets" / dataset / VERSIONS)
