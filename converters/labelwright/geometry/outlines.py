"""The outline of a mask along the edges of its pixels: a polygon with parts and holes, and nothing lost.

Pixels that touch at a corner only belong to different parts; a corner that a ring would pass twice cuts it
in two. So every ring is simple, every part is in one piece, and where rings meet, they meet at points.
Outer rings run clockwise as one sees them, holes the other way; each begins at its topmost point, of
these the leftmost. Parts and holes come in the order of these points, from top to bottom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelwright.geometry.measures import signed_area
from labelwright.geometry.rle import Bits, Whole, array_of, by_row, runs_of, tight
from labelwright.geometry.shapes import Mask, Polygon, Ring
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Corner = tuple[int, int]
# Which of the four pixels around a corner are foreground: 1 north-west, 2 north-east, 4 south-west,
# 8 south-east. Those of one straight edge, of none and of all are no corners.
CORNERS = (0, 1, 1, 0, 1, 0, 2, 1, 1, 2, 0, 1, 0, 1, 1, 0)  # how often a corner is passed
FALLING, RISING = 9, 6  # foreground on one diagonal only


def outline(mask: Mask) -> Polygon:
    """The outline of the foreground, exact; ``fill`` gives the same pixels back.

    Returns: a polygon with whole coordinates; without parts if there is no foreground.
    """
    mask = tight(mask)
    if not mask.counts:
        return Polygon(())
    image = array_of(mask)
    component = _Components(image, mask)
    outers: dict[int, Ring] = {}
    holes: dict[int, list[Ring]] = {}
    for corners, pixel in _rings(image):
        owner = component.of(*pixel)
        for loop in _simple(corners):
            ring = tuple((float(x + mask.x), float(y + mask.y)) for x, y in _from_top(loop))
            if signed_area(ring) > 0:
                outers[owner] = ring
            else:
                holes.setdefault(owner, []).append(ring)
    return Polygon(
        tuple(
            (outers[owner], *sorted(holes.get(owner, ()), key=_place))
            for owner in sorted(outers, key=lambda owner: _place(outers[owner]))
        )
    )


def _place(ring: Ring) -> tuple[float, float]:
    return ring[0][1], ring[0][0]


def _from_top(loop: list[Corner]) -> list[Corner]:
    first = min(range(len(loop)), key=lambda at: (loop[at][1], loop[at][0]))
    return loop[first:] + loop[:first]


def _corners(image: Bits) -> tuple[Whole, Whole, Whole]:
    """All corners row by row (column, row, code); one that is passed twice stands there twice."""
    framed = np.pad(image, 1).astype(np.int64)
    codes = framed[:-1, :-1] + 2 * framed[:-1, 1:] + 4 * framed[1:, :-1] + 8 * framed[1:, 1:]
    rows, columns = np.nonzero(np.array(CORNERS)[codes])
    code = codes[rows, columns]
    times = np.array(CORNERS)[code]
    return np.repeat(columns, times), np.repeat(rows, times), np.repeat(code, times)


def _rings(image: Bits) -> list[tuple[list[Corner], Corner]]:
    """Every closed way along pixel edges, foreground to the right, and a foreground pixel beside it.

    In a row of corners the first and second are joined, the third and fourth, and so on: corner n and
    n ^ 1. The same holds in a column, where of a corner passed twice the copy that goes up comes first.
    """
    x, y, code = _corners(image)
    right = np.arange(x.size) & 1 == 0  # the edge to the neighbour in the row leaves to the right
    # A corner passed twice keeps to the pixel beside it: of a falling diagonal the way to the left goes
    # on upwards, of a rising one downwards.
    down = np.where(code == FALLING, right, np.where(code == RISING, ~right, False))
    order = np.lexsort((down, y, x))
    below = np.empty_like(order)
    below[order[0::2]], below[order[1::2]] = order[1::2], order[0::2]
    partner, xs, ys = below.tolist(), x.tolist(), y.tolist()
    south_east = (code & 8 > 0).tolist()
    seen = bytearray(x.size)
    found = []
    for first in range(0, x.size, 2):
        if seen[first]:
            continue
        # Below the edge is foreground: along it to the right. Else it is above: to the left.
        at = first if south_east[first] else first + 1
        pixel = (xs[first], ys[first] - (0 if south_east[first] else 1))
        way: list[Corner] = []
        while not seen[at]:
            to = at ^ 1
            seen[at] = seen[to] = 1
            way += [(xs[at], ys[at]), (xs[to], ys[to])]
            at = partner[to]
        found.append((way, pixel))
    return found


def _simple(way: list[Corner]) -> list[list[Corner]]:
    """The way, cut at corners that it passes twice."""
    if len(set(way)) == len(way):
        return [way]
    found: list[list[Corner]] = []
    stack: list[Corner] = []
    place: dict[Corner, int] = {}
    for corner in way:
        if corner in place:
            start = place[corner]
            loop = stack[start:]
            del stack[start:]
            for passed in loop:
                del place[passed]
            found.append(loop)
        place[corner] = len(stack)
        stack.append(corner)
    return [*found, stack]


class _Components:
    """Which foreground pixels hang together by their sides."""

    def __init__(self, image: Bits, mask: Mask) -> None:
        width = image.shape[1]
        starts, ends = by_row(runs_of(mask), width)
        self.width, self.starts = width, starts
        self.parent = list(range(starts.size))
        # A stretch touches those of the row below that begin before its end and end after its start.
        first = np.searchsorted(ends, starts + width, side="right")
        last = np.searchsorted(starts, ends + width, side="left")
        for upper, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
            for lower in range(low, high):
                a, b = self._root(upper), self._root(lower)
                self.parent[max(a, b)] = min(a, b)

    def _root(self, at: int) -> int:
        while self.parent[at] != at:
            self.parent[at] = self.parent[self.parent[at]]
            at = self.parent[at]
        return at

    def of(self, x: int, y: int) -> int:
        """The number of a foreground pixel's component."""
        return self._root(int(np.searchsorted(self.starts, y * self.width + x, side="right")) - 1)
