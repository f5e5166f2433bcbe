"""Reads the tables. Every function takes a connection, so that what is shown together belongs together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from labelwright.service.page.model import Build, Delivery, Event, Send
from labelwright.service.store.tables import builds, deliveries, events, sends

Row = Mapping[Any, Any]
_DELIVERY = [c for c in deliveries.c if c.name not in ("body", "key")]
_SEND = [*(c for c in sends.c if c.name != "held_until"), events.c.project, events.c.type, events.c.at]


def list_deliveries(
    connection: sa.Connection, project: str = "", state: str = "", before: int = 0, limit: int = 50
) -> list[Delivery]:
    """The newest deliveries, or those before an id."""
    # An index holds what chooses them; the rows themselves, with bodies, are read for those alone.
    chosen = sa.select(deliveries.c.id).order_by(deliveries.c.id.desc()).limit(limit)
    chosen = _only(chosen, {deliveries.c.project: project, deliveries.c.state: state})
    if before:
        chosen = chosen.where(deliveries.c.id < before)
    ids = list(connection.execute(chosen).scalars())
    query = sa.select(*_DELIVERY).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id.desc())
    return [_delivery(row) for row in connection.execute(query).mappings()]


def one_delivery(connection: sa.Connection, number: int) -> Delivery | None:
    """A delivery by its id."""
    found = connection.execute(sa.select(*_DELIVERY).where(deliveries.c.id == number)).mappings().first()
    return None if found is None else _delivery(found)


def list_builds(
    connection: sa.Connection, project: str = "", state: str = "", before: str = "", limit: int = 50
) -> list[Build]:
    """The newest rebuilds, or those before one."""
    query = sa.select(builds).order_by(builds.c.started_at.desc(), builds.c.id.desc()).limit(limit)
    query = _only(query, {builds.c.project: project, builds.c.state: state})
    if before:
        query = query.where(_earlier(builds.c.started_at, builds.c.id, before))
    return [_build(row) for row in connection.execute(query).mappings()]


def list_events(
    connection: sa.Connection, project: str = "", before: str = "", limit: int = 50
) -> list[Event]:
    """The newest events, or those before one."""
    query = sa.select(events).order_by(events.c.at.desc(), events.c.id.desc()).limit(limit)
    query = _only(query, {events.c.project: project})
    if before:
        query = query.where(_earlier(events.c.at, events.c.id, before))
    return [
        Event(row["id"], row["project"], row["type"], row["at"], json_of(row["data"], dict))
        for row in connection.execute(query).mappings()
    ]


def list_sends(
    connection: sa.Connection, project: str = "", state: str = "", event: str = "", limit: int = 50
) -> list[Send]:
    """What is to be sent, or was: of the newest events first."""
    query = (
        sa.select(*_SEND)
        .join(events, events.c.id == sends.c.event)
        .order_by(events.c.at.desc(), sends.c.event.desc(), sends.c.target)
        .limit(limit)
    )
    query = _only(query, {events.c.project: project, sends.c.state: state, sends.c.event: event})
    return [Send(**row) for row in connection.execute(query).mappings()]


def sends_of(connection: sa.Connection, of: Iterable[str]) -> list[Send]:
    """What is to be sent, or was, of some events; by target."""
    query = sa.select(*_SEND).join(events, events.c.id == sends.c.event).order_by(sends.c.target)
    query = query.where(sends.c.event.in_(list(of)))
    return [Send(**row) for row in connection.execute(query).mappings()]


def waiting(connection: sa.Connection, projects: Iterable[str]) -> dict[str, tuple[int, float]]:
    """How many deliveries no rebuild has taken up, and when the oldest came, by project."""
    query = (
        sa.select(deliveries.c.project, sa.func.count(), sa.func.min(deliveries.c.received_at))
        .where(deliveries.c.project.in_(list(projects)), deliveries.c.state == "new")
        .group_by(deliveries.c.project)
    )
    return {project: (count, since) for project, count, since in connection.execute(query)}


def count_sends(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """How many sends there are that are not done, by project and state."""
    query = (
        sa.select(events.c.project, sends.c.state, sa.func.count())
        .join(events, events.c.id == sends.c.event)
        .where(sends.c.state != "sent")
        .group_by(events.c.project, sends.c.state)
    )
    return {(project, state): count for project, state, count in connection.execute(query)}


def _only(query: sa.Select[Any], wanted: Mapping[sa.Column[Any], str]) -> sa.Select[Any]:
    for column, value in wanted.items():
        if value:
            query = query.where(column == value)
    return query


def _earlier(at: sa.Column[Any], key: sa.Column[Any], before: str) -> Any:
    """Rows that come after the one with the key ``before`` in a list with the newest first."""
    mark = sa.select(at).where(key == before).scalar_subquery()
    return sa.or_(at < mark, sa.and_(at == mark, key < before))


def _delivery(row: Row) -> Delivery:
    return Delivery(**{**row, "items": _strings(row["items"])})


def _build(row: Row) -> Build:
    moved = json_of(row["moved"], dict)
    given: dict[str, Any] = {k: v for k, v in row.items() if k not in ("moved", "missed")}
    lists: dict[str, Any] = {name: _strings(moved.get(name, [])) for name in ("changed", "gone")}
    lists["missed"] = _strings(row["missed"])
    counted = moved.get("counts", {})
    counts: dict[str, Any] = {
        f"{name}_count": max(len(ids), counted.get(name, 0)) for name, ids in lists.items()
    }
    return Build(**given, **lists, **counts)


def _strings(found: Any) -> list[str]:
    values = json_of(found, list) if isinstance(found, str) else found
    return [str(value) for value in values]


def json_of(text: str, kind: Any) -> Any:
    """What a column holds; nothing where it holds something else."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError:
        return kind()
