"""A rebuild for a command: done here and now, whether the service runs or not."""

from __future__ import annotations

import time
import uuid

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from labelwright.problems import DataError
from labelwright.service.context import Project, Service
from labelwright.service.store.tables import builds
from labelwright.service.work import found as f
from labelwright.service.work.process import Running
from labelwright.service.work.record import begin, finish, recorded
from labelwright.state.versions import VersionStore

PATIENCE = 600.0  # seconds that another rebuild of the same project is waited for
GRACE = 2.0  # seconds in which a delivery may still come for what moved just now


class Reconciled(Struct):
    """What a reconciliation found. ``missed``: ids that moved and no delivery named, ``count`` of them."""

    project: str
    build: str
    state: str
    changed: int = 0
    gone: int = 0
    count: int = 0
    missed: list[str] = []
    code: str = ""
    message: str = ""
    remedy: str = ""


def reconcile(service: Service, project: Project, patience: float = PATIENCE) -> Reconciled:
    """Compare a project with its tool and bring its data sets up to date.

    Waits for another rebuild to end. Raises ``DataError`` if it takes too long.
    """
    build = f"reconcile-{uuid.uuid4()}"
    # Held throughout: another rebuild in between would be the one that says what had been missed.
    with VersionStore(project.folder).locked(patience) as lock:
        begin(service, build, project.name, "reconcile", time.time(), held=True)
        done = Running().run(service, project, build, recorded(service, project.name), lock)
        if done.failed is None and _something_moved(project):
            time.sleep(GRACE)
        state = finish(service, build, project.name, done, time.time(), held=True)
    with service.database.reading() as connection:
        row = connection.execute(sa.select(builds).where(builds.c.id == build)).one()
    counts = msgspec.json.decode(row.moved).get("counts", {})
    return Reconciled(
        project.name, build, state, counts.get("changed", 0), counts.get("gone", 0),
        counts.get("missed", 0), msgspec.json.decode(row.missed), row.code, row.message, row.remedy,
    )  # fmt: skip


def attempt(service: Service, project: Project, patience: float = PATIENCE) -> Reconciled:
    """As ``reconcile``; what keeps one project from it is told in its place, and keeps no other from it."""
    try:
        return reconcile(service, project, patience)
    except DataError as error:
        found = error.problem
        return Reconciled(
            project.name, "", "failed", code=found.code, message=found.message, remedy=found.remedy
        )


def _something_moved(project: Project) -> bool:
    now, known = f.load(project.folder, f.FOUND), f.load(project.folder, f.KNOWN)
    return now is not None and known is not None and now.contents != known.contents
