"""Stable splits: an item never changes side because others arrive."""

from __future__ import annotations

import hashlib

from labelwright.problems import UsageError

NAMES = {1: ("train",), 2: ("train", "validation"), 3: ("train", "validation", "test")}


class Splitter:
    """Puts a row on a side by the hash of (seed, group).

    A group is the row's input with case and blanks folded, so that what reads alike stays together.
    """

    def __init__(self, shares: tuple[float, ...], seed: int) -> None:
        """``shares`` are percentages that sum to 100."""
        self.names = NAMES[len(shares)]
        self._seed = str(seed).encode() + b"\0"
        bounds, total = [], 0.0
        for share in shares:
            total += share
            bounds.append(round(total / 100 * (1 << 64)))
        bounds[-1] = 1 << 64
        self._bounds = bounds

    def side(self, text: str) -> int:
        """Index into ``names`` for a row whose input reads ``text``."""
        if len(self._bounds) == 1:
            return 0
        folded = " ".join(text.casefold().split()).encode("utf-8", "surrogatepass")
        number = int.from_bytes(hashlib.blake2b(self._seed + folded, digest_size=8).digest())
        return next(i for i, bound in enumerate(self._bounds) if number < bound)


def parse_split(text: str) -> tuple[float, ...]:
    """``90/10`` or ``80/10/10`` as percentages. Raises ``UsageError`` for anything else."""
    try:
        shares = tuple(float(part) for part in text.split("/"))
    except ValueError:
        shares = ()
    if len(shares) not in NAMES or any(s <= 0 for s in shares) or abs(sum(shares) - 100) > 1e-9:
        raise UsageError(f"--split {text}: give two or three percentages that sum to 100, such as 90/10")
    return shares
