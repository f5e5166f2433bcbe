"""How long to leave a project alone after rebuilds that failed, and how it stands."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from labelwright.problems import ProblemType
from labelwright.service.store.tables import builds, deliveries

LONGEST = 300.0  # seconds between two attempts, however long a tool is away
FIRST = 2.0  # seconds after the first failure; doubled with each one more
LOOKED_AT = 20  # rebuilds; enough to reach the longest pause

LOST = ProblemType(
    "service.rebuild-lost",
    "A rebuild ended without an answer",
    "the service ended, or lost its disk or database, while the rebuild was at work",
    "Nothing is lost: the deliveries that it took up wait for the next rebuild.",
)
NO_FAULT = frozenset((LOST.code, "service.rebuild-died"))  # the tool's doing it was not


class State(Struct):
    """How a project stands. ``state``: new, current, waiting, running or failing.

    ``new``: there was no rebuild yet. ``waiting``: deliveries wait for one. ``code``, ``message`` and
    ``remedy`` say why it is failing ``since`` when, after how many ``attempts``; ``next_at`` is when it
    is tried again. Times are seconds since 1970, None where there is none.
    """

    state: str
    waiting: int = 0
    built_at: float | None = None
    code: str = ""
    message: str = ""
    remedy: str = ""
    since: float | None = None
    attempts: int = 0
    next_at: float | None = None


def state_of(connection: sa.Connection, project: str) -> State:
    """How a project stands."""
    waiting = connection.execute(
        sa.select(sa.func.count()).where(deliveries.c.project == project, deliveries.c.state == "new")
    ).scalar_one()
    last = _last(connection, project)
    done = connection.execute(
        sa.select(sa.func.max(builds.c.ended_at)).where(builds.c.project == project, builds.c.state == "done")
    ).scalar()
    found = State("waiting" if waiting else "current" if done else "new", waiting, done)
    ended = [row for row in last if row.state != "running"]
    if ended and ended[0].state == "failed":
        row = ended[0]
        run = _failures(ended)
        found.state, found.attempts, found.since = "failing", len(run), run[-1].started_at
        found.code, found.message, found.remedy = row.code, row.message, row.remedy
        found.next_at = row.ended_at + pause(len(run))
    if last and last[0].state == "running" and found.state != "failing":
        found.state = "running"
    return found


def wait(connection: sa.Connection, project: str, now: float) -> float:
    """The seconds to leave a project alone from now; 0 if its last rebuild did not fail."""
    ended = [row for row in _last(connection, project) if row.state != "running"]
    run = [row for row in _failures(ended) if row.code not in NO_FAULT]
    if not run:
        return 0.0
    return float(min(max(0.0, run[0].ended_at + pause(len(run)) - now), LONGEST))


def pause(failures: int) -> float:
    """The seconds after so many failures in a row."""
    return float(min(FIRST * 2.0 ** (min(failures, LOOKED_AT) - 1), LONGEST))


def failing(connection: sa.Connection, project: str) -> bool:
    """Whether the last rebuild that ended has failed."""
    ended = [row for row in _last(connection, project) if row.state != "running"]
    return bool(ended) and ended[0].state == "failed"


def _last(connection: sa.Connection, project: str) -> list[Any]:
    columns = (
        builds.c.state, builds.c.code, builds.c.message, builds.c.remedy,
        builds.c.started_at, builds.c.ended_at,
    )  # fmt: skip
    query = sa.select(*columns).where(builds.c.project == project)
    query = query.order_by(builds.c.started_at.desc(), builds.c.id).limit(LOOKED_AT)
    return list(connection.execute(query).all())


def _failures(
    ended: list[Any],
) -> list[Any]:
    run = []
    for row in ended:
        if row.state != "failed":
            break
        run.append(row)
    return run
