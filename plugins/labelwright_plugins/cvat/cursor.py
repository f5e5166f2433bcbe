"""What the last pull saw, so that the next asks only for what moved.

A job's ``updated_date`` moves with every save of its annotations. One that moved within the last seconds
may still be moving, so that the job is asked for again; so are all jobs when the labels changed, since
the server then rewrites answers without touching the jobs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

SETTLE = timedelta(seconds=5)
VERSION = 1


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A job: when it moved last (empty: ask again), and the hash of its file."""

    updated: str
    content: str


class Media(msgspec.Struct, frozen=True):
    """A task's images: what the server said of them, and the size in bytes of each file by name."""

    fingerprint: str
    files: dict[str, int] = {}


class Cursor(msgspec.Struct, omit_defaults=True):
    """The state of one pulled object: ``files`` are all that the pull wrote but images and this one."""

    url: str = ""
    kind: str = ""
    id: int = 0
    version: int = VERSION
    labels: str = ""
    jobs: dict[int, Seen] = {}
    media: dict[int, Media] = {}
    files: list[str] = []


def load(data: bytes | None, url: str, kind: str, number: int) -> Cursor:
    """The cursor of that object, or an empty one when the file is another's, absent or damaged.

    What another object's pull wrote stays among the ``files`` and ``media``, so that it goes away.
    """
    empty = Cursor(url, kind, number)
    try:
        found = msgspec.json.decode(data or b"", type=Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return empty
    if found.version != VERSION:
        return empty
    if (found.url, found.kind, found.id) == (url, kind, number):
        return found
    empty.files = found.files
    empty.media = {task: Media("", media.files) for task, media in found.media.items()}
    return empty


def updated(job: dict[str, Any], server_time: datetime | None) -> str:
    """When a job moved last; empty if it may still be moving."""
    text = str(job.get("updated_date") or "")
    try:
        settled = server_time is not None and datetime.fromisoformat(text) <= server_time - SETTLE
    except (ValueError, TypeError):
        settled = False
    return text if settled else ""
