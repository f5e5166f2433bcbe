"""What a backup looks like: a tar of plain files, the last of which tells what there must be."""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec
from msgspec import Struct

from labelwright.problems import ProblemType

FORMAT = 1
DATA, SQLITE, TABLES, MANIFEST = "data", "database.sqlite", "tables", "manifest.json"
MOST_MANIFEST = 256_000_000  # bytes
LATEST = "latest"  # the one link there may be: to the newest version of a data set

REFUSED = ProblemType(
    "backup.refused",
    "A file is no backup that can be restored",
    "{reason}",
    "Nothing was changed. Take another backup, or the archive as labelwright backup wrote it.",
)
NOT_WHOLE = ProblemType(
    "backup.not-whole",
    "Something in the data folder cannot be backed up",
    "{reason}",
    "No backup was written, since it would not hold everything. Move away what is named, and do it again.",
)
BUSY = ProblemType(
    "backup.busy",
    "A rebuild did not end",
    "{folder} was being rebuilt all the time",
    "Try again later, or stop the service first.",
)


class Kept(Struct):
    """A file of the archive."""

    size: int
    sha256: str
    mode: int


class Manifest(Struct):
    """What the archive holds. ``links``: where each link points, both relative to the data folder."""

    format: int
    version: str
    schema: int
    database: str
    created_at: float
    files: dict[str, Kept]
    links: dict[str, str]


def encode(manifest: Manifest) -> bytes:
    """The manifest's bytes."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1)


def is_safe(name: str) -> bool:
    """Whether a name stays below the folder that it is unpacked into, on every system."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and not name.startswith(("/", "~"))
        and "\\" not in name
        and name.isprintable()
        and all(part not in (".", "..") and ":" not in part for part in name.split("/"))
        and str(PurePosixPath(name)) == name
    )


def is_link(name: str, target: str) -> bool:
    """Whether a link is one of those that point to the newest version."""
    folder, _, number = target.partition("/")
    return (
        is_safe(name)
        and PurePosixPath(name).name == LATEST
        and folder == "versions"
        and number.isascii()
        and number.isdigit()
    )
