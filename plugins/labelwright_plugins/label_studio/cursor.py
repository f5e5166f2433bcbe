"""What the last pull saw, so that the next asks only for what moved.

A task's fingerprint is everything that the cheap listing says of it. ``updated_at`` moves when an
annotation or prediction is created, changed or deleted, when an annotator skips, and when the task's
data changes. It stays when predictions are deleted in bulk (the count tells) and when a draft is
saved, changed or deleted (nothing cheap tells, so a task that has one is always asked for again).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

INCLUDE = (
    "id,updated_at,annotations_ids,total_annotations,cancelled_annotations,total_predictions,draft_exists"
)
SETTLE = timedelta(seconds=5)
VERSION = 1


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A task's fingerprint (empty: ask again) and the hash of its line in the export."""

    fingerprint: str
    content: str


class Cursor(msgspec.Struct):
    """The state of one pulled project: ``tasks`` by id."""

    server: str = ""
    project: int = 0
    version: int = VERSION
    last_updated_at: str = ""
    tasks: dict[int, Seen] = {}


class Row(msgspec.Struct, frozen=True):
    """One task of the listing."""

    id: int
    fingerprint: str
    annotations: int
    updated_at: str
    draft: bool


def load(path: Path, server: str, project: int) -> Cursor:
    """The cursor of that project, or an empty one when the file is another's, absent or damaged."""
    empty = Cursor(server, project)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Cursor)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return empty
    same = (found.server, found.project, found.version) == (server, project, VERSION)
    return found if same else empty


def row(task: Mapping[str, Any], server_time: datetime | None) -> Row:
    """What the listing says of one task.

    A task that changed within the last seconds may still be changing: the server writes an answer and
    its task's time one after the other. It gets no fingerprint, so the next pull asks for it again.
    """
    ids = sorted(int(i) for i in str(task.get("annotations_ids") or "").split(",") if i)
    draft = bool(task.get("draft_exists"))
    fields = [
        task.get("updated_at"),
        ids,
        task.get("total_annotations"),
        task.get("cancelled_annotations"),
        task.get("total_predictions"),
    ]
    updated = str(task.get("updated_at") or "")
    fresh = server_time is None or _recent(updated, server_time)
    fingerprint = "" if draft or fresh else digest(msgspec.json.encode(fields))
    return Row(int(task["id"]), fingerprint, len(ids), updated, draft)


def digest(data: bytes) -> str:
    """A short hash: 128 bits, in hexadecimal."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _recent(updated: str, now: datetime) -> bool:
    try:
        return datetime.fromisoformat(updated) > now - SETTLE
    except (ValueError, TypeError):
        return True
