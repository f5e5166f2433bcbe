"""How everything stands, for commands and whoever else asks: read from the record, in one go."""

from __future__ import annotations

import time

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from labelwright.service.context import Project, Service
from labelwright.service.store.tables import deliveries, nodes, sends, versions
from labelwright.service.work.adopt import notices
from labelwright.service.work.job import FileMade
from labelwright.service.work.patience import State, state_of
from labelwright.service.work.tending import ALIVE, now_of
from labelwright.state.versions import VersionStore

HIGHEST = 2**63 - 1  # what a database takes for an id


class DatasetVersion(Struct):
    """A version of a data set as it is on record."""

    dataset: str
    number: int
    created_at: float
    published: bool
    gate: str
    measure: str
    agreement: float | None
    threshold: float | None
    counts: dict[str, int]
    problems: dict[str, int]
    files: list[FileMade]
    path: str
    latest: bool = False


class ProjectStatus(Struct):
    """A project: how it stands, and the newest version of each of its data sets."""

    project: str
    tool: str
    standing: State
    datasets: list[DatasetVersion]


class Sends(Struct):
    """How many events wait to be sent, and how many were given up."""

    waiting: int
    dead: int


class Overview(Struct):
    """The whole service. ``nodes``: processes that gave a sign lately; ``notices``: what all should know."""

    projects: list[ProjectStatus]
    deliveries: dict[str, int]
    sends: Sends
    nodes: list[str]
    notices: list[str] = []


def overview(service: Service) -> Overview:
    """Everything at a glance."""
    with service.database.reading() as connection:
        projects = [
            ProjectStatus(name, project.config.tool, state_of(connection, name), _newest(connection, project))
            for name, project in service.projects.items()
        ]
        counted = dict(_counted(connection, deliveries.c.state))
        told = dict(_counted(connection, sends.c.state))
        since = now_of(service, connection) - ALIVE
        alive = connection.execute(sa.select(nodes.c.id).where(nodes.c.seen_at >= since).order_by(nodes.c.id))
        waiting = Sends(told.get("waiting", 0), told.get("dead", 0))
        return Overview(projects, counted, waiting, list(alive.scalars()), notices(connection, time.time()))


def dataset_versions(service: Service, project: Project, dataset: str = "") -> list[DatasetVersion]:
    """The versions on record of a project's data sets, by name, the newest first."""
    with service.database.reading() as connection:
        return _versions(connection, project, dataset)


def put_back(service: Service, delivery: int) -> str:
    """Make a delivery new again, so that a rebuild takes it up; its project, empty if there is none."""
    if not 0 < delivery <= HIGHEST:
        return ""
    with service.database.writing() as connection:
        project = connection.execute(
            sa.select(deliveries.c.project).where(deliveries.c.id == delivery)
        ).scalar()
        if project not in service.projects:
            return ""
        connection.execute(
            deliveries.update().where(deliveries.c.id == delivery).values(state="new", build="", done_at=None)
        )
        return str(project)


def _counted(connection: sa.Connection, column: sa.Column[str]) -> list[tuple[str, int]]:
    rows = connection.execute(sa.select(column, sa.func.count()).group_by(column).order_by(column))
    return [(state, count) for state, count in rows]


def _newest(connection: sa.Connection, project: Project) -> list[DatasetVersion]:
    found: dict[str, DatasetVersion] = {}
    for one in _versions(connection, project, ""):
        found.setdefault(one.dataset, one)
    return list(found.values())


def _versions(connection: sa.Connection, project: Project, dataset: str) -> list[DatasetVersion]:
    query = sa.select(versions).where(versions.c.project == project.name)
    if dataset:
        query = query.where(versions.c.dataset == dataset)
    rows = connection.execute(query.order_by(versions.c.dataset, versions.c.number.desc())).all()
    return [_version(project, row) for row in rows]


def _version(project: Project, row: sa.Row[tuple[object, ...]]) -> DatasetVersion:
    values = dict(row._mapping)
    store = VersionStore(project.folder / "datasets" / values["dataset"])
    folder = store.folder(values["number"])
    return DatasetVersion(
        **{name: values[name] for name in _PLAIN},
        counts=msgspec.json.decode(values["counts"]),
        problems=msgspec.json.decode(values["problems"]),
        files=msgspec.json.decode(values["files"], type=list[FileMade]),
        path=str(folder),
        latest=store.latest() == folder,
    )


_PLAIN = (
    "dataset", "number", "created_at", "published", "gate", "measure", "agreement", "threshold",
)  # fmt: skip
