"""Finds rows that read alike: MinHash signatures in locality-sensitive hash tables.

About 1 kB for each row; the texts themselves are not kept.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from labelwright.problems import Place
from labelwright.quality.lint._row import Row

ALIKE = 0.9  # Jaccard likeness of shingles (ours); 16 bands of 8 find 99.99 % of such pairs
SHINGLE = 5  # characters
LEAST = 24  # characters; shorter texts, and what is asked about media, are compared whole
READ = 20_000  # characters of a text that are compared
PERMUTATIONS, BANDS = 128, 16
SEED = 42


class Twin(Struct, frozen=True):
    """An earlier row that reads like this one; ``likeness`` 1.0 means the same words."""

    place: Place
    split: str
    likeness: float


class Twins(Struct, frozen=True):
    """The most alike earlier row of the same file and of another file, where there are such."""

    same: Twin | None = None
    other: Twin | None = None


class Similar:
    """All rows seen so far, by signature. Needs the package ``rensa``."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        import rensa

        self._new = rensa.RMinHash
        self._index = rensa.RMinHashLSH(ALIKE, PERMUTATIONS, BANDS)
        self._rows: list[tuple[Place, str, Any]] = []
        self._equal: dict[bytes, list[Twin]] = {}
        self._last: tuple[Row, Twins] | None = None

    def twins(self, row: Row) -> Twins:
        """The twins of a row; asking again for the same row costs nothing."""
        if self._last is None or self._last[0] is not row:
            self._last = (row, self._look(row))
        return self._last[1]

    def _look(self, row: Row) -> Twins:
        text = " ".join(row.text[:READ].casefold().split())
        if not text:
            return Twins()
        found = self._exact(row)
        if row.media or len(text) < LEAST or (found.same and found.other):
            return found
        signature = self._new(PERMUTATIONS, SEED)
        signature.update([text[i : i + SHINGLE] for i in range(len(text) - SHINGLE + 1)])
        same, other = found.same, found.other
        for number in sorted(self._index.query(signature)):
            place, split, theirs = self._rows[number]
            likeness = min(signature.jaccard(theirs), 0.999)  # an estimate: only equal words are sure
            if likeness < ALIKE:
                continue
            twin = Twin(place, split, likeness)
            if split == row.split:
                same = twin if same is None or likeness > same.likeness else same
            else:
                other = twin if other is None or likeness > other.likeness else other
        if found.same is None:  # an exact copy adds nothing to compare with
            self._index.insert(len(self._rows), signature)
            self._rows.append((row.place, row.split, signature))
        return Twins(same, other)

    def _exact(self, row: Row) -> Twins:
        """Earlier rows with the same input, media included."""
        known = self._equal.setdefault(row.given, [])
        same = next((t for t in known if t.split == row.split), None)
        other = next((t for t in known if t.split != row.split), None)
        if same is None:
            known.append(Twin(row.place, row.split, 1.0))
        return Twins(same, other)
