"""Shapes that move with their image: turned as its EXIF orientation says, then scaled.

Orientations are those of the tag 0x0112 (TIFF 6.0 and EXIF 2.3, section 4.6.4): how the stored rows and
columns lie in the upright image.
"""

from __future__ import annotations

from math import atan2, ceil, degrees, floor, hypot, sqrt
from typing import TYPE_CHECKING

from msgspec.structs import replace

from labelwright.geometry.boxes import corners, cosine_sine, normal_angle
from labelwright.geometry.measures import mapped, scaled
from labelwright.geometry.rle import array_of, clip_mask, mask_of
from labelwright.geometry.shapes import Box, Ellipse, Geometry, Mask, Point, Polygon
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Size = tuple[int, int]

# By orientation: whether x and y change places first, and whether x and y then run the other way.
TURNS: dict[int, tuple[bool, bool, bool]] = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}
INVERSE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}


def turned_size(size: Size, turn: int) -> Size:
    """Width and height of an image of ``size`` once it stands upright."""
    return (size[1], size[0]) if TURNS[turn][0] else size


def reframe(geometry: Geometry, turn: int, original: Size, size: Size) -> Geometry:
    """A shape of an image of ``original`` pixels in the same image turned upright and scaled to ``size``.

    Turning is exact for every shape, of a mask bit for bit. Scaling is exact too, but for masks: a pixel
    of the result is foreground if the pixel of the mask that its centre falls on is, so that the
    edge is off by half a pixel of the coarser image at most and what is thinner may vanish. A box turned
    by no right angle becomes a polygon of its corners where width and height scale differently.

    Args:
        geometry: in pixels of the image as it is stored.
        turn: the EXIF orientation, 1 to 8; 1 for an image that stands upright.
        original: width and height of the image that the shape lies on.
        size: width and height of the image it is wanted on; (0, 0): as large as it is once turned.

    Raises:
        ValueError: an orientation that there is not, or an image without pixels.
    """
    if turn not in TURNS:
        raise ValueError(f"there is no EXIF orientation {turn}")
    upright = turned_size(original, turn)
    found = geometry if turn == 1 else _turned(geometry, turn, upright)
    if size in ((0, 0), upright):
        return found
    if min(*upright, *size) <= 0:
        raise ValueError(
            f"an image of {upright[0]} x {upright[1]} cannot become one of {size[0]} x {size[1]}"
        )
    return _scaled(found, upright, size)


def _turned(geometry: Geometry, turn: int, upright: Size) -> Geometry:
    swap, flip_x, flip_y = TURNS[turn]
    width, height = upright

    def moved(point: Point) -> Point:
        x, y = (point[1], point[0]) if swap else point
        return (width - x if flip_x else x), (height - y if flip_y else y)

    match geometry:
        case Mask():
            return _turned_mask(geometry, turn, upright)
        case Box():
            cx, cy = moved((geometry.x + geometry.width / 2, geometry.y + geometry.height / 2))
            if geometry.rotation % 360 == 0:
                w, h = (geometry.height, geometry.width) if swap else (geometry.width, geometry.height)
                # By the edges, not the centre: whole pixels stay whole.
                x, y = (geometry.y, geometry.x) if swap else (geometry.x, geometry.y)
                return Box(width - (x + w) if flip_x else x, height - (y + h) if flip_y else y, w, h)
            x, y = cx - geometry.width / 2, cy - geometry.height / 2
            return replace(geometry, x=x, y=y, rotation=_turned_angle(geometry.rotation, turn))
        case Ellipse():
            cx, cy = moved((geometry.cx, geometry.cy))
            if geometry.rotation % 360 == 0:
                rx, ry = (geometry.ry, geometry.rx) if swap else (geometry.rx, geometry.ry)
                return Ellipse(cx, cy, rx, ry)
            return replace(geometry, cx=cx, cy=cy, rotation=_turned_angle(geometry.rotation, turn))
        case _:
            return mapped(geometry, moved)


def _turned_angle(rotation: float, turn: int) -> float:
    """Where the axis of the width points afterwards."""
    swap, flip_x, flip_y = TURNS[turn]
    angle = 90 - rotation if swap else rotation
    angle = 180 - angle if flip_x else angle
    return normal_angle(-angle if flip_y else angle)


def _turned_mask(mask: Mask, turn: int, upright: Size) -> Mask:
    if not mask.counts:
        return mask
    swap, flip_x, flip_y = TURNS[turn]
    bits = array_of(mask)
    x, y = mask.x, mask.y
    if swap:
        bits, x, y = bits.T, y, x
    height, width = bits.shape
    if flip_x:
        bits, x = bits[:, ::-1], upright[0] - (x + width)
    if flip_y:
        bits, y = bits[::-1], upright[1] - (y + height)
    return mask_of(bits, x, y, crop=False)


def _scaled(geometry: Geometry, original: Size, size: Size) -> Geometry:
    across, down = size[0] / original[0], size[1] / original[1]
    uneven = size[0] * original[1] != size[1] * original[0]
    if isinstance(geometry, Mask):
        return _scaled_mask(geometry, original, size)
    if uneven and isinstance(geometry, Box | Ellipse) and geometry.rotation % 90:
        if isinstance(geometry, Ellipse):
            return _pressed(geometry, across, down)
        return Polygon.of(tuple((x * across, y * down) for x, y in corners(geometry)))
    return scaled(geometry, across, across if not uneven else down)


def _pressed(ellipse: Ellipse, across: float, down: float) -> Ellipse:
    """A turned ellipse scaled unevenly, which is an ellipse again.

    Its points are the unit circle's under a matrix; radii and direction are that matrix's singular values
    and its first left singular vector.
    """
    c, s = cosine_sine(ellipse.rotation)
    a, b = across * c * ellipse.rx, -across * s * ellipse.ry
    d, e = down * s * ellipse.rx, down * c * ellipse.ry
    xx, yy, xy = a * a + b * b, d * d + e * e, a * d + b * e
    apart = hypot((xx - yy) / 2, xy)
    large, small = (xx + yy) / 2 + apart, max((xx + yy) / 2 - apart, 0.0)
    angle = degrees(atan2(2 * xy, xx - yy) / 2)
    radii = sqrt(large), sqrt(small)
    centre = ellipse.cx * across, ellipse.cy * down
    if abs(ellipse.rx) >= abs(ellipse.ry):
        return Ellipse(*centre, *radii, normal_angle(angle))
    return Ellipse(*centre, radii[1], radii[0], normal_angle(angle + 90))


def _scaled_mask(mask: Mask, original: Size, size: Size) -> Mask:
    mask = clip_mask(mask, *original)
    if not mask.counts:
        return mask
    bits = array_of(mask)
    left, right = _span(mask.x, mask.width, original[0], size[0])
    top, bottom = _span(mask.y, mask.height, original[1], size[1])
    # Whole numbers: the centre of pixel i of n lies in pixel (2 i + 1) m // 2 n of m.
    columns = (2 * np.arange(left, right) + 1) * original[0] // (2 * size[0]) - mask.x
    rows = (2 * np.arange(top, bottom) + 1) * original[1] // (2 * size[1]) - mask.y
    columns_in, rows_in = (columns >= 0) & (columns < mask.width), (rows >= 0) & (rows < mask.height)
    found = np.zeros((bottom - top, right - left), dtype=bool)
    found[np.ix_(rows_in, columns_in)] = bits[np.ix_(rows[rows_in], columns[columns_in])]
    return mask_of(found, left, top)


def _span(start: int, length: int, original: int, size: int) -> tuple[int, int]:
    """The first pixel that a stretch touches after scaling, and the one after the last."""
    return floor(start * size / original), min(size, ceil((start + length) * size / original))
