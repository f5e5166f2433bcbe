"""``/metrics``: what the service counts, for Prometheus."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from labelwright.service.context import Service
from labelwright.service.store.tables import builds, deliveries, nodes, sends, versions

log = logging.getLogger(__name__)

Values = dict[str, Mapping[tuple[str, ...], float]]


def routes(service: Service) -> list[BaseRoute]:
    """One route."""

    async def metrics(request: Request) -> Response:
        del request
        page = await run_in_threadpool(lambda: service.metrics.show(now(service)))
        return Response(page, headers={"Content-Type": service.metrics.content_type})

    return [Route("/metrics", metrics, methods=["GET"])]


def now(service: Service) -> Values:
    """The gauges; those of the database are left out when it does not answer."""
    values: Values = {"inbox_waiting": {(): service.inbox.waiting}, "database_up": {(): 1.0}}
    try:
        with service.database.reading() as connection:
            return values | _stored(connection, time.time()) | _failing(service, connection)
    except sa.exc.SQLAlchemyError as error:
        log.warning("the database did not answer for the metrics: %s", type(error).__name__)
        return values | {"database_up": {(): 0.0}}


def _stored(connection: sa.Connection, moment: float) -> Values:
    oldest = connection.execute(
        sa.select(sa.func.min(deliveries.c.last_at)).where(deliveries.c.state == "new")
    ).scalar()
    newest = sa.select(
        versions.c.project, versions.c.dataset, sa.func.max(versions.c.number).label("number")
    ).group_by(versions.c.project, versions.c.dataset)
    of = newest.subquery()
    made = connection.execute(
        sa.select(
            versions.c.project,
            versions.c.dataset,
            versions.c.number,
            versions.c.agreement,
            versions.c.published,
        ).join(
            of,
            sa.and_(
                versions.c.project == of.c.project,
                versions.c.dataset == of.c.dataset,
                versions.c.number == of.c.number,
            ),
        )
    ).all()
    return {
        "queue": _counted(connection, deliveries.c.state),
        "queue_age_seconds": {(): max(0.0, moment - oldest) if oldest is not None else 0.0},
        "rebuilds": _counted(connection, builds.c.state),
        "sends": _counted(connection, sends.c.target, sends.c.state),
        "agreement": {(r.project, r.dataset): r.agreement for r in made if r.agreement is not None},
        "version": {(r.project, r.dataset): float(r.number) for r in made},
        "version_published": {(r.project, r.dataset): float(r.published) for r in made},
        "nodes": _counted(connection, of=nodes),
    }


def _failing(service: Service, connection: sa.Connection) -> Values:
    """Whether the last rebuild that ended failed, for every project that has had one."""
    found: dict[tuple[str, ...], float] = {}
    for name in service.projects:
        last = (
            sa.select(builds.c.state)
            .where(builds.c.project == name, builds.c.state != "running")
            .order_by(builds.c.started_at.desc(), builds.c.id.desc())
            .limit(1)
        )
        state = connection.execute(last).scalar()
        if state is not None:
            found[(name,)] = float(state == "failed")
    return {"project_failing": found}


def _counted(
    connection: sa.Connection, *by: sa.Column[str], of: sa.Table | None = None
) -> dict[tuple[str, ...], float]:
    table = by[0].table if of is None else of
    statement = sa.select(*by, sa.func.count().label("n")).select_from(table).group_by(*by)
    return {tuple(map(str, row[:-1])): float(row[-1]) for row in connection.execute(statement)}
