"""Records a rebuild: what it took up, what came of it, what is to be told. Each in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from labelwright.problems import DataError, Problem
from labelwright.service.context import Project, Service
from labelwright.service.store.tables import builds, deliveries, versions
from labelwright.service.work import found as f
from labelwright.service.work import reasons
from labelwright.service.work.happenings import Happenings
from labelwright.service.work.job import Done, VersionMade
from labelwright.service.work.made import row_of
from labelwright.state.versions import LOCKED, VersionStore

BUSY, GONE = "busy", "gone"  # why a rebuild does not begin
LISTED = 1000  # ids of a kind that a record names; all are counted
SHORT, LONG = 0.5, 5.0  # seconds that another's hold of the project is waited for
LATE = 30.0  # seconds that a delivery may come behind the rebuild which saw its change already


def begin(service: Service, build: str, project: str, reason: str, now: float, held: bool = False) -> str:
    """Take up every new delivery of the project. Doing it again takes up what came since, too.

    ``held``: the caller keeps others out of the project.

    Returns why the rebuild cannot begin, or nothing: ``busy`` if another is at work on the project,
    ``gone`` if it is not configured (any more). Neither leaves a trace.
    """
    found = service.projects.get(project)
    if found is None:
        return GONE
    with contextlib.nullcontext(True) if held else _mine(found, SHORT) as mine:
        if not mine:
            return BUSY
        _settle(service, found)
        with service.database.writing() as connection:
            taken = connection.execute(
                deliveries.update()
                .where(deliveries.c.project == project, deliveries.c.state == "new")
                .values(build=build)
            ).rowcount
            before = connection.execute(sa.select(builds.c.reason).where(builds.c.id == build)).scalar()
            why = reasons.joined(*reasons.apart(before or ""), *reasons.taken(connection, project), reason)
            row = {
                "id": build, "project": project, "reason": why, "started_at": now, "ended_at": None,
                "state": "running", "code": "", "message": "", "remedy": "", "deliveries": taken,
                "moved": "{}", "missed": "[]",
            }  # fmt: skip
            again = {"deliveries": taken, "reason": why, "state": "running", "ended_at": None}
            connection.execute(service.database.insert_or(builds, row, ("id",), again))
    return ""


def unable(service: Service, build: str, project: str, reason: str, problem: Problem, now: float) -> str:
    """Record a rebuild that could not even begin; its state. Deliveries wait for the next one."""
    with service.database.writing() as connection:
        why = reasons.joined(*reasons.taken(connection, project), reason)
        row = {
            "id": build, "project": project, "reason": why, "started_at": now, "ended_at": now,
            "state": "failed", "code": problem.code, "message": f"{problem.place}: {problem.message}",
            "remedy": problem.remedy, "deliveries": 0, "moved": "{}", "missed": "[]",
        }  # fmt: skip
        connection.execute(service.database.insert_or(builds, row, ("id",), row))
    return "failed"


def recorded(service: Service, project: str) -> dict[str, int]:
    """The newest version on record of each data set."""
    query = (
        sa.select(versions.c.dataset, sa.func.max(versions.c.number))
        .where(versions.c.project == project)
        .group_by(versions.c.dataset)
    )
    with service.database.reading() as connection:
        return {dataset: number for dataset, number in connection.execute(query)}


def finish(service: Service, build: str, project: str, done: Done, now: float, held: bool = False) -> str:
    """Record what came of it; the state of the rebuild: done, failed, or busy, which leaves no record."""
    if done.failed is not None:
        return _failed(service, build, done, now)
    found = service.projects.get(project)
    if found is None:
        return GONE
    with contextlib.nullcontext(True) if held else _mine(found, LONG) as mine:
        # Another that is at work meanwhile compares with what was known before this one: it will say
        # what moved, for both.
        seen = f.load(found.folder, f.FOUND) if mine else None
        if seen is not None and seen.build != build:
            seen = None
        with service.database.writing() as connection:
            _record(service, connection, build, found, done, seen, now)
        if seen is not None:
            f.save(found.folder, f.KNOWN, seen)
    return "done"


def _failed(service: Service, build: str, done: Done, now: float) -> str:
    told = done.failed
    assert told is not None
    with service.database.writing() as connection:
        if told.busy:
            row = connection.execute(sa.select(builds).where(builds.c.id == build)).first()
            connection.execute(builds.delete().where(builds.c.id == build))
            if row is not None:  # whoever comes later has the same reasons
                reasons.give_back(service.database, connection, row.project, row.reason, row.started_at)
            return BUSY
        values = {"code": told.code, "message": told.message, "remedy": told.remedy}
        connection.execute(
            builds.update().where(builds.c.id == build).values(ended_at=now, state="failed", **values)
        )
    return "failed"


def _record(
    service: Service, connection: sa.Connection, build: str, project: Project, done: Done,
    seen: f.Found | None, now: float,
) -> None:  # fmt: skip
    heard = _heard(connection, build, project.name)
    named = {name for names, _ in heard for name in names}
    connection.execute(
        deliveries.update()
        .where(deliveries.c.build == build, deliveries.c.state == "new")
        .values(state="done", done_at=now)
    )
    values: dict[str, Any] = {"ended_at": now, "state": "done", "code": "", "message": "", "remedy": ""}
    told = Happenings(service.database, connection, project.name, build, now)
    if seen is not None:
        known = f.load(project.folder, f.KNOWN)
        values |= _moved(known, seen, named)
        told.items(seen, known is None, project.config.annotators)
    _hear_late(connection, project.name, build, heard)
    connection.execute(builds.update().where(builds.c.id == build).values(**values))
    for made in done.versions:
        _version(service, connection, build, project.name, made, now)
        told.version(made)
    # It knows nothing of those that others made behind it: after a kill this may be done late, or again.
    began = sa.select(builds.c.started_at).where(builds.c.id == build).scalar_subquery()
    later = sa.select(builds.c.id).where(builds.c.project == project.name, builds.c.started_at > began)
    for dataset, kept in done.kept.items():
        own = (versions.c.project == project.name, versions.c.dataset == dataset)
        gone = (versions.c.number.not_in(kept), versions.c.build.not_in(later))
        connection.execute(versions.delete().where(*own, *gone))
    told.write(service.loaded.config.notify)


def _moved(known: f.Found | None, seen: f.Found, named: set[str]) -> dict[str, str]:
    """What a record says of the items that moved since the last record."""
    moved = f.moved(known.contents if known else {}, seen.contents)
    missed = f.unheard(moved.all, named) if known is not None else []
    counts = {"changed": len(moved.changed), "gone": len(moved.gone), "missed": len(missed)}
    listed = {"changed": moved.changed[:LISTED], "gone": moved.gone[:LISTED], "counts": counts}
    return {
        "moved": msgspec.json.encode(listed).decode(),
        "missed": msgspec.json.encode(missed[:LISTED]).decode(),
    }


def _heard(connection: sa.Connection, build: str, project: str) -> list[tuple[set[str], float]]:
    """What the deliveries name that this rebuild took up, or that came while it was at work; and when."""
    query = sa.select(deliveries.c["items"], deliveries.c.last_at).where(
        deliveries.c.project == project,
        sa.or_(deliveries.c.build == build, deliveries.c.state == "new"),
    )
    return [(set(msgspec.json.decode(names)), at) for names, at in connection.execute(query).all()]


def _hear_late(
    connection: sa.Connection, project: str, build: str, heard: list[tuple[set[str], float]]
) -> None:
    """Take back what rebuilds before this one called missed and a delivery named right behind them.

    Tools send after they have stored, so a rebuild can see a change before it is told of it.
    """
    first = min((at for _, at in heard), default=None)
    if first is None:
        return
    query = sa.select(builds.c.id, builds.c.missed, builds.c.moved, builds.c.ended_at).where(
        builds.c.project == project,
        builds.c.id != build,
        builds.c.ended_at > first - LATE,
        builds.c.missed != "[]",
    )
    for other, missed, moved, ended in connection.execute(query).all():
        named = {name for names, at in heard if at < ended + LATE for name in names}
        before: list[str] = msgspec.json.decode(missed)
        left = f.unheard(before, named)
        if len(left) == len(before):
            continue
        listed = msgspec.json.decode(moved)
        listed["counts"]["missed"] -= listed["counts"]["missed"] if "*" in named else len(before) - len(left)
        values = {"missed": msgspec.json.encode(left).decode(), "moved": msgspec.json.encode(listed).decode()}
        connection.execute(builds.update().where(builds.c.id == other).values(**values))


def _version(
    service: Service, connection: sa.Connection, build: str, project: str, made: VersionMade, now: float
) -> None:
    """Enter a version; one of that number that is there already gives way to what lies on disk."""
    row, key = row_of(project, build, made, now), ("project", "dataset", "number")
    told = {name: value for name, value in row.items() if name not in (*key, "build", "created_at")}
    connection.execute(service.database.insert_or(versions, row, key, told))


def _settle(service: Service, project: Project) -> None:
    """What was found is known, if its record was committed before its file could say so."""
    seen = f.load(project.folder, f.FOUND)
    if seen is None:
        return
    known = f.load(project.folder, f.KNOWN)
    if known is not None and known.build == seen.build:
        return
    with service.database.reading() as connection:
        row = connection.execute(
            sa.select(builds.c.state, builds.c.moved).where(builds.c.id == seen.build)
        ).first()
    if row is not None and row.state == "done" and row.moved != "{}":
        f.save(project.folder, f.KNOWN, seen)


@contextlib.contextmanager
def _mine(project: Project, patience: float) -> Iterator[bool]:
    """Whether nobody else is at work on the project; nobody can be until the block ends.

    Others look now and then whether somebody is, for a moment: hence some patience.
    """
    with contextlib.ExitStack() as stack:
        mine = True
        try:
            stack.enter_context(VersionStore(project.folder).locked(patience))
        except DataError as error:
            if error.problem.code != LOCKED.code:
                raise
            mine = False
        yield mine


def at_work(project: Project) -> bool:
    """Whether somebody is at work on the project now."""
    with _mine(project, 0.0) as mine:
        return not mine
