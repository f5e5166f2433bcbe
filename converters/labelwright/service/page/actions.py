"""What people may ask for on the page and by the API. All of it may be asked twice."""

from __future__ import annotations

import time

import sqlalchemy as sa

from labelwright.service.answers import Refused
from labelwright.service.context import Service
from labelwright.service.notify import outbox
from labelwright.service.page.model import Asked
from labelwright.service.store.tables import events, sends
from labelwright.service.work.overview import put_back


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
    project = put_back(service, delivery)
    _ask(service, project, "replay")
    return Asked(project, "replay")


def revive(service: Service, event: str, target: str) -> Asked:
    """Have an event sent again that was given up. Raises ``Refused``."""
    this = sa.and_(sends.c.event == event, sends.c.target == target)
    with service.database.reading() as connection:
        known = sa.select(events.c.project).join(sends, sends.c.event == events.c.id).where(this)
        project = connection.execute(known).scalar()
    if project is None:
        raise Refused(404)
    if not outbox.revive(service.database, time.time(), event, target):
        raise Refused(409, "It was not given up: it waits or was sent.")
    return Asked(str(project), "revive")


def revive_all(service: Service, project: str) -> Asked:
    """Have everything of a project sent again that was given up. Raises ``Refused``."""
    if project not in service.projects:
        raise Refused(404)
    outbox.revive(service.database, time.time(), project=project)
    return Asked(project, "revive-all")


def _ask(service: Service, project: str, reason: str) -> None:
    if project not in service.projects:
        raise Refused(404)
    workflows = service.extra.get("workflows")
    if workflows is None:
        raise Refused(503, "This process does no rebuilds.")
    workflows.ask(project, reason, 0.0)
