"""Looks after what processes that ended left behind: their rebuilds, their rows, their workflows."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa

import labelwright
from labelwright.service.context import Service
from labelwright.service.store.tables import builds, nodes
from labelwright.service.work.patience import LOST
from labelwright.service.work.record import at_work
from labelwright.service.work.workflows import EMBEDDED, QUEUE, Workflows

FORGOTTEN = 120.0  # seconds after which the row of a node that ended without a word goes
ALIVE = 20.0  # seconds after its last sign that a node is taken for dead
SETTLED = 30.0  # seconds that a rebuild is left alone before anybody asks whether it is still going on
KEPT = 3600.0  # seconds that finished workflows are kept; builds tell their history
AT_ONCE = 500
ACTIVE = ("PENDING", "ENQUEUED", "DELAYED")
FINISHED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


def sign(service: Service, node: str) -> None:
    """Say that this process is alive, by the database's clock."""
    with service.database.writing() as connection:
        now = now_of(service, connection)
        row = {"id": node, "version": labelwright.__version__, "started_at": now, "seen_at": now}
        connection.execute(service.database.insert_or(nodes, row, ("id",), {"seen_at": now}))
        connection.execute(nodes.delete().where(nodes.c.seen_at < now - FORGOTTEN))


def sign_off(service: Service, node: str) -> None:
    """Say that this process has ended."""
    with service.database.writing() as connection:
        connection.execute(nodes.delete().where(nodes.c.id == node))


def take_over(service: Service, workflows: Workflows) -> list[str]:
    """Have rebuilds done again whose process is gone, or has lost them; their ids.

    On SQLite there is one process, and it has lost what it does not have in hand: its disk was full when
    it wanted to write an outcome down.
    """
    from dbos import DBOS

    lost = _unattended(service, workflows)
    if lost:
        DBOS.resume_workflows(lost, queue_name=QUEUE)
    return lost


def _unattended(service: Service, workflows: Workflows) -> list[str]:
    from dbos import DBOS

    pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    if not pending:
        return []
    alive = {EMBEDDED} if service.database.embedded else _alive(service)
    here, old = workflows.here(), (time.time() - SETTLED) * 1000
    found = []
    for one in pending:
        dead = one.executor_id not in alive
        mine = one.executor_id == workflows.executor
        dropped = mine and one.workflow_id not in here and (one.updated_at or 0) < old
        if dead or dropped:
            found.append(one.workflow_id)
    return sorted(found)


def _alive(service: Service) -> set[str]:
    """The nodes that gave a sign lately; the others are forgotten."""
    with service.database.writing() as connection:
        now = now_of(service, connection)
        connection.execute(nodes.delete().where(nodes.c.seen_at < now - ALIVE))
        return set(connection.execute(sa.select(nodes.c.id)).scalars())


def close_lost(service: Service) -> list[str]:
    """End the records of rebuilds that nobody does any more; their ids.

    They do not hold up anything: this is for those who look at them.
    """
    query = sa.select(builds.c.id, builds.c.project).where(
        builds.c.state == "running", builds.c.started_at < time.time() - SETTLED
    )
    with service.database.reading() as connection:
        running = connection.execute(query).all()
    active = _active(row.id for row in running)
    lost = []
    for row in running:
        project = service.projects.get(row.project)
        if row.id not in active and (project is None or not at_work(project)):
            lost.append(row.id)
    if lost:
        values = {"code": LOST.code, "message": LOST.message, "remedy": LOST.remedy, "state": "failed"}
        with service.database.writing() as connection:
            connection.execute(
                builds.update()
                .where(builds.c.id.in_(lost), builds.c.state == "running")
                .values(ended_at=time.time(), **values)
            )
    return lost


def _active(ids: Iterable[str]) -> set[str]:
    from dbos import DBOS

    asked = list(ids)
    if not asked:
        return set()
    found = DBOS.list_workflows(workflow_ids=asked, status=list(ACTIVE), load_input=False, load_output=False)
    return {one.workflow_id for one in found}


def forget_finished(now: float | None = None) -> int:
    """Delete the workflow engine's rows of rebuilds that ended a while ago; how many."""
    from dbos import DBOS

    before = datetime.fromtimestamp((time.time() if now is None else now) - KEPT, UTC).isoformat()
    count = 0
    while True:
        found = DBOS.list_workflows(
            status=list(FINISHED), end_time=before, limit=AT_ONCE, load_input=False, load_output=False
        )
        if found:
            DBOS.delete_workflows([one.workflow_id for one in found])
        count += len(found)
        if len(found) < AT_ONCE:
            return count


def now_of(service: Service, connection: sa.Connection) -> float:
    """The time by the clock that all nodes share."""
    if service.database.embedded:
        return time.time()
    return float(connection.execute(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))).scalar_one())
