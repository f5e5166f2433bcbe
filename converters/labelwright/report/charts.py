"""Geometry of the page's pictures: numbers only, drawn by the template."""

from __future__ import annotations

import math
from typing import NamedTuple

from labelwright.agreement.result import Confusion, Measure
from labelwright.report.words import defined

WIDTH = 240.0
EDGE = 8.0
SHADES = 6
UNBOUNDED = frozenset({"mean_absolute_difference"})  # measures in the units of the answers


class Whisker(NamedTuple):
    """A dot with its interval on an axis from ``start`` to 1; all x in units of the view box."""

    start: float
    zero: float
    one: float
    dot: float
    low: float | None
    high: float | None
    gate: float | None


class Cell(NamedTuple):
    """A cell of a heat map: a count, its shade (0 to 5), and whether both gave the same label."""

    number: int
    shade: int
    same: bool


def axis_start(measures: list[Measure]) -> float:
    """Where the axis begins: 0, or the tenth below the lowest bound, at least -1."""
    lowest = min(
        (v for m in measures if defined(m) for v in (m.value, m.low) if v is not None and math.isfinite(v)),
        default=0.0,
    )
    return max(-1.0, math.floor(lowest * 10) / 10) if lowest < 0 else 0.0


def whisker(measure: Measure, start: float, gate: float | None) -> Whisker | None:
    """Where to draw a measure; None where it has no value."""
    if measure.value is None or not defined(measure):
        return None

    def x(value: float) -> float:
        inside = min(max(value, start), 1.0)
        return round(EDGE + (inside - start) / (1.0 - start) * (WIDTH - 2 * EDGE), 1)

    bounds = measure.low is not None and measure.high is not None
    return Whisker(
        x(start),
        x(0.0),
        x(1.0),
        x(measure.value),
        x(measure.low) if bounds and measure.low is not None else None,
        x(measure.high) if bounds and measure.high is not None else None,
        None if gate is None else x(gate),
    )


def confusion_cells(
    confusion: Confusion, limit: int, always: str | None = None
) -> tuple[list[str], list[list[Cell]]]:
    """The labels most often confused with others (then the most frequent), and their cells.

    ``always``: a label that is shown however rare it is.
    """
    counts = confusion.counts
    size = min(len(confusion.labels), len(counts))
    weight = {i: (sum(counts[i]) - counts[i][i], sum(counts[i])) for i in range(size)}
    first = {i: confusion.labels[i] != always for i in range(size)}
    chosen = sorted(sorted(range(size), key=lambda i: (first[i], -weight[i][0], -weight[i][1], i))[:limit])
    most = max((counts[i][j] for i in chosen for j in chosen), default=0)
    cells = [[cell(counts[i][j], most, i == j) for j in chosen] for i in chosen]
    return [confusion.labels[i] for i in chosen], cells


def cell(number: int, most: int, same: bool) -> Cell:
    """A cell of a map whose largest count is ``most``."""
    return Cell(number, _shade(number, most), same)


def _shade(number: int, most: int) -> int:
    # The square root keeps rare confusions visible beside a strong diagonal.
    return 0 if number <= 0 or most <= 0 else max(1, round(math.sqrt(number / most) * (SHADES - 1)))


def share(number: int, total: int) -> float:
    """Percent of a total, to one decimal."""
    return round(100 * number / total, 1) if total > 0 else 0.0
