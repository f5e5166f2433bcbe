"""What people may ask for on the page and by the API. All of it may be asked twice."""

from __future__ import annotations

import time

import sqlalchemy as sa

from labelwright.service.answers import Refused
from labelwright.service.context import Service
from labelwright.service.page.model import Asked
from labelwright.service.page.read import one_delivery
from labelwright.service.store.tables import deliveries, events, sends

HIGHEST = 2**63 - 1  # what a database takes for an id


def rebuild(service: Service, project: str) -> Asked:
    """Have a project rebuilt now. Raises ``Refused``."""
    _ask(service, project, "demand")
    return Asked(project, "rebuild")


def reconcile(service: Service, project: str) -> Asked:
    """Have a project compared with its tool now. Raises ``Refused``."""
    _ask(service, project, "reconcile")
    return Asked(project, "reconcile")


def replay(service: Service, delivery: int) -> Asked:
    """Put a delivery back among those that wait, and have its project rebuilt. Raises ``Refused``."""
    if delivery > HIGHEST:
        raise Refused(404)
    with service.database.writing() as connection:
        found = one_delivery(connection, delivery)
        if found is None or found.project not in service.projects:
            raise Refused(404)
        connection.execute(
            deliveries.update()
            .where(deliveries.c.id == delivery, deliveries.c.state != "new")
            .values(state="new", build="", done_at=None)
        )
    _ask(service, found.project, "replay")
    return Asked(found.project, "replay")


def revive(service: Service, event: str, target: str) -> Asked:
    """Have an event sent again that was given up. Raises ``Refused``."""
    with service.database.writing() as connection:
        project = connection.execute(sa.select(events.c.project).where(events.c.id == event)).scalar()
        this = sa.and_(sends.c.event == event, sends.c.target == target)
        if project is None or connection.execute(sa.select(sends.c.event).where(this)).first() is None:
            raise Refused(404)
        done = connection.execute(
            sends.update()
            .where(this, sends.c.state == "dead")
            .values(state="waiting", attempts=0, next_at=time.time(), held_until=0.0, status=0, error="")
        )
        if done.rowcount == 0:
            raise Refused(409, "It was not given up: it waits or was sent.")
    return Asked(str(project), "revive")


def _ask(service: Service, project: str, reason: str) -> None:
    if project not in service.projects:
        raise Refused(404)
    workflows = service.extra.get("workflows")
    if workflows is None:
        raise Refused(503, "This process does no rebuilds.")
    workflows.ask(project, reason, 0.0)
