"""Reads data sets and their versions, and whether their files still lie where they were put."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import msgspec
import sqlalchemy as sa

from labelwright.service.context import Service
from labelwright.service.page.model import Dataset, File, Version
from labelwright.service.page.read import Row, json_of
from labelwright.service.store.tables import versions
from labelwright.service.work.job import FileMade


def version_folder(service: Service, project: str, dataset: str, number: int) -> Path:
    """Where the files of a version lie."""
    return service.loaded.data / "projects" / project / "datasets" / dataset / "versions" / f"{number:04d}"


def version_path(project: str, dataset: str, number: int) -> str:
    """The address of a version's downloads, below the service's."""
    return f"/projects/{quote(project)}/datasets/{quote(dataset)}/versions/{number}"


def list_versions(
    service: Service,
    connection: sa.Connection,
    project: str,
    dataset: str,
    before: int = 0,
    limit: int = 50,
    number: int = 0,
) -> list[Version]:
    """The newest versions of a data set, those before a number, or one."""
    query = (
        sa.select(versions)
        .where(versions.c.project == project, versions.c.dataset == dataset)
        .order_by(versions.c.number.desc())
        .limit(limit)
    )
    if before:
        query = query.where(versions.c.number < before)
    if number:
        query = query.where(versions.c.number == number)
    return [_version(service, row) for row in connection.execute(query).mappings()]


def list_datasets(service: Service, connection: sa.Connection, project: str = "") -> list[Dataset]:
    """Every configured data set, with its newest version."""
    v = versions.c
    newest = sa.select(v.project, v.dataset, sa.func.max(v.number).label("number")).group_by(
        v.project, v.dataset
    )
    top = newest.subquery()
    query = sa.select(versions).join(
        top, sa.and_(top.c.project == v.project, top.c.dataset == v.dataset, top.c.number == v.number)
    )
    found = {(r["project"], r["dataset"]): _version(service, r) for r in connection.execute(query).mappings()}
    good = connection.execute(newest.where(v.published))
    published = {(name, dataset): number for name, dataset, number in good}
    return [
        Dataset(name, dataset, found.get((name, dataset)), published.get((name, dataset)))
        for name, one in service.projects.items()
        if project in ("", name)
        for dataset in sorted(one.config.datasets)
    ]


def _version(service: Service, row: Row) -> Version:
    project, dataset, number = row["project"], row["dataset"], row["number"]
    base = version_path(project, dataset, number)
    try:
        made = msgspec.json.decode(row["files"], type=list[FileMade])
    except msgspec.DecodeError:
        made = []
    files = [File(f.name, f.size, f.sha256, f"{base}/files/{quote(f.name)}") for f in made]
    return Version(
        **{k: v for k, v in row.items() if k not in ("counts", "problems", "files")},
        kept=version_folder(service, project, dataset, number).is_dir(),
        counts=json_of(row["counts"], dict[str, int]) if row["counts"] else {},
        problems=json_of(row["problems"], dict[str, int]) if row["problems"] else {},
        files=files,
        archive=f"{base}/archive.zip",
    )
