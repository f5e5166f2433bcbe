"""What the last pull into a folder found, for whoever compares it with another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from labelwright_plugins.label_studio.cursor import Cursor
from labelwright_plugins.label_studio.puller import CURSOR, PROJECT


class _Counts(msgspec.Struct):
    tasks: int = 0
    annotated: int = 0


class _About(msgspec.Struct):
    counts: _Counts


def contents(folder: Path) -> Mapping[str, str]:
    """The digest of each annotated task by its id."""
    cursor = msgspec.json.decode((folder / CURSOR).read_bytes(), type=Cursor)
    return {str(task): seen.content for task, seen in cursor.tasks.items()}


def unanswered(folder: Path) -> int:
    """The tasks without an annotation, of which the export has none."""
    counts = msgspec.json.decode((folder / PROJECT).read_bytes(), type=_About).counts
    return counts.tasks - counts.annotated
