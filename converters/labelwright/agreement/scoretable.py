"""The scores of all items of a control as arrays, and the sums that its measures are quotients of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Blocks, Sums
from labelwright.agreement.coefficients import Array
from labelwright.agreement.scores import MOST, Scores, metrics_of
from labelwright.contracts import Control
from labelwright.lazy import lazily
from labelwright.records import Kind

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Total = Callable[[Array, Array], Array]


class Table:
    """The scores of all distinct items as flat arrays; ``at`` names the item of each pair."""

    def __init__(self, control: Control, patterns: Mapping[Any, Mapping[tuple[Any, ...], int]]) -> None:
        """Decode the packed scores, in a fixed order."""
        packed: dict[bytes, int] = {}
        for group in patterns.values():
            for (key,), count in group.items():
                packed[key] = packed.get(key, 0) + count
        decode = msgspec.msgpack.Decoder(Scores).decode
        self.items = [decode(key) for key in sorted(packed)]
        self.counts = np.array([packed[key] for key in sorted(packed)], np.int64)
        self.size = np.array([len(s.who) for s in self.items], np.int64)
        self.annotators = sorted({a for s in self.items for a in s.who})
        self.metrics = metrics_of(control)
        pairs = [len(s.pairs) for s in self.items]
        self.at = np.repeat(np.arange(len(pairs)), pairs)
        person = {a: i for i, a in enumerate(self.annotators)}
        self.a = np.array([person[s.who[i]] for s in self.items for i, _, _ in s.pairs], np.int64)
        self.b = np.array([person[s.who[j]] for s in self.items for _, j, _ in s.pairs], np.int64)
        scores = [value for s in self.items for _, _, value in s.pairs]
        self.scores = np.array(scores, float).reshape(len(scores), 2 * len(self.metrics) + _more(control))
        self._tracks = control.kind is Kind.TRACKS
        # Pairs of one item weigh as many as all its pairs would, also where only a part was compared.
        self.once = 1.0 / np.bincount(self.at, minlength=len(self.items))[self.at]
        self.partly = int(self.counts[self.size > MOST].sum())
        self._unit_pairs()

    def _unit_pairs(self) -> None:
        """Pairs of categories of one unit: the item they are of, both categories by place, how often."""
        flat = [cell for s in self.items for cell in s.cells]
        first, second, often = zip(*flat, strict=True) if flat else ((), (), ())
        self.categories = sorted({*first, *second})
        code = {category: at for at, category in enumerate(self.categories)}
        self.cell_at = np.repeat(np.arange(len(self.items)), [len(s.cells) for s in self.items])
        self.cell_a = np.array([code[c] for c in first], np.int64)
        self.cell_b = np.array([code[c] for c in second], np.int64)
        self.cell_n = np.array(often, np.int64)

    def sums(self, total: Total, here: Any = slice(None), once: bool = False) -> Sums:
        """What the measures are made of, over some of the pairs; ``once``: where said, items count once."""
        out: Sums = {}
        at, scores = self.at[here], self.scores[here]
        for i, (name, mean) in enumerate(self.metrics):
            weight = self.once[here] if mean and once else 1.0
            out[f"{name}/top"] = total(at, weight * scores[:, 2 * i])
            out[f"{name}/below"] = total(at, weight * scores[:, 2 * i + 1])
        further = [total(at, column) for column in scores[:, 2 * len(self.metrics) :].T]
        return out | ({"further": np.stack(further, axis=-1)} if further else {})

    def evaluate(self, sums: Sums) -> Sums:
        """The measures of such sums."""
        found = {n: co.ratio(sums[f"{n}/top"], sums[f"{n}/below"]) for n, _ in self.metrics}
        if self._tracks:
            from labelwright.agreement.tracking import hota  # late: of films alone

            found |= hota(sums["further"])
        return found


def _more(control: Control) -> int:
    """How many further numbers a pair has, of which measures are made that are no plain quotients."""
    if control.kind is not Kind.TRACKS:
        return 0
    from labelwright.agreement.tracking import COUNTS

    return COUNTS


def expand(blocks: Blocks, counts: int) -> Callable[[Array, Array], Array]:
    """A function that sums values given per distinct item into blocks."""
    # How often each block holds each item; sparse would serve, but blocks are few.
    mixed = np.unique(blocks.block * counts + blocks.rows, return_inverse=True)
    weight = np.bincount(mixed[1].ravel(), blocks.weight)
    block, row = mixed[0] // counts, mixed[0] % counts

    def total(at: Array, value: Array) -> Array:
        per_item = np.bincount(at, value, minlength=counts)
        return np.bincount(block, weight * per_item[row], minlength=blocks.blocks)

    return total
