"""What rebuilds found of a project's items, and what has moved between two of them.

``found.json`` is what the last rebuild found, ``known.json`` what the last one on record found. The second
is replaced only after the record is committed, so that a kill in between loses nothing: the next
rebuild compares with what was on record and finds the same again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from labelwright.io.atomic import Pending, writing

FOUND, KNOWN = "found.json", "known.json"


class Found(msgspec.Struct):
    """The items of a project. ``contents``: digests by id, as the tool's ``Hooks`` name them.

    ``items``: how many there are; ``complete``: the keys of those that enough people answered.
    """

    build: str
    contents: dict[str, str]
    items: int = 0
    complete: list[str] = []


class Moved(msgspec.Struct):
    """Ids of what is new or differs, and of what is no longer there."""

    changed: list[str] = []
    gone: list[str] = []

    @property
    def all(self) -> list[str]:
        """Both."""
        return [*self.changed, *self.gone]


def load(folder: Path, name: str) -> Found | None:
    """A file of the folder; None if it is not there or damaged."""
    try:
        return msgspec.json.decode((folder / name).read_bytes(), type=Found)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def save(folder: Path, name: str, found: Found) -> None:
    """Write a file of the folder, whole. Raises ``DataError``."""
    with Pending() as pending:
        handle = pending.file(folder / name)
        with writing(folder / name):
            handle.write(msgspec.json.encode(found))
        pending.commit()


def moved(before: Mapping[str, str], now: Mapping[str, str]) -> Moved:
    """What has moved between two pulls, ordered by id."""
    changed = sorted(item for item, digest in now.items() if before.get(item) != digest)
    return Moved(changed, sorted(before.keys() - now.keys()))


def unheard(moved_ids: Iterable[str], named: Iterable[str]) -> list[str]:
    """The ids that no name covers: not ``*``, not their own, not that of something they lie below."""
    names = set(named)
    if "*" in names:
        return []
    return [item for item in moved_ids if not _covered(item, names)]


def _covered(item: str, names: set[str]) -> bool:
    while item:
        if item in names:
            return True
        item = item.rpartition("/")[0]
    return False
