"""After a backup was restored: looks at every project once, since the tools have gone on meanwhile."""

from __future__ import annotations

import sqlalchemy as sa

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.store.restore import RESTORED
from labelwright.service.store.tables import meta

EVERY = 3600.0  # seconds; what matters is the first round


def _run(service: Service) -> None:
    chosen = meta.c.key == RESTORED
    with service.database.reading() as connection:
        if connection.execute(sa.select(meta.c.value).where(chosen)).first() is None:
            return
    for name in service.projects:
        service.extra["workflows"].ask(name, "reconcile", 0.0)
    with service.database.writing() as connection:
        connection.execute(meta.delete().where(chosen))


loop = Loop("restored", lambda service: EVERY, _run)
