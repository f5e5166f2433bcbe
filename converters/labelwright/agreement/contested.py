"""The items on which annotators agree least: a bounded list, with a drawing of the first of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.items import MISSING, render
from labelwright.agreement.result import Contested
from labelwright.contracts import Control
from labelwright.records import Kind, Value

KEPT = 400  # more than is ever shown, so that removals leave enough
DRAWN = 40  # of those kept: shapes take more room than words

SizeOf = Callable[[str, str], tuple[float, float] | None]  # by control and unit: an image's width and height


class Disputes:
    """The most contested items of some controls; mergeable and subtractable (see ``Lowest``)."""

    def __init__(self, controls: Mapping[str, Control]) -> None:
        """None yet. The items of controls of shapes and tracks are drawn."""
        self._kept = Lowest(KEPT)
        self._drawn = Lowest(DRAWN)
        self._controls = {n: c for n, c in controls.items() if c.kind in (Kind.SHAPES, Kind.TRACKS)}

    def add(
        self,
        item: str,
        who: tuple[str, ...],
        name: str,
        values: tuple[Value, ...],
        link: str,
        score: float | None,
        frames: object = None,
        size_of: SizeOf | None = None,
    ) -> None:
        """Offer an item on which annotators may differ; ``score`` None: the share of equal pairs."""
        key = (equal_pairs(values) if score is None else score, item, name)
        if key[0] >= 1.0:
            return
        if self._kept.wants(key):
            said = {a: render(v) for a, v in zip(who, values, strict=True) if v is not MISSING}
            self._kept.put(key, (link, said))
        control = self._controls.get(name)
        if control is not None and self._drawn.wants(key):
            from labelwright.agreement.drawings import drawing  # late: most controls are not drawn

            self._drawn.put(key, drawing(control, name, who, values, frames, size_of))

    def remove(self, item: str, name: str, values: tuple[Value, ...], score: float | None) -> None:
        """Take an item out, if it was kept."""
        key = (equal_pairs(values) if score is None else score, item, name)
        self._kept.remove(key)
        self._drawn.remove(key)

    def merge(self, other: Disputes) -> None:
        """As if the other's items had been added here."""
        self._kept.merge(other._kept)
        self._drawn.merge(other._drawn)

    @property
    def complete(self) -> bool:
        """False when so much was taken out that the list should be built anew."""
        return self._kept.complete(KEPT // 2) and self._drawn.complete(DRAWN // 2)

    def lowest(self, count: int) -> list[Contested]:
        """The items, the least agreement first."""
        drawn = dict(self._drawn.entries[:count])
        return [
            Contested(key[1], link, key[2], key[0], dict(said), drawn.get(key))
            for key, (link, said) in self._kept.entries[:count]
        ]


def equal_pairs(values: Sequence[Value]) -> float:
    """The share of pairs of given answers that are equal; 1.0 where there is no pair."""
    given = [v for v in values if v is not MISSING and v is not None]
    pairs = len(given) * (len(given) - 1)
    if not pairs:
        return 1.0
    return sum(given.count(v) - 1 for v in given) / pairs
