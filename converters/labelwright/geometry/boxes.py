"""Boxes: corners and back, what Label Studio and CVAT say of them, clipping."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, cos, degrees, hypot, radians, sin

from labelwright.geometry.shapes import Box, Point

RIGHT_ANGLES = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}


def normal_angle(degrees_: float) -> float:
    """The same angle in [0, 360)."""
    found = degrees_ % 360.0
    return 0.0 if found == 360.0 else found  # a tiny negative angle rounds up to a whole turn


def cosine_sine(degrees_: float) -> tuple[float, float]:
    """Cosine and sine, exact at right angles."""
    angle = normal_angle(degrees_)
    if angle in RIGHT_ANGLES:
        return RIGHT_ANGLES[angle]
    return cos(radians(angle)), sin(radians(angle))


def turned(x: float, y: float, degrees_: float) -> Point:
    """A vector turned clockwise (y grows downwards)."""
    c, s = cosine_sine(degrees_)
    return x * c - y * s, x * s + y * c


def centre(box: Box) -> Point:
    """The centre, about which a box is turned."""
    return box.x + box.width / 2, box.y + box.height / 2


def corners(box: Box) -> tuple[Point, Point, Point, Point]:
    """Top left, top right, bottom right, bottom left of the box before it was turned, where they are now."""
    if not box.rotation % 360:
        right, bottom = box.x + box.width, box.y + box.height
        return (box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom)
    cx, cy = centre(box)
    (ax, ay), (bx, by) = (
        turned(x, box.height / 2, box.rotation) for x in (box.width / 2, -box.width / 2)
    )  # to the bottom right and to the bottom left
    return (cx - ax, cy - ay), (cx - bx, cy - by), (cx + ax, cy + ay), (cx + bx, cy + by)


def box_from_corners(points: Sequence[Point], tolerance: float = 1e-3) -> Box:
    """The box of four corners in the order of ``corners``; the other way round is taken too.

    Args:
        points: four corners, first the one that is top left before turning.
        tolerance: how far, in pixels, a corner may be from that of the box.

    Raises:
        ValueError: they are not four, or no rectangle within the tolerance.
    """
    if len(points) != 4:
        raise ValueError(f"a box has 4 corners, not {len(points)}")
    a, b, c, d = points
    if (b[0] - a[0]) * (d[1] - a[1]) - (b[1] - a[1]) * (d[0] - a[0]) < 0:
        b, d = d, b
    cx, cy = sum(p[0] for p in points) / 4, sum(p[1] for p in points) / 4
    # Both long sides tell the direction: the mean of top and bottom, or that of left and right.
    across = ((b[0] - a[0] + c[0] - d[0]) / 2, (b[1] - a[1] + c[1] - d[1]) / 2)
    down = ((d[0] - a[0] + c[0] - b[0]) / 2, (d[1] - a[1] + c[1] - b[1]) / 2)
    width, height = hypot(*across), hypot(*down)
    turn = atan2(across[1], across[0]) if width >= height else atan2(-down[0], down[1])
    if down[0] == 0 == across[1] and across[0] >= 0 and down[1] >= 0:
        found = Box(a[0], a[1], width, height)
    else:
        found = Box(cx - width / 2, cy - height / 2, width, height, normal_angle(degrees(turn)))
    off = max(hypot(p[0] - q[0], p[1] - q[1]) for p, q in zip((a, b, c, d), corners(found), strict=True))
    if not off <= tolerance:
        raise ValueError(f"the four corners are no rectangle: one is {off:.6g} px from where it should be")
    return found


def box_from_label_studio(
    x: float, y: float, width: float, height: float, rotation: float, image_width: float, image_height: float
) -> Box:
    """A box in percent of the image's size, turned about its top left corner in pixels."""
    left, top = x * image_width / 100, y * image_height / 100
    w, h = width * image_width / 100, height * image_height / 100
    angle = normal_angle(rotation)
    if not angle:
        return Box(left, top, w, h)
    dx, dy = turned(w / 2, h / 2, angle)
    return Box(left + dx - w / 2, top + dy - h / 2, w, h, angle)


def box_to_label_studio(
    box: Box, image_width: float, image_height: float
) -> tuple[float, float, float, float, float]:
    """x, y, width, height in percent of the image's size and rotation, as Label Studio stores them.

    Raises:
        ValueError: the image has no size.
    """
    if not (image_width > 0 and image_height > 0):
        raise ValueError(f"an image of {image_width:g} x {image_height:g} has no percentages")
    left, top = corners(box)[0]
    across, down = 100 / image_width, 100 / image_height
    return left * across, top * down, box.width * across, box.height * down, normal_angle(box.rotation)


def box_from_cvat(xtl: float, ytl: float, xbr: float, ybr: float, rotation: float = 0.0) -> Box:
    """A box by its corners before it is turned about its centre; a negative side is kept as it is."""
    return Box(xtl, ytl, xbr - xtl, ybr - ytl, normal_angle(rotation))


def box_to_cvat(box: Box) -> tuple[float, float, float, float, float]:
    """xtl, ytl, xbr, ybr and rotation: the corners before turning."""
    return box.x, box.y, box.x + box.width, box.y + box.height, normal_angle(box.rotation)


def clip_box(box: Box, width: float, height: float) -> Box | None:
    """The part of an upright box inside an image of this size; None if there is none.

    Raises:
        ValueError: the box is turned, so that the part need not be a box.
    """
    if box.rotation % 360:
        raise ValueError("what is left of a turned box at the image's edge is no box")
    left, top = max(box.x, 0.0), max(box.y, 0.0)
    right, bottom = min(box.x + box.width, width), min(box.y + box.height, height)
    if right <= left or bottom <= top:
        return None
    if (left, top, right, bottom) == (box.x, box.y, box.x + box.width, box.y + box.height):
        return box
    return Box(left, top, right - left, bottom - top)
