"""Follows things from frame to frame by what they look like.

No weights: around where a thing was, and a little larger and smaller, the place is sought that looks most
like it did, in the frame before and in the first (normalised cross-correlation; Lewis, "Fast Normalized
Cross-Correlation", 1995, as OpenCV does it). What it needs for the next frame is in a thing's state, so that
whoever asks keeps it, and nobody else waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from labelwright.contracts import Asked, Followed, Guess, Query
from labelwright.geometry.measures import extent, moved, scaled
from labelwright.geometry.shapes import Box, Ellipse, Mask, Points, Polygon, Polyline, Skeleton
from labelwright.lazy import lazily
from labelwright.predictors._extras import needed, number
from labelwright.predictors._pictures import Picture, picture_of
from labelwright.problems import DataError, Place, ProblemType
from labelwright.records import Kind, Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazily("numpy")

SIDE = 1920  # pixels of the longest side of a frame that is looked at
PATCH = 40  # pixels of the longest side of a thing that is compared
LEAST = 4  # pixels of a side below which there is nothing to compare
REACH = 1.0  # of a thing's longer side: how far it may move from one frame to the next
LARGEST = 1.5  # of a frame's longer side: what is larger cannot be followed
SIZES = (1.0, 0.96, 1.04)
LARGEST_STATE = 64_000  # bytes

BAD_STATE = ProblemType(
    "follow.state-unusable",
    "What is to be followed has no state of an earlier frame",
    "thing {number} cannot be followed on: {reason}",
    "Begin again with a shape drawn on this frame.",
)
NOT_THERE = ProblemType(
    "follow.not-there",
    "What is to be followed is too small, larger than the frame or outside of it",
    "thing {number} is smaller than {least} x {least} pixels, larger than the frame or outside of it",
    "Draw it where it is larger, or by hand.",
)


class _State(Struct, array_like=True):
    """What is kept of a thing: its shape when seen last, what it looked like then and at first.

    Both looks are rows of grey, ``width`` x ``height``. ``lost`` counts frames since.
    """

    shape: Shape
    width: int
    height: int
    first: bytes
    last: bytes
    lost: int = 0


class Follow:
    """See the module."""

    name = "follow"
    title = "Follows what is drawn from frame to frame"
    extra = "interactive"
    modules = ("cv2", "PIL")
    version = "1"
    predicts = False
    inputs = ("image", "video")
    kinds = (Kind.SHAPES, Kind.TRACKS)
    options = {  # noqa: RUF012
        "threshold": ("0.5", "how alike it has to look to be the same thing, 0 to 1")
    }

    def __init__(self, asked: Asked) -> None:
        """Raises ``UsageError`` if the extra is missing."""
        needed("interactive", "cv2", "PIL")
        self._asked = asked
        self._threshold = number("threshold", asked.option("threshold"), 0, 1)

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        """Nothing: it answers while somebody draws."""
        return [Guess({}) for _ in batch]

    def track(self, query: Query, things: Sequence[Shape | bytes]) -> list[Followed]:
        """Where things are; the score of a shape is how alike it looks."""
        picture = picture_of(query, self._asked.inputs[0], SIDE)
        grey = _grey(picture.pixels)
        place = Place(item=str(query.item.key))
        found = []
        for number_, thing in enumerate(things):
            if isinstance(thing, Shape):
                state = _begun(thing, grey, picture.scale)
                if state is None:
                    raise DataError(NOT_THERE.at(place, number=number_, least=LEAST))
                found.append(Followed(thing, _packed(state)))
            else:
                try:
                    state = _unpacked(thing)
                except ValueError as error:
                    raise DataError(BAD_STATE.at(place, number=number_, reason=str(error))) from None
                found.append(self._next(state, grey, picture))
        return found

    def _next(self, state: _State, grey: NDArray[Any], picture: Picture) -> Followed:
        match = _best(state, grey, picture.scale)
        if match is None or match[0] < self._threshold:
            return Followed(None, _packed(replace(state, lost=state.lost + 1)))
        alike, (left, top, right, bottom) = match
        x1, y1, x2, _ = extent(state.shape.geometry)
        (new_x, new_y), (new_right, _) = picture.moved(((left, top), (right, bottom)))
        factor = (new_right - new_x) / (x2 - x1)
        geometry = moved(
            scaled(state.shape.geometry, factor, factor), new_x - factor * x1, new_y - factor * y1
        )
        shape = replace(state.shape, geometry=geometry, score=round(min(1.0, alike), 4))
        look = _look(grey, (left, top, right, bottom), (state.width, state.height))
        last = state.last if look is None else look.tobytes()
        return Followed(shape, _packed(replace(state, shape=shape, last=last, lost=0)))


def _begun(shape: Shape, grey: NDArray[Any], scale: tuple[float, float]) -> _State | None:
    """The state of a thing in the frame it is drawn on; None if nothing of it can be seen."""
    if isinstance(shape.geometry, Mask):  # it is followed by its extent: a mask cannot be scaled exactly
        if not shape.geometry.counts:
            return None
        x1, y1, x2, y2 = extent(shape.geometry)
        shape = replace(shape, geometry=Box(x1, y1, x2 - x1, y2 - y1))
    x1, y1, x2, y2 = extent(shape.geometry)
    corners = (x1 / scale[0], y1 / scale[1], x2 / scale[0], y2 / scale[1])
    wide, high = corners[2] - corners[0], corners[3] - corners[1]
    if min(wide, high) < LEAST or max(wide, high) > LARGEST * max(grey.shape):
        return None
    factor = min(1.0, PATCH / max(wide, high))
    size = max(LEAST, round(wide * factor)), max(LEAST, round(high * factor))
    look = _look(grey, corners, size)
    return None if look is None else _State(shape, *size, look.tobytes(), look.tobytes())


def _look(grey: NDArray[Any], corners: Sequence[float], size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """What is between two corners, scaled; beyond the frame its edge goes on. None if all is beyond."""
    import cv2

    left, top, right, bottom = corners
    height, width = grey.shape
    if right <= 0 or bottom <= 0 or left >= width or top >= height:
        return None
    across, down = (right - left) / size[0], (bottom - top) / size[1]
    # Averaged over as many pixels as become one, else a small look of a large thing is noise.
    blur = (max(1, int(across) | 1), max(1, int(down) | 1))
    pad = [int(n) + 2 for n in (max(0, -left), max(0, -top), max(0, right - width), max(0, bottom - height))]
    x1, y1 = max(0, int(left) - 2), max(0, int(top) - 2)
    x2, y2 = min(width, int(right) + 3), min(height, int(bottom) + 3)
    part = cv2.copyMakeBorder(grey[y1:y2, x1:x2], pad[1], pad[3], pad[0], pad[2], cv2.BORDER_REPLICATE)
    part = cv2.blur(part, blur) if max(blur) > 1 else part
    # Centres of the pixels of the look, in those of the part.
    ox = left - x1 + pad[0] + across / 2 - 0.5
    oy = top - y1 + pad[1] + down / 2 - 0.5
    way = np.array([[across, 0, ox], [0, down, oy]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found: NDArray[np.uint8] = cv2.warpAffine(part, way, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return found


def _best(
    state: _State, grey: NDArray[Any], scale: tuple[float, float]
) -> tuple[float, tuple[float, float, float, float]] | None:
    """How alike the most alike place is, and its corners in the frame's pixels."""
    import cv2

    x1, y1, x2, y2 = extent(state.shape.geometry)
    left, top, right, bottom = x1 / scale[0], y1 / scale[1], x2 / scale[0], y2 / scale[1]
    if max(right - left, bottom - top) > LARGEST * max(grey.shape):
        return None
    looks = [
        np.frombuffer(data, np.uint8).reshape(state.height, state.width) for data in (state.first, state.last)
    ]
    found: tuple[float, tuple[float, float, float, float]] | None = None
    for factor in SIZES:
        wide, high = (right - left) * factor, (bottom - top) * factor
        step_x, step_y = wide / state.width, high / state.height
        reach = min(REACH * max(wide, high) * (1 + min(state.lost, 3)), max(grey.shape) / 2)
        more_x, more_y = int(reach / step_x) + 1, int(reach / step_y) + 1
        from_x = (left + right - wide) / 2 - more_x * step_x
        from_y = (top + bottom - high) / 2 - more_y * step_y
        size = state.width + 2 * more_x, state.height + 2 * more_y
        area = (from_x, from_y, from_x + size[0] * step_x, from_y + size[1] * step_y)
        window = _look(grey, area, size)
        if window is None:
            continue
        alike = sum(cv2.matchTemplate(window, look, cv2.TM_CCOEFF_NORMED) for look in looks) / len(looks)
        alike = np.where(np.isfinite(alike), alike, 0)
        y, x = np.unravel_index(int(alike.argmax()), alike.shape)
        score = float(alike[y, x]) - (0.003 if factor != 1.0 else 0.0)  # as large as before, where that does
        if found is None or score > found[0]:
            at_x = from_x + (x + _between(alike[y], int(x))) * step_x
            at_y = from_y + (y + _between(alike[:, x], int(y))) * step_y
            found = score, (at_x, at_y, at_x + wide, at_y + high)
    return found


def _between(values: NDArray[Any], at: int) -> float:
    """Where a peak lies between pixels: that of the parabola through it and its neighbours."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, peak, after = (float(v) for v in values[at - 1 : at + 2])
    bend = before - 2 * peak + after
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, (before - after) / (2 * bend)))


def _grey(pixels: NDArray[Any]) -> NDArray[Any]:
    import cv2

    found: NDArray[np.uint8] = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return found


def _packed(state: _State) -> bytes:
    return msgspec.msgpack.encode(state)


def _unpacked(data: bytes) -> _State:
    """A state that went through other hands. Raises ``ValueError``."""
    if len(data) > LARGEST_STATE:
        raise ValueError("its state is too large")
    try:
        state = msgspec.msgpack.decode(data, type=_State)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("its state is none of this predictor's") from None
    width, height = state.width, state.height
    fits = LEAST <= width <= PATCH and LEAST <= height <= PATCH
    if not fits or not len(state.first) == len(state.last) == width * height:
        raise ValueError("its state is damaged")
    if not isinstance(state.shape.geometry, Box | Ellipse | Polygon | Polyline | Points | Skeleton):
        raise ValueError("its state is damaged")
    x1, y1, x2, y2 = extent(state.shape.geometry)
    if not (0 < x2 - x1 < 1e6 and 0 < y2 - y1 < 1e6 and abs(x1) < 1e6 and abs(y1) < 1e6):
        raise ValueError("its state is damaged")
    return state


plugin = Follow
