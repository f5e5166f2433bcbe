"""When a project is rebuilt: as it says itself, or else as all are."""

from __future__ import annotations

from typing import NamedTuple

from labelwright.service.config.model import ProjectConfig, ServiceConfig


class Times(NamedTuple):
    """Seconds: without a delivery until a rebuild; that a delivery waits at most; between two comparisons."""

    quiet: float
    ceiling: float
    reconcile_every: float


def times_of(service: ServiceConfig, project: ProjectConfig) -> Times:
    """The times of a project."""
    return Times(
        service.quiet if project.quiet is None else project.quiet,
        service.ceiling if project.ceiling is None else project.ceiling,
        service.reconcile_every if project.reconcile_every is None else project.reconcile_every,
    )
