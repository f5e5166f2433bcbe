"""Draws a sample that depends on the seed and on the items' ids alone, not on their order."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from hashlib import blake2b
from typing import Generic, TypeVar

from labelwright.problems import ProblemType, Severity

T = TypeVar("T")

LEAST, MOST = 20, 30  # an annotation guide's size of a review sample

UNUSUAL_SIZE = ProblemType(
    "sample.size-unusual",
    "A review sample is smaller or larger than advised",
    "{size} items were asked for; {least} to {most} are advised for a review",
    "None needed if that is meant.",
    Severity.NOTE,
)
FEWER_ITEMS = ProblemType(
    "sample.fewer-items",
    "There are fewer items than were asked for",
    "{size} items were asked for and only {found} have an answer; all of them are in the sample",
    "None needed.",
    Severity.NOTE,
)


def rank(seed: int, key: str) -> int:
    """Where an item stands among all: 64 bits of a keyed hash, evenly spread."""
    text = f"{seed}\0{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest())


class Sampler(Generic[T]):
    """Keeps the ``size`` items that rank lowest: a simple random sample without replacement.

    The sample of a smaller size is part of that of a larger one. Memory: ``size`` items.
    """

    def __init__(self, size: int, seed: int) -> None:
        """``size`` at least 1."""
        self._size = size
        self._seed = seed
        self._heap: list[tuple[int, str, T]] = []  # the highest rank first, as negative numbers
        self.seen = 0

    def offer(self, key: str, make: Callable[[], T]) -> None:
        """Consider an item; ``make`` is called only if it is taken for now. Keys are unique."""
        self.seen += 1
        ranked = -rank(self._seed, key)
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, (ranked, key, make()))
        elif (ranked, key) > self._heap[0][:2]:
            heapq.heapreplace(self._heap, (ranked, key, make()))

    def drawn(self) -> list[tuple[str, T]]:
        """The sample as (key, item), by rank: a random order that is always the same."""
        return [(key, item) for _, key, item in sorted(self._heap, key=lambda e: (-e[0], e[1]))]
