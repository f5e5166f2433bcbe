"""Items that wait to be scored with others: many at once cost far less than one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from labelwright.agreement.items import Scorer
from labelwright.records import Value

MOST = 512  # items that wait
WORK = 1 << 17  # their work, in pairs of shapes

# Distinct patterns of one control and one group of annotators, with how many items have each. A
# pattern is the tuple of values (coded kinds) or the packed scores of the item (all other kinds).
Counts = dict[tuple[object, ...], int]

SizeOf = Callable[[str, str], tuple[float, float] | None]  # by control and unit: an image's width and height


@runtime_checkable
class Batching(Protocol):
    """A scorer that is quicker with many items at once."""

    def waits(self, values: tuple[Value, ...]) -> int:
        """How much work an item is that can wait; 0: it is to be scored alone."""
        ...

    def score_many(
        self, entries: Sequence[tuple[tuple[str, ...], tuple[Value, ...]]]
    ) -> list[tuple[float, bytes]]:
        """What ``Scorer.score`` says of each, bit for bit."""
        ...


class Entry(NamedTuple):
    """An item's answers to one control, with the counter that they belong to.

    ``frames`` of its film and ``size_of`` its images are for the drawing of it, where they are known.
    """

    item: str
    who: tuple[str, ...]
    values: tuple[Value, ...]
    link: str
    counts: Counts
    frames: object = None
    size_of: SizeOf | None = None


class Waiting:
    """The items of one control that wait; none where its scorer takes them one by one."""

    def __init__(self, scorer: Scorer | None) -> None:
        """Nothing waits yet."""
        self._scorer = scorer if isinstance(scorer, Batching) else None
        self._entries: list[Entry] = []
        self._work = 0

    def takes(self, entry: Entry) -> bool:
        """Take an item, if it can wait."""
        work = 0 if self._scorer is None else self._scorer.waits(entry.values)
        if work:
            self._entries.append(entry)
            self._work += work
        return work > 0

    @property
    def full(self) -> bool:
        """Whether enough wait."""
        return len(self._entries) >= MOST or self._work >= WORK

    def scored(self) -> Iterator[tuple[Entry, tuple[float, bytes]]]:
        """All that wait with their scores; afterwards nothing waits."""
        entries, self._entries, self._work = self._entries, [], 0
        if self._scorer is not None and entries:
            scores = self._scorer.score_many([(e.who, e.values) for e in entries])
            yield from zip(entries, scores, strict=True)
