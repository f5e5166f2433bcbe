"""Rows of the service's tables."""

from __future__ import annotations

import time
from typing import Any

from service_post import Post

from labelwright.service.store.tables import builds, deliveries, versions


def deliver(post: Post, key: str, **more: Any) -> None:
    row = {
        "project": "emails", "key": key, "event": "ANNOTATION_CREATED", "known": True, "items": "[]",
        "received_at": 1.0, "last_at": time.time(), "copies": 1, "state": "new", "build": "",
        "done_at": None, "body": b"",
    }  # fmt: skip
    with post.database.writing() as connection:
        connection.execute(deliveries.insert().values({**row, **more}))


def version(post: Post, number: int, agreement: float | None) -> None:
    row = {
        "project": "emails", "dataset": "sft", "number": number, "build": f"b{number}", "created_at": 1.0,
        "published": True, "gate": "passed", "measure": "alpha", "agreement": agreement, "threshold": 0.6,
        "counts": "{}", "problems": "{}", "files": "[]",
    }  # fmt: skip
    with post.database.writing() as connection:
        connection.execute(versions.insert().values(row))


def build_row(post: Post, id_: str, at: float, **more: Any) -> None:
    row = {
        "id": id_, "project": "emails", "reason": "webhook", "started_at": at, "ended_at": at + 1,
        "state": "done", "code": "", "message": "", "remedy": "", "deliveries": 0, "moved": "{}",
        "missed": "[]",
    }  # fmt: skip
    with post.database.writing() as connection:
        connection.execute(builds.insert().values({**row, **more}))
