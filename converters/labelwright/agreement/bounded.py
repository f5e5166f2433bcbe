"""A bounded list of the lowest entries, mergeable and subtractable."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any

Entry = tuple[tuple[Any, ...], Any]


def _key(entry: Entry) -> tuple[Any, ...]:
    return entry[0]


class Lowest:
    """Keeps the entries with the lowest keys, whatever the order in which they come.

    Keys are tuples and unique. After a removal the list may lack an entry that was pushed out
    before; ``complete(n)`` says whether its first ``n`` entries are still what a fresh list has.
    """

    __slots__ = ("capacity", "cut", "entries")

    def __init__(self, capacity: int) -> None:
        """An empty list of at most ``capacity`` entries."""
        self.capacity = capacity
        self.entries: list[Entry] = []
        # The lowest key ever pushed out: everything below it is known.
        self.cut: tuple[Any, ...] | None = None

    def wants(self, key: tuple[Any, ...]) -> bool:
        """Whether an entry with this key would be kept (asked before a payload is made)."""
        return self.cut is None or key < self.cut

    def put(self, key: tuple[Any, ...], payload: Any) -> None:
        """Keep an entry if it is low enough."""
        if not self.wants(key):
            return
        insort(self.entries, (key, payload), key=_key)
        if len(self.entries) > self.capacity:
            self.cut = self.entries.pop()[0]

    def remove(self, key: tuple[Any, ...]) -> None:
        """Take an entry out, if it was kept."""
        at = bisect_left(self.entries, key, key=_key)
        if at < len(self.entries) and self.entries[at][0] == key:
            del self.entries[at]

    def merge(self, other: Lowest) -> None:
        """As if the other's entries had been put here."""
        cuts = [c for c in (self.cut, other.cut) if c is not None]
        joined = sorted([*self.entries, *other.entries], key=_key)
        self.cut = min(cuts) if cuts else None
        if self.cut is not None:
            joined = joined[: bisect_left(joined, self.cut, key=_key)]
        if len(joined) > self.capacity:
            self.cut = joined[self.capacity][0]
            del joined[self.capacity :]
        self.entries = joined

    def complete(self, wanted: int) -> bool:
        """Whether the first ``wanted`` entries are surely the lowest of all."""
        return self.cut is None or len(self.entries) >= wanted
