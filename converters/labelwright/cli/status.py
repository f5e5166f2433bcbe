"""``labelwright status``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from labelwright.cli import options as o
from labelwright.cli._service import service_of, when
from labelwright.cli.output import Json, emit, emit_json, exit_with

if TYPE_CHECKING:
    from labelwright.service.work.overview import DatasetVersion, Overview, ProjectStatus

MET = ("passed", "off")  # what a gate says that keeps no training file back


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(command)


def command(
    config: o.ConfigFile = Path("labelwright.toml"),
    database_url: o.DatabaseUrl = "",
    json_output: Json = False,
) -> None:
    """Show how the service's projects stand, whether it runs or not.

    Exit code 1 if a project's rebuilds fail, a gate is not met or cannot be measured, or an event could
    not be sent.
    """
    with service_of(config, database_url) as service:
        from labelwright.service.work.overview import overview

        found = overview(service)
    if json_output:
        emit_json(found)
    else:
        _show(found)
    failing = any(one.standing.state == "failing" for one in found.projects)
    below = any(d.gate not in MET for one in found.projects for d in one.datasets)
    exit_with(int(failing or below or found.sends.dead > 0))


def _show(found: Overview) -> None:
    for notice in found.notices:
        emit(f"note: {notice}")
    for one in found.projects:
        _show_project(one)
    kept = ", ".join(f"{count:,} {state}" for state, count in sorted(found.deliveries.items())) or "none"
    emit(f"deliveries: {kept}")
    emit(f"events: {found.sends.waiting:,} wait to be sent, {found.sends.dead:,} given up")
    emit(f"processes: {', '.join(found.nodes) or 'none runs'}")


def _show_project(one: ProjectStatus) -> None:
    standing = one.standing
    emit(f"{one.project} ({one.tool}): {standing.state}, {standing.waiting:,} deliveries wait")
    emit(f"  last rebuild: {when(standing.built_at)}")
    if standing.state == "failing":
        tried = f"failing since {when(standing.since)} after {standing.attempts:,} attempts"
        emit(f"  {tried}; next {when(standing.next_at)}")
        emit(f"  {standing.message} [{standing.code}]")
        if standing.remedy:
            emit(f"  {standing.remedy}")
    for dataset in one.datasets:
        emit(f"  {line(dataset)}")


def line(one: DatasetVersion) -> str:
    """A version in a line."""
    agreement = "not measurable" if one.agreement is None else f"{one.agreement:.2f}"
    problems = sum(one.problems.values())
    published = "" if one.published else ", no training file"
    return (
        f"{one.dataset} {one.number:04d}: gate {one.gate} ({one.measure} {agreement}, "
        f"threshold {one.threshold}), {one.counts.get('examples', 0):,} examples, "
        f"{problems:,} problems{published}"
    )
