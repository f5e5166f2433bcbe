"""What is told of all answers together: measures that no sum over pairs gives, confusions, notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from labelwright.agreement import alpha_u
from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Sums
from labelwright.agreement.coefficients import Array
from labelwright.agreement.people import too_many_pairs
from labelwright.agreement.result import Confusion, Measure
from labelwright.agreement.scores import MOST, Scores
from labelwright.agreement.scoretable import Table
from labelwright.agreement.unitizing import Unitized
from labelwright.lazy import lazily
from labelwright.records import Kind

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

SHOWN = 60  # categories up to which a confusion is shown

Total = Callable[[Array, Array], Array]


class Whole(NamedTuple):
    """What to sum over items, how to evaluate the sums, and what to note of each measure.

    A measure of one label has a name with a slash and the label.
    """

    sums: Callable[[Total], Sums]
    evaluate: Callable[[Sums], Sums]
    notes: dict[str, str]

    def put(
        self, found: Mapping[str, Measure], overall: dict[str, Measure], labels: dict[str, dict[str, Measure]]
    ) -> None:
        """Put what was found among the measures of the control and of its labels, with its notes."""
        for name, one in found.items():
            measure, _, label = name.partition("/")
            noted = replace(one, note=self.notes.get(name, ""))
            (labels.setdefault(label, {}) if label else overall)[measure] = noted


def whole_measures(kind: Kind, items: Sequence[Scores], counts: Array) -> Whole | None:
    """The measures of whole items for a kind of answer; None where it has none."""
    if kind is Kind.RANKING:
        return _rankings(items, counts)
    if kind is Kind.SPANS:
        sums, evaluate = alpha_u.plan([s.units or Unitized() for s in items], counts)
        return Whole(sums, evaluate, {})
    return None


def _rankings(items: Sequence[Scores], counts: Array) -> Whole:
    table = np.array([s.whole for s in items], float).reshape(len(items), 4)
    at = np.arange(len(items))

    def sums(total: Total) -> Sums:
        return {"top": total(at, table[:, 0]), "below": total(at, table[:, 1])}

    def evaluate(sums: Sums) -> Sums:
        return {"kendall_w": co.ratio(sums["top"], sums["below"])}

    partly, repeated = (
        (int(n) for n in (counts[:, None] * table[:, 2:]).sum(axis=0)) if len(items) else (0, 0)
    )
    said = []
    if partly:
        said.append(f"of {partly:,} items only the entries that all ranked are compared")
    if repeated:
        said.append(f"{repeated:,} answers rank an entry twice: its best place counts")
    return Whole(sums, evaluate, {"kendall_w": "; ".join(said)})


def pairs_note(pairs: int, partly: int) -> str:
    """What a reader should know of the pairs; ``partly`` counts items whose pairs were compared in part."""
    part = f"{partly:,} items have more than {MOST} answers: a part of their pairs was compared"
    return "; ".join(said for said in (too_many_pairs(pairs), part if partly else "") if said)


def confusion_of(table: Table, missing: bool) -> Confusion:
    """Pairs of categories of tokens, turns or drawn things.

    ``missing``: the category without a name is that of a thing that an annotator did not draw.
    """
    q = len(table.categories)
    if not q or q > SHOWN:
        return Confusion()
    square = np.zeros((q, q), np.int64)
    times = table.cell_n * table.counts[table.cell_at]
    np.add.at(square, (table.cell_a, table.cell_b), times)
    return Confusion(list(table.categories), (square + square.T).tolist(), missing)
