"""Krippendorff's alpha_u from the cuts of items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Sums
from labelwright.agreement.coefficients import Array
from labelwright.agreement.unitizing import Cut, Unitized
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Total = Callable[[Array, Array], Array]
NAME = "krippendorff_alpha_u"
LENGTHS = 600  # distinct lengths of units, over all labels, up to which resamples find chance anew


class Cuts(NamedTuple):
    """All items' cuts of one label, as flat arrays; ``item`` and ``gap_item`` say of which item."""

    apart: Array  # by item
    item: Array
    unit: Array
    gap_item: Array
    gap: Array


def cuts_of(label: str, items: Sequence[Unitized]) -> Cuts:
    """Gather a label; where an item lacks it, every annotator left the whole text out."""
    cuts = [u.labels.get(label) or Cut(gaps=[n for m, n in u.extents for _ in range(m)]) for u in items]
    at = np.arange(len(items))
    units, gaps = [len(c.units) for c in cuts], [len(c.gaps) for c in cuts]
    return Cuts(
        np.array([c.apart for c in cuts], float),
        np.repeat(at, units),
        np.array([length for c in cuts for length in c.units], float),
        np.repeat(at, gaps),
        np.array([length for c in cuts for length in c.gaps], float),
    )


def sums_of(cuts: Cuts, total: Total) -> Sums:
    """What the disagreement of one label is made of, per block."""
    length = np.unique(cuts.unit)
    at, unit = cuts.item, cuts.unit
    held = [total(at[unit == u], np.ones(int((unit == u).sum()))) for u in length]
    room = [total(cuts.gap_item, np.maximum(0.0, cuts.gap - u + 1.0)) for u in length]
    return {
        "apart": total(np.arange(len(cuts.apart)), cuts.apart),
        "units": total(at, np.ones(len(unit))),
        "overlaps": total(at, (2.0 * unit**3 - 3.0 * unit**2 + unit) / 3.0),
        "own": total(at, unit * (unit - 1.0)),
        "held": np.stack(held, axis=-1) * length**2,
        "room": np.stack(room, axis=-1),
    }


def chance(sums: Sums, extent: Array) -> Array:
    """Twice the squared differences of one label that chance gives, beside all places (D_e times L)."""
    by_units = (sums["units"] - 1.0) * sums["overlaps"]
    by_gaps = (sums["held"] * sums["room"]).sum(axis=-1)
    return co.ratio(2.0 * (by_units + by_gaps), extent * (extent - 1.0) - sums["own"])


def alpha_u(observed: Array, expected: Array) -> Array:
    """Krippendorff's alpha_u: how far the borders of units differ, beside how far they would by chance.

    Of each label, and of all labels together. Longer differences count by their square. It sees where
    units lie; that a unit has another label counts as a unit that one annotator lacks. Where a text is not
    known it ends with its last span, which makes the value cautious.

    Formula: 1 - D_o / D_e, both summed over labels. D_o is the mean over pairs of annotators of the squared
        differences of starts and ends of units that overlap, and of squared lengths of units that lie in
        the other's gap; D_e is what units and gaps of these lengths give in all places against each other.
        Items add up: a text's end ends a gap.

    Range: at most 1; the least value depends on the data.

    At 1: all units have the same borders and labels.

    At 0: units lie as if they were put anywhere.

    Below 0: units avoid each other.

    Source: Krippendorff 1995 and 2004, Content analysis, section 11.6 (unitizing).
    """
    return 1.0 - co.ratio(observed, expected)


def plan(items: Sequence[Unitized], counts: Array) -> tuple[Callable[[Total], Sums], Callable[[Sums], Sums]]:
    """What to sum over items, and how to evaluate the sums; names of labels follow a slash."""
    labels = sorted({label for u in items for label in u.labels})
    cuts = {label: cuts_of(label, items) for label in labels}
    extent = np.array([sum(m * n for m, n in u.extents) for u in items], float)

    def whole(at: Array, value: Array) -> Array:
        return np.array([np.bincount(at, value, minlength=len(items)) @ counts])

    many = sum(len(np.unique(c.unit)) for c in cuts.values()) > LENGTHS
    length = whole(np.arange(len(items)), extent)
    fixed = {label: chance(sums_of(c, whole), length) for label, c in cuts.items()} if many else {}

    def sums(total: Total) -> Sums:
        out = {"extent": total(np.arange(len(items)), extent)}
        for label, one in cuts.items():
            own = {"apart": total(np.arange(len(items)), one.apart)} if many else sums_of(one, total)
            out.update({f"{name}/{label}": value for name, value in own.items()})
        return out

    def evaluate(found: Sums) -> Sums:
        observed, expected, out = [], [], {}
        for label in labels:
            own = {name: found[f"{name}/{label}"] for name in KEPT if f"{name}/{label}" in found}
            observed.append(co.ratio(own["apart"], found["extent"]))
            by_chance = fixed[label] if many else chance(own, found["extent"])
            expected.append(np.broadcast_to(by_chance, observed[-1].shape))
            out[f"{NAME}/{label}"] = alpha_u(observed[-1], expected[-1])
        none = np.full(found["extent"].shape, np.nan)
        both = [np.nansum(part, axis=0) if labels else none for part in (observed, expected)]
        return {NAME: alpha_u(*both) if labels else none, **out}

    return sums, evaluate


KEPT = ("apart", "units", "overlaps", "own", "held", "room")
MEASURES = {NAME: alpha_u}
