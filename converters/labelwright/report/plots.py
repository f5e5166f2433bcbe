"""Geometry of the larger pictures: speed against reliability, and the trend over batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

WIDE, HIGH, LOW = 480.0, 310.0, 122.0  # view boxes: 480 x 310, and 480 x 122 for one line of a trend
LEFT, RIGHT, TOP, FOOT = 40.0, 14.0, 10.0, 24.0
TITLE, LEGEND = 18.0, 16.0  # what the names of both axes take
NAMES = 152.0  # the column of names, at the right
APART = 36.0  # from one mark of time to the next
LINE = 16.0  # from one name to the next
NAMED = 12  # points that have room for their names
TIMES = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)
UNEVEN = 8.0  # times as long, from which on the axis of time is logarithmic


class Dot(NamedTuple):
    """A value to draw: its name, x and y in their own units, an interval, and whether to look at it."""

    name: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None
    flagged: bool = False


class Placed(NamedTuple):
    """A dot in units of the view box, with where its name stands ("" where it has no room)."""

    name: str
    x: float
    y: float
    low: float | None
    high: float | None
    flagged: bool
    label_y: float


class Tick(NamedTuple):
    """A mark of an axis."""

    at: float
    text: str


class Plot(NamedTuple):
    """A picture: its size, its points, and the marks of both axes."""

    width: float
    height: float
    points: list[Placed]
    across: list[Tick]
    up: list[Tick]
    foot: float  # from the lower axis to the edge
    right: float  # from the end of the lines to the edge
    line: float | None = None  # what the gate or the gold target asks, as a y
    path: str = ""


def scatter(dots: Sequence[Dot], target: float | None) -> Plot | None:
    """Seconds across, a share upwards; None without dots."""
    if not dots:
        return None
    seconds = [max(d.x, 0.1) for d in dots]
    fewest, most = min(seconds), max(seconds)
    uneven = most > UNEVEN * fewest
    start, end = (fewest / 1.4, most * 1.4) if uneven else (0.0, most * 1.15)

    def x(value: float) -> float:
        share = (
            _share(math.log(value), math.log(start), math.log(end)) if uneven else _share(value, start, end)
        )
        return round(LEFT + share * (WIDE - LEFT - NAMES - 10), 1)

    bottom, top = HIGH - FOOT - LEGEND, TOP + TITLE
    y, up = _upwards([d.y if d.low is None else d.low for d in dots], target, bottom, top)
    marks = [t for t in TIMES if start <= t <= end]
    while len(marks) > 6:
        marks = marks[::2]
    points = [_placed(d, x(max(d.x, 0.1)), y) for d in dots]
    across: list[Tick] = []
    for mark in marks:
        if not across or x(mark) - across[-1].at >= APART:
            across.append(Tick(x(mark), _time(mark)))
    return Plot(
        WIDE,
        HIGH,
        _spread(points, bottom, top),
        across,
        up,
        FOOT + LEGEND,
        NAMES,
        None if target is None else y(target),
    )


def trend(values: Sequence[Dot | None], target: float | None) -> Plot | None:
    """One value a batch, joined by a line where neighbours have one; None where fewer than two have."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return None
    lows = [v.y if v.low is None else v.low for v in known]
    y, up = _upwards(lows, target, LOW - FOOT, TOP)
    step = (WIDE - LEFT - RIGHT - 36) / max(len(values) - 1, 1)
    points, path, broken = [], [], True
    across = []
    every = max(1, math.ceil(len(values) / 12))
    for number, value in enumerate(values):
        x = round(LEFT + 24 + step * number, 1)
        if number % every == 0:
            across.append(Tick(x, str(number + 1)))
        if value is None:
            broken = True
            continue
        points.append(_placed(value, x, y))
        path.append(f"{'M' if broken else 'L'}{x} {y(value.y)}")
        broken = False
    return Plot(
        WIDE, LOW, points, across, up, FOOT, RIGHT, None if target is None else y(target), "".join(path)
    )


def _upwards(
    values: Sequence[float], target: float | None, bottom: float, top: float
) -> tuple[Callable[[float], float], list[Tick]]:
    """The axis upwards: from below the lowest value to 1."""
    lowest = min([*values, 1.0 if target is None else target])
    start = max(-1.0, min(0.8, math.floor(lowest * 10 - 1e-9) / 10))
    step = 0.1 if 1.0 - start <= 0.45 else 0.2 if 1.0 - start <= 1.01 else 0.5

    def y(value: float) -> float:
        share = _share(min(max(value, start), 1.0), start, 1.0)
        return round(bottom - share * (bottom - top), 1)

    count = math.floor((1.0 - start) / step + 1e-9)
    return y, [Tick(y(1.0 - n * step), f"{1.0 - n * step + 0.0:.1f}") for n in range(count + 1)]


def _share(value: float, start: float, end: float) -> float:
    return (value - start) / (end - start) if end > start else 0.5


def _time(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"


def _placed(dot: Dot, x: float, y: Callable[[float], float]) -> Placed:
    low = None if dot.low is None or dot.high is None else y(dot.low)
    high = None if dot.low is None or dot.high is None else y(dot.high)
    return Placed(dot.name, x, y(dot.y), low, high, dot.flagged, y(dot.y))


def _spread(points: list[Placed], bottom: float, top: float) -> list[Placed]:
    """The points with the places of their names, in a column and in the order of the points' heights."""
    order = sorted(range(len(points)), key=lambda n: (not points[n].flagged, n))
    named = sorted(order[:NAMED], key=lambda n: (points[n].y, points[n].x, n))
    done = [p._replace(name="") for p in points]
    free = top - LINE + 4
    for left, n in enumerate(named):
        latest = bottom - LINE * (len(named) - left - 1)
        free = min(max(free + LINE, points[n].y + 4), latest)
        done[n] = points[n]._replace(label_y=round(free, 1))
    return done
