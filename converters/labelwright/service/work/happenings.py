"""What there is to tell after a rebuild: events of our own, each once, written with the record itself.

Their data hold ids, numbers and pseudonyms, never names, e-mails or what anybody answered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from labelwright.service.config.model import NotifyConfig
from labelwright.service.store.database import Database
from labelwright.service.store.tables import events, items, meta, sends
from labelwright.service.work.found import Found
from labelwright.service.work.job import VersionMade

COMPLETE, BATCH = "item.complete", "batch.complete"
BELOW_GATE, GOLD, PUBLISHED = "agreement.below-gate", "gold.target-missed", "dataset.published"
FAILED = "failed"  # the gate's word
AT_FIRST = 100  # complete items of a project's first rebuild that are told one by one; else the batch alone


class Event(msgspec.Struct, frozen=True):
    """One thing to tell. The same happening has the same key."""

    type: str
    key: str
    data: dict[str, Any]


class Standing(msgspec.Struct):
    """What was told last, so that what lasts is told once: by data set, its gate and who misses the gold."""

    batch: bool = False
    gates: dict[str, str] = {}
    gold: dict[str, list[str]] = {}


class Happenings:
    """What happened to one project in one rebuild; writes into the transaction of its record."""

    def __init__(
        self, database: Database, connection: sa.Connection, project: str, build: str, now: float
    ) -> None:
        """Read what was told last."""
        self._database, self._connection = database, connection
        self._project, self._build, self._now = project, build, now
        self._standing_key = f"standing:{project}"
        row = connection.execute(sa.select(meta.c.value).where(meta.c.key == self._standing_key)).scalar()
        self._standing = msgspec.json.decode(row, type=Standing) if row else Standing()
        self._events: list[Event] = []

    def items(self, found: Found, first: bool, annotators: int) -> None:
        """Items that have become complete, and the batch when its last one has."""
        known = self._complete()
        now = set(found.complete)
        fresh, lost = sorted(now - known), sorted(known - now)
        for chunk in _chunks(lost):
            self._connection.execute(
                items.delete().where(items.c.project == self._project, items.c.item.in_(chunk))
            )
        if fresh:
            rows = [{"project": self._project, "item": item, "complete": True} for item in fresh]
            self._connection.execute(items.insert(), rows)
        if not first or len(fresh) <= AT_FIRST:
            for item in fresh:
                data = {"project": self._project, "item": item, "annotators": annotators}
                self._add(COMPLETE, f"{item}:{self._build}", data)
        whole = bool(now) and len(now) == found.items
        if whole and not self._standing.batch:
            data = {"project": self._project, "items": found.items, "annotators": annotators}
            self._add(BATCH, self._build, data)
        self._standing.batch = whole

    def version(self, made: VersionMade) -> None:
        """A version that has come onto the record."""
        about = {"project": self._project, "dataset": made.dataset, "version": made.number}
        # After a backup was restored, another version may get the number of one that was told of: targets
        # leave out what has an id that they know, so what a version holds is part of it.
        held = hashlib.sha256(msgspec.json.encode(made.files)).hexdigest()[:16]
        name = f"{made.dataset}:{made.number}:{held}"
        if made.published:
            files = [{"name": f.name, "bytes": f.size, "sha256": f.sha256} for f in made.files]
            counts = {"items": made.counts.get("items", 0), "examples": made.counts.get("examples", 0)}
            self._add(PUBLISHED, name, {**about, "gate": made.gate, **counts, "files": files})
        if made.gate == FAILED and self._standing.gates.get(made.dataset) != FAILED:
            measured = {"measure": made.measure, "agreement": made.agreement, "threshold": made.threshold}
            self._add(BELOW_GATE, name, {**about, **measured})
        self._standing.gates[made.dataset] = made.gate
        before = set(self._standing.gold.get(made.dataset, ()))
        for who, accuracy in sorted(made.gold_missed.items()):
            if who not in before:
                data = {**about, "annotator": who, "accuracy": accuracy, "target": made.gold_target}
                self._add(GOLD, f"{name}:{who}", data)
        self._standing.gold[made.dataset] = sorted(made.gold_missed)

    def write(self, targets: Mapping[str, NotifyConfig]) -> int:
        """Write down what there is to tell and to whom; how many events are new."""
        value = msgspec.json.encode(self._standing).decode()
        standing = {"key": self._standing_key, "value": value}
        self._connection.execute(self._database.insert_or(meta, standing, ("key",), {"value": value}))
        return sum(self._write(event, targets) for event in self._events)

    def _write(self, event: Event, targets: Mapping[str, NotifyConfig]) -> bool:
        row = {
            "id": f"msg_{hashlib.sha256(event.key.encode()).hexdigest()[:32]}",
            "key": event.key,
            "project": self._project,
            "type": event.type,
            "at": self._now,
            "data": msgspec.json.encode(event.data).decode(),
        }
        added = self._connection.execute(self._database.insert_or(events, row, ("key",), None))
        if not added.rowcount:
            return False
        for target, config in sorted(targets.items()):
            if _wants(config, event.type, self._project):
                self._connection.execute(sends.insert().values(_send(row["id"], target, self._now)))
        return True

    def _complete(self) -> set[str]:
        wanted = (items.c.project == self._project, items.c.complete)
        return set(self._connection.execute(sa.select(items.c.item).where(*wanted)).scalars())

    def _add(self, kind: str, what: str, data: dict[str, Any]) -> None:
        self._events.append(Event(kind, f"{kind}:{self._project}:{what}", data))


def _wants(config: NotifyConfig, kind: str, project: str) -> bool:
    return (not config.events or kind in config.events) and (
        not config.projects or project in config.projects
    )


def _send(event: Any, target: str, now: float) -> dict[str, Any]:
    return {
        "event": event, "target": target, "state": "waiting", "attempts": 0, "next_at": now,
        "held_until": 0.0, "status": 0, "error": "", "sent_at": None,
    }  # fmt: skip


def _chunks(found: list[str], size: int = 500) -> Iterable[list[str]]:
    return (found[start : start + size] for start in range(0, len(found), size))
