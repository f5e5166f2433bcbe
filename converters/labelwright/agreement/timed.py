"""Alpha of one label of segments: marked with it or not, frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from labelwright.agreement import coefficients as co
from labelwright.agreement.bootstrap import Sums
from labelwright.agreement.coefficients import Array
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Total = Callable[[Array, Array], Array]


def label_alpha(
    size: Array, pair_at: Array, frames: Array, at: Array, parts: Array
) -> tuple[Callable[[Total], Sums], Callable[[Sums], Sums]]:
    """The sums, and what is made of them: nominal alpha of "marked with this label" and "not".

    Args:
        size: Annotators per item.
        pair_at: The item of each pair of annotators.
        frames: The frames that each pair was compared on.
        at: The items that have the label.
        parts: Per such item twice the frames that both of a pair marked, and the frames that each did.
    """
    # All pairs of an item weigh m / 2 together, also where only a part of them was compared.
    once = size / np.maximum(np.bincount(pair_at, minlength=len(size)), 1)
    every, weight = frames * once[pair_at], once[at] / 2.0

    def sums(total: Total) -> Sums:
        return {
            "marked": total(at, weight * parts[:, 1]),
            "differ": total(at, 2.0 * weight * (parts[:, 1] - parts[:, 0])),
            "n": total(pair_at, every),
        }

    def evaluate(sums: Sums) -> Sums:
        marked, n = sums["marked"], sums["n"]
        return {"krippendorff_alpha": co.alpha(sums["differ"], 2.0 * marked * (n - marked), n)}

    return sums, evaluate
