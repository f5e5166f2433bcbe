"""Agreement per label of a coded control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Sums
from labelwright.agreement.codes import SETS, Coded, members
from labelwright.agreement.coefficients import Array
from labelwright.agreement.people import CATEGORIES
from labelwright.agreement.result import Measure
from labelwright.agreement.sums import Units
from labelwright.contracts import STEP, Control
from labelwright.lazy import lazily
from labelwright.records import Kind

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

NAMES = ("percent", "krippendorff_alpha", "fleiss_kappa")


class Labels:
    """Per label: specific agreement (how often another answer agrees), and alpha, label or not."""

    def __init__(self, names: list[str], member: Array | None) -> None:
        """``member`` (values, labels) says which labels a set holds; None: a value is its label."""
        self.names, self.member = names, member

    def extend(self, units: Units) -> Sums:
        """How many answers have each label, and the pairs in which both have it."""
        if self.member is None:
            return {}  # what is needed is among the sums of all measures
        a, b = self.member[units.a], self.member[units.b]
        both = [units.disagreement((a[:, at] & b[:, at]).astype(float)) for at in range(len(self.names))]
        return {"labels/both": np.stack(both, axis=-1) if both else np.zeros((units.blocks, 0))}

    def evaluate(self, sums: Sums) -> Sums:
        """The measures of all labels, shape (blocks, labels)."""
        if not self.names:
            return {}
        total = sums["n"].sum(axis=-1)[:, None]
        yes = sums["n"] if self.member is None else sums["n"] @ self.member.astype(float)
        both = sums["same"] if self.member is None else sums["labels/both"]
        specific = co.ratio(both, yes)
        alpha = co.alpha(2.0 * (yes - both), 2.0 * yes * (total - yes), total)
        kappa = co.beyond_chance(specific, co.ratio(yes, np.broadcast_to(total, yes.shape)))
        found = zip(NAMES, (specific, alpha, kappa), strict=True)
        return {f"labels/{name}": value for name, value in found}

    def listed(self, found: dict[str, list[Measure]]) -> dict[str, dict[str, Measure]]:
        """The measures by label."""
        return {label: {n: found[f"labels/{n}"][at] for n in NAMES} for at, label in enumerate(self.names)}


def label_plan(control: Control, coded: Coded) -> Labels:
    """The labels that are measured: none where values are no labels, or too many."""
    if (
        control.kind not in SETS | {Kind.CHOICE, Kind.RATING, Kind.PREFERENCE}
        or len(coded.values) > CATEGORIES
    ):
        return Labels([], None)
    if control.kind not in SETS:
        return Labels(coded.labels, None)
    sets = [members(control.kind, v) for v in coded.values]
    parts = sorted({e for s in sets for e in s})[:CATEGORIES]
    member = np.array([[p in s for p in parts] for s in sets], bool).reshape(len(sets), len(parts))
    return Labels([STEP.join(p) for p in parts], member)
