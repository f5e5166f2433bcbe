"""Counts what each annotator did and how long it took them."""

from __future__ import annotations

from collections import Counter

from labelwright.pipeline.partstate import Work

LONGEST = 24 * 3600
TALLIED = 4096


class WorkTally:
    """Adds annotations to their annotators' work, many at a time."""

    def __init__(self, work: dict[str, Work]) -> None:
        """``work``: what is added to."""
        self._work = work
        self._noted: list[tuple[str, float | None]] = []

    def note(self, annotator: str, seconds: float | None) -> None:
        """One annotation that counts."""
        self._noted.append((annotator, seconds))
        if len(self._noted) > TALLIED:
            self.count_up()

    def skipped(self, annotator: str) -> None:
        """One item that was skipped."""
        self._work.setdefault(annotator, Work()).skipped += 1

    def count_up(self) -> None:
        """Add what was noted of single annotations to their annotators' work."""
        seconds = [(n, round(t) if t is not None and 0 <= t < LONGEST else None) for n, t in self._noted]
        for (name, second), count in Counter(seconds).items():
            mine = self._work.setdefault(name, Work())
            mine.annotations += count
            if second is not None:
                mine.seconds[second] = mine.seconds.get(second, 0) + count
        self._noted.clear()
