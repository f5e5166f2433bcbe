"""How long to leave a project alone after rebuilds that failed, and how it stands."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from labelwright.problems import ProblemType
from labelwright.service.store.tables import builds, deliveries

LONGEST = 300.0  # seconds between two attempts, however long a tool is away
FIRST = 2.0  # seconds after the first failure; doubled with each one more

LOST = ProblemType(
    "service.rebuild-lost",
    "A rebuild ended without an answer",
    "the service ended, or lost its disk or database, while the rebuild was at work",
    "Nothing is lost: the deliveries that it took up wait for the next rebuild.",
)


class State(Struct):
    """How a project stands. ``state``: new, current, waiting, running or failing.

    ``new``: there was no rebuild yet. ``waiting``: deliveries wait for one. ``code``, ``message`` and
    ``remedy`` say why it is failing, ``since`` the first of its ``attempts`` since one was done;
    ``next_at`` is when it is tried again. Times are seconds since 1970, None where there is none.
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
    failure = _failure(connection, project)
    if failure is not None:
        row, found.attempts, found.since = failure
        found.state, found.code, found.message, found.remedy = "failing", row.code, row.message, row.remedy
        found.next_at = row.ended_at + _pause_after(connection, project)
    elif last is not None and last.state == "running":
        found.state = "running"
    return found


def wait(connection: sa.Connection, project: str, now: float) -> float:
    """The seconds to leave a project alone from now; 0 if its last rebuild did not fail."""
    failure = _failure(connection, project)
    if failure is None:
        return 0.0
    until = failure[0].ended_at + _pause_after(connection, project)
    return float(min(max(0.0, until - now), LONGEST))


def failing(connection: sa.Connection, project: str) -> bool:
    """Whether the last rebuild that ended has failed."""
    return _failure(connection, project) is not None


def pause(failures: int) -> float:
    """The seconds after so many failures in a row."""
    return float(min(FIRST * 2.0 ** (min(failures, 60) - 1), LONGEST)) if failures else 0.0


def _pause_after(connection: sa.Connection, project: str) -> float:
    """A rebuild that was lost is no fault of the tool's, nor of the data."""
    count = connection.execute(
        sa.select(sa.func.count()).where(*_since_done(project), builds.c.code != LOST.code)
    ).scalar_one()
    return pause(count)


def _failure(connection: sa.Connection, project: str) -> tuple[Any, int, float] | None:
    """The last rebuild if it failed, how many have since one was done, and when the first of them began."""
    row = _last(connection, project, builds.c.state != "running")
    if row is None or row.state != "failed":
        return None
    query = sa.select(sa.func.count(), sa.func.min(builds.c.started_at)).where(*_since_done(project))
    count, since = connection.execute(query).one()
    return row, count, since


def _since_done(project: str) -> tuple[Any, ...]:
    """The failures behind the last rebuild that was done."""
    done = sa.select(sa.func.max(builds.c.started_at))
    done = done.where(builds.c.project == project, builds.c.state == "done")
    later = builds.c.started_at > sa.func.coalesce(done.scalar_subquery(), -1.0)
    return builds.c.project == project, builds.c.state == "failed", later


def _last(connection: sa.Connection, project: str, *which: Any) -> Any:
    query = sa.select(builds).where(builds.c.project == project, *which)
    return connection.execute(query.order_by(builds.c.started_at.desc(), builds.c.id).limit(1)).first()
