"""Whether the database takes anything in, and why not, in a few words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import sqlalchemy as sa

from labelwright.service.store.database import FILE, Database
from labelwright.service.store.tables import meta

LEAST = 4 << 20  # bytes of room below which a disk is as good as full
PROBE, SIZE = "probe", 65_536  # a row of so many characters: one that needs room, unlike a change in place

FULL, READ_ONLY = "the disk is full", "the disk is read-only"
REMOVED = "the database file was removed"
DAMAGED = "the database is damaged"
NOTHING = "the database takes nothing in"


def reason_of(error: BaseException) -> str:
    """Why a write failed: in words of our own, with nothing of what was to be written."""
    original = getattr(error, "orig", None) or error
    text = str(original).lower()
    if (
        getattr(original, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or " full" in text
        or "no space" in text
    ):
        return FULL
    if getattr(original, "errno", None) == errno.EROFS or "readonly" in text or "read-only" in text:
        return READ_ONLY
    return DAMAGED if "malformed" in text or "not a database" in text else NOTHING


def probe(database: Database) -> None:
    """Write something that needs room, and take it away again. Raises what writing raises."""
    row = {"key": PROBE, "value": "x" * SIZE}
    with database.writing() as connection:
        connection.execute(database.insert_or(meta, row, ("key",), {"value": row["value"]}))
    with database.writing() as connection:
        connection.execute(sa.delete(meta).where(meta.c.key == PROBE))


def lacks(database: Database, data: Path) -> str:
    """What the disk itself says against writing; empty if nothing."""
    try:
        found = os.statvfs(data)
    except OSError:
        return NOTHING
    if found.f_flag & os.ST_RDONLY:
        return READ_ONLY
    if found.f_bavail * found.f_frsize < LEAST:
        return FULL
    if database.embedded and not (data / FILE).exists():
        return REMOVED
    return ""
