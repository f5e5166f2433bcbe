"""A line in the log for each rebuild that ended: what it found, what nobody had told, or why it failed."""

from __future__ import annotations

import logging

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from labelwright.service.context import Service
from labelwright.service.store.tables import builds, versions

log = logging.getLogger(__name__)


def log_rebuild(service: Service, build: str) -> None:
    """Tell of a rebuild as it is on record. A database that is away meanwhile has its own lines."""
    try:
        with service.database.reading() as connection:
            row = connection.execute(sa.select(builds).where(builds.c.id == build)).first()
            query = sa.select(versions.c.dataset, versions.c.number).where(versions.c.build == build)
            made = connection.execute(query.order_by(*query.selected_columns)).all()
    except SQLAlchemyError:
        return
    if row is None:  # it left no record: another was at work
        return
    about = f"rebuild of {row.project} ({row.reason})"
    if row.state == "failed":
        log.warning("%s failed: %s [%s]", about, row.message, row.code)
        return
    counts = msgspec.json.decode(row.moved).get("counts", {})
    changed, gone, missed = (counts.get(name, 0) for name in ("changed", "gone", "missed"))
    new = ", ".join(f"{one.dataset} {one.number:04d}" for one in made) or "none"
    log.info("%s done: %d changed, %d gone; new versions: %s", about, changed, gone, new)
    if missed:
        log.warning("%s: %d changes had been missed: no webhook told of them", about, missed)
