"""The items on which annotators agree least, kept in a bounded list."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.items import MISSING, render
from labelwright.agreement.result import Contested
from labelwright.agreement.waiting import Entry
from labelwright.contracts import Control
from labelwright.records import Kind, Value

KEPT = 400  # more than is ever shown, so that removals leave enough
DRAWN = 60  # of them whose shapes are kept, to be drawn


class Contests:
    """The lowest scored items, whatever the order in which they come."""

    def __init__(self) -> None:
        """No item yet."""
        self._kept = Lowest(KEPT)
        self._drawn = Lowest(DRAWN)  # a list of its own: what is drawn is large

    def change(
        self,
        name: str,
        control: Control,
        entry: Entry,
        score: float | None,
        by: int,
    ) -> None:
        """Offer an item on which annotators differ (``by`` 1), or take it back (-1).

        ``name`` is that of the control. Without a ``score`` it is the share of equal pairs.
        """
        item, who, values, link = entry[:4]
        if score is None:
            score = equal_pairs(values)
        key = (score, item, name)
        if by < 0:
            self._kept.remove(key)
            self._drawn.remove(key)
        elif score < 1.0 and self._kept.wants(key):
            given = {a: render(v) for a, v in zip(who, values, strict=True) if v is not MISSING}
            self._kept.put(key, (link, given))
            if control.kind in (Kind.SHAPES, Kind.TRACKS) and self._drawn.wants(key):
                self._drawn.put(key, (control, who, values, entry.frames, _sizes(name, entry)))

    def listed(self, count: int) -> list[Contested]:
        """The lowest, each as a value of its own."""
        drawings = dict(self._drawn.entries)
        listed = [
            (Contested(item, link, name, score, dict(given)), drawings.get((score, item, name)))
            for (score, item, name), (link, given) in self._kept.entries[:count]
        ]
        for one, drawing in listed:
            if drawing is not None:
                from labelwright.agreement.drawings import drawn  # late: needs geometry

                control, who, values, frames, sizes = drawing
                one.drawing = drawn(control, who, values, frames, sizes.get)
        return [one for one, _ in listed]

    def merge(self, other: Contests) -> None:
        """As if the other's items had been offered here."""
        self._kept.merge(other._kept)
        self._drawn.merge(other._drawn)

    @property
    def complete(self) -> bool:
        """Whether what will be listed is surely the lowest of all."""
        return self._kept.complete(KEPT // 2) and self._drawn.complete(DRAWN // 2)


def _sizes(name: str, entry: Entry) -> dict[str, tuple[float, float] | None]:
    """The sizes of the images that something is drawn on, by unit."""
    marks = (m for value in entry.values if isinstance(value, tuple | list) for m in value)
    units = {str(getattr(mark, "unit", "")) for mark in marks}
    return {} if entry.size_of is None else {unit: entry.size_of(name, unit) for unit in sorted(units)}


def equal_pairs(values: Sequence[Value]) -> float:
    """The share of pairs of given answers that are equal; 1.0 where there is no pair."""
    given = [v for v in values if v is not MISSING and v is not None]
    pairs = len(given) * (len(given) - 1)
    if not pairs:
        return 1.0
    return sum(given.count(v) - 1 for v in given) / pairs
