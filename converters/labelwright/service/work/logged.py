"""Lines in the log for each rebuild: that it begins, what it found, what was missed, or why it failed."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from labelwright.service.context import Service
from labelwright.service.store.tables import builds, versions

log = logging.getLogger(__name__)


def log_begun(build: str, project: str, reason: str) -> None:
    """A rebuild begins."""
    log.info("rebuild of %s (%s) begins", project, reason, extra={"project": project, "build": build})


def log_rebuild(service: Service, build: str) -> None:
    """Tell of a rebuild as it is on record. A database that is away meanwhile has its own lines."""
    try:
        with service.database.reading() as connection:
            row = connection.execute(sa.select(builds).where(builds.c.id == build)).first()
            query = sa.select(versions).where(versions.c.build == build)
            made = connection.execute(query.order_by(versions.c.dataset, versions.c.number)).all()
    except SQLAlchemyError:
        return
    if row is None:  # it left no record: another was at work
        return
    about, fields = f"rebuild of {row.project} ({row.reason})", {"project": row.project, "build": build}
    if row.state == "failed":
        log.warning("%s failed: %s [%s]", about, row.message, row.code, extra={**fields, "code": row.code})
        return
    counts = msgspec.json.decode(row.moved).get("counts", {})
    changed, gone, missed = (counts.get(name, 0) for name in ("changed", "gone", "missed"))
    new = ", ".join(f"{one.dataset} {one.number:04d}" for one in made) or "none"
    words = "%s done: %d changed, %d gone; new versions: %s"
    log.info(words, about, changed, gone, new, extra=fields)
    if missed:
        words = "%s: %d changes had been missed: no webhook told of them"
        log.warning(words, about, missed, extra=fields)
    for one in made:
        if not one.published:
            _held_back(one, fields)


def _held_back(made: sa.Row[Any], fields: dict[str, str]) -> None:
    words = "%s of %s: version %04d is not published: gate %s, agreement %s, %s asked"
    value, asked = ("none" if v is None else f"{v:.3g}" for v in (made.agreement, made.threshold))
    extra = {**fields, "dataset": made.dataset, "version": made.number}
    log.warning(words, made.dataset, made.project, made.number, made.gate, value, asked, extra=extra)
