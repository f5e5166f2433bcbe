"""Cuts a thing out of its background once somebody has drawn a box around it, or clicked on it.

No weights: the colours inside are told from those outside (Rother, Kolmogorov and Blake, "GrabCut", SIGGRAPH
2004, as OpenCV does it). The same image and box give the same mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from labelwright.contracts import Asked, Control, Guess, Query
from labelwright.geometry.measures import extent
from labelwright.geometry.rle import mask_of
from labelwright.geometry.shapes import Geometry, Mask, Point, Points, Polygon
from labelwright.lazy import lazily
from labelwright.predictors._extras import needed, number
from labelwright.predictors._pictures import Picture, allowed, drawable, picture_of
from labelwright.records import Kind, Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazily("numpy")

SIDE = 4096  # pixels of the longest side that is decoded
SEEN = 400  # pixels of the longest side of what is looked at: as good, and a second instead of many
AROUND = 0.4  # of the box's sides: how much of what lies around it is looked at
CLICKED = 0.25  # of the image's longer side: how far from a click a thing without a box may reach
DISC = 0.01  # of what is looked at: what surely belongs to a click
OUTLINE = 1.0  # pixels looked at that a polygon may be off
TINGE = 20  # of 255: how far from the colour clicked on what goes on without an edge may be
DRAWN = ("mask", "polygon")
Corners = tuple[float, float, float, float]  # left, top, right, bottom


class _Prompt(Struct):
    """One thing that is wanted, in pixels of the image that people see."""

    around: Corners
    label: str
    inside: list[Point]
    clicked: bool = False  # there is no box, and ``around`` is a guess


class Grabcut:
    """See the module."""

    name = "grabcut"
    title = "Cuts out what a box is drawn around"
    extra = "interactive"
    modules = ("cv2", "PIL")
    version = "2"
    predicts = False
    inputs = ("image",)
    kinds = (Kind.SHAPES,)
    options = {"rounds": ("4", "how often it tells inside from outside anew, 1 to 20")}  # noqa: RUF012

    def __init__(self, asked: Asked) -> None:
        """Raises ``UsageError`` if the extra is missing or no mask or polygon can be drawn."""
        needed("interactive", "cv2", "PIL")
        self._asked = asked
        self._controls = drawable(asked, DRAWN)
        self._rounds = int(number("rounds", asked.option("rounds"), 1, 20))

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        """Nothing: it answers while somebody draws."""
        return [Guess({}) for _ in batch]

    def interact(self, query: Query) -> Guess:
        """A mask (or polygon) for each box, or for what was clicked on."""
        answers: dict[str, Any] = {}
        for name in self._controls:
            control = query.template.controls[name]
            picture = picture_of(query, control.input or self._asked.inputs[0], SIDE)
            found = []
            for prompt in _prompts(query, picture.size):
                geometry = self._cut(picture, prompt, query.outside, control)
                label = prompt.label or next(iter(control.labels), "")
                if geometry is not None:
                    found.append(Shape(geometry, label))
            answers[name] = tuple(found)
        return Guess(answers)

    def _cut(
        self, picture: Picture, prompt: _Prompt, outside: Sequence[Point], control: Control
    ) -> Geometry | None:
        import cv2

        height, width = picture.pixels.shape[:2]
        across, down = picture.scale
        left, top, right, bottom = _window(prompt.around, (across, down), (width, height))
        factor = min(1.0, SEEN / max(right - left, bottom - top))
        size = max(2, round((right - left) * factor)), max(2, round((bottom - top) * factor))
        # Blue first, as OpenCV has it.
        window = np.ascontiguousarray(picture.pixels[top:bottom, left:right, ::-1])
        seen = cv2.resize(window, size, interpolation=cv2.INTER_AREA)
        to_seen = (size[0] / (right - left), size[1] / (bottom - top))

        def there(x: float, y: float) -> Point:
            return (x / across - left) * to_seen[0], (y / down - top) * to_seen[1]

        said = _said(seen, prompt, outside, there)
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(seen, said, None, *models, self._rounds, cv2.GC_INIT_WITH_MASK)
        inside = ((said == cv2.GC_FGD) | (said == cv2.GC_PR_FGD)).astype(np.uint8)
        if not inside.any():
            return None
        shown = [round(n) for n in (left * across, top * down, right * across, bottom * down)]
        if allowed(control, DRAWN) == "polygon":
            return _polygon(inside, shown)
        return _mask(inside, shown)


def _prompts(query: Query, size: tuple[int, int]) -> list[_Prompt]:
    """What is wanted: each shape with an extent by itself, points as hints, or alone as one thing."""
    shapes = [one for value in query.drawn.values() for one in _shapes(value)]
    points = [p for one in shapes if isinstance(one.geometry, Points) for p in one.geometry.points]
    found = []
    for one in shapes:
        if isinstance(one.geometry, Points) or (isinstance(one.geometry, Mask) and not one.geometry.counts):
            continue
        left, top, right, bottom = extent(one.geometry)
        around = max(left, 0.0), max(top, 0.0), min(right, size[0]), min(bottom, size[1])
        if around[2] - around[0] >= 1 and around[3] - around[1] >= 1:
            hints = [p for p in points if left <= p[0] <= right and top <= p[1] <= bottom]
            found.append(_Prompt(around, one.label, hints))
    points = [p for p in points if 0 <= p[0] < size[0] and 0 <= p[1] < size[1]]
    if not found and points:
        reach = CLICKED * max(size)
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        near = max(min(xs) - reach, 0.0), max(min(ys) - reach, 0.0)
        far = min(max(xs) + reach, size[0]), min(max(ys) + reach, size[1])
        label = next(one.label for one in shapes if isinstance(one.geometry, Points))
        found.append(_Prompt((*near, *far), label, points, clicked=True))
    return found


def _shapes(value: Any) -> Iterator[Shape]:
    if isinstance(value, tuple | list):
        yield from (one for one in value if isinstance(one, Shape))


def _window(around: Corners, scale: Point, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """What is looked at, in pixels decoded: the box and something around it."""
    left, top, right, bottom = (n / scale[i % 2] for i, n in enumerate(around))
    wide, high = max(8.0, AROUND * (right - left)), max(8.0, AROUND * (bottom - top))
    return (
        max(0, int(left - wide)), max(0, int(top - high)),
        min(size[0], int(right + wide) + 1), min(size[1], int(bottom + high) + 1),
    )  # fmt: skip


def _said(seen: NDArray[Any], prompt: _Prompt, outside: Sequence[Point], there: Any) -> NDArray[np.uint8]:
    """For each pixel what is known of it before: surely or probably inside or outside."""
    import cv2

    height, width = seen.shape[:2]
    said = np.full((height, width), cv2.GC_BGD, np.uint8)
    left, top = (round(n) for n in there(*prompt.around[:2]))
    right, bottom = (round(n) for n in there(*prompt.around[2:]))
    inner = said[max(top, 0) : max(bottom, top + 1), max(left, 0) : max(right, left + 1)]
    inner[:] = cv2.GC_PR_BGD if prompt.clicked else cv2.GC_PR_FGD
    if not (said == cv2.GC_BGD).any():  # the box is the whole image: its rim is outside
        said[0], said[-1], said[:, 0], said[:, -1] = (cv2.GC_BGD,) * 4
    if prompt.clicked:
        _grown(seen, said, [there(*point) for point in prompt.inside])
    radius = max(1, round(DISC * max(width, height)))
    for points, what in ((prompt.inside, cv2.GC_FGD), (outside, cv2.GC_BGD)):
        for point in points:
            x, y = (int(n) for n in there(*point))
            if 0 <= x < width and 0 <= y < height:
                cv2.circle(said, (x, y), radius, int(what), -1)
    if not ((said == cv2.GC_FGD) | (said == cv2.GC_PR_FGD)).any():
        said[height // 2, width // 2] = cv2.GC_PR_FGD  # it cannot do without any
    return said


def _grown(seen: NDArray[Any], said: NDArray[np.uint8], clicks: Sequence[Point]) -> None:
    """Take what has the colour of a click, and goes on from it without an edge, to be inside.

    A click alone is too little to tell a thing's colours by: they would be the background's as well.
    """
    import cv2

    height, width = said.shape
    smooth = cv2.medianBlur(np.ascontiguousarray(seen), 3)
    grown = np.zeros((height + 2, width + 2), np.uint8)
    grown[1:-1, 1:-1] = said == cv2.GC_BGD  # there it does not go
    how = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (2 << 8)
    for x, y in ((int(x), int(y)) for x, y in clicks):
        if 0 <= x < width and 0 <= y < height and not grown[y + 1, x + 1]:
            cv2.floodFill(smooth, grown, (x, y), 0, (TINGE,) * 3, (TINGE,) * 3, how)
    said[grown[1:-1, 1:-1] == 2] = cv2.GC_FGD


def _mask(inside: NDArray[np.uint8], shown: Sequence[int]) -> Mask | None:
    """What is inside as whole pixels of the image that people see."""
    import cv2

    left, top, right, bottom = shown
    size = (max(1, right - left), max(1, bottom - top))
    whole = cv2.resize(inside * np.uint8(255), size, interpolation=cv2.INTER_LINEAR) > 127
    found = mask_of(whole, left, top)
    return found if found.counts else None


def _polygon(inside: NDArray[np.uint8], shown: Sequence[int]) -> Polygon | None:
    """The outline of the largest part of what is inside."""
    import cv2

    # A frame of background, else what touches the edge of what is looked at is cut short by a pixel.
    rings, _ = cv2.findContours(cv2.resize(inside, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST),
                                cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)  # fmt: skip
    largest = max(rings, key=lambda ring: (len(ring), cv2.contourArea(ring)))
    ring = cv2.approxPolyDP(largest, 2 * OUTLINE, True)[:, 0, :]
    if len(ring) < 3:
        return None
    height, width = inside.shape
    left, top, right, bottom = shown
    across, down = (right - left) / (2 * width), (bottom - top) / (2 * height)
    return Polygon.of(tuple((left + (x + 0.5) * across, top + (y + 0.5) * down) for x, y in ring.tolist()))


plugin = Grabcut
