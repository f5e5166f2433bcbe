"""Ellipses as the tools say them, and as polygons."""

from __future__ import annotations

from collections.abc import Sequence
from math import acos, ceil, cos, pi

from labelwright.geometry.boxes import cosine_sine, normal_angle
from labelwright.geometry.shapes import Ellipse, Polygon

BOUND = 0.25  # pixels
MOST_CORNERS = 1 << 14  # reached at a radius of fourteen million pixels; the bound then grows


def ellipse_from_label_studio(
    x: float,
    y: float,
    radius_x: float,
    radius_y: float,
    rotation: float,
    image_width: float,
    image_height: float,
) -> Ellipse:
    """Centre and radii in percent: x of the width, y of the height; turned about the centre in pixels."""
    across, down = image_width / 100, image_height / 100
    return Ellipse(x * across, y * down, radius_x * across, radius_y * down, normal_angle(rotation))


def ellipse_to_label_studio(
    ellipse: Ellipse, image_width: float, image_height: float
) -> tuple[float, float, float, float, float]:
    """x, y, radiusX, radiusY in percent and rotation.

    Raises:
        ValueError: the image has no size.
    """
    if not (image_width > 0 and image_height > 0):
        raise ValueError(f"an image of {image_width:g} x {image_height:g} has no percentages")
    across, down = 100 / image_width, 100 / image_height
    angle = normal_angle(ellipse.rotation)
    return ellipse.cx * across, ellipse.cy * down, ellipse.rx * across, ellipse.ry * down, angle


def ellipse_from_cvat_points(points: Sequence[float], rotation: float = 0.0) -> Ellipse:
    """The API's points: centre x and y, x of the rightmost and y of the topmost point before turning.

    Raises:
        ValueError: there are not four numbers.
    """
    if len(points) != 4:
        raise ValueError(f"an ellipse has 4 numbers, not {len(points)}")
    cx, cy, right, top = points
    return Ellipse(cx, cy, right - cx, cy - top, normal_angle(rotation))


def ellipse_to_cvat_points(ellipse: Ellipse) -> tuple[float, float, float, float]:
    """The API's points: cx, cy, right, top; the rotation is said beside them."""
    return ellipse.cx, ellipse.cy, ellipse.cx + ellipse.rx, ellipse.cy - ellipse.ry


def ellipse_from_box(points: Sequence[float], rotation: float = 0.0) -> Ellipse:
    """The ellipse in a box by x1, y1, x2, y2 before turning, as Datumaro has it from CVAT.

    Raises:
        ValueError: there are not four numbers.
    """
    if len(points) != 4:
        raise ValueError(f"an ellipse has 4 numbers, not {len(points)}")
    x1, y1, x2, y2 = points
    return Ellipse((x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, (y2 - y1) / 2, normal_angle(rotation))


def ellipse_to_box(ellipse: Ellipse) -> tuple[float, float, float, float]:
    """x1, y1, x2, y2 of the box around the ellipse before turning."""
    return (
        ellipse.cx - ellipse.rx,
        ellipse.cy - ellipse.ry,
        ellipse.cx + ellipse.rx,
        ellipse.cy + ellipse.ry,
    )


def ellipse_polygon(
    ellipse: Ellipse, bound: float = BOUND, chords: int | None = None
) -> tuple[Polygon, float]:
    """A polygon with its corners on the ellipse, nowhere further from it than ``bound`` pixels.

    A chord over the angle 2 pi / n of a circle of radius r is off by the sagitta r (1 - cos(pi / n)); an
    ellipse is a circle of its larger radius, pressed together. n is a multiple of 4, at least 8, so that
    the ends of both axes are corners. ``chords`` sets n, whatever the bound.

    Returns: the polygon, and the bound that holds for it.

    Raises:
        ValueError: the bound is not positive.
    """
    if not bound > 0:
        raise ValueError(f"a bound of {bound} px cannot be kept")
    radius = max(abs(ellipse.rx), abs(ellipse.ry))
    count = chords or 8
    if chords is None and bound < radius:
        angle = max(acos(1 - bound / radius), pi / MOST_CORNERS)
        count = max(count, 4 * ceil(pi / angle / 4))
    c, s = cosine_sine(ellipse.rotation)
    ring = []
    for step in range(count):
        along, beside = cosine_sine(360 * step / count)
        x, y = ellipse.rx * along, ellipse.ry * beside
        ring.append((ellipse.cx + x * c - y * s, ellipse.cy + x * s + y * c))
    return Polygon.of(tuple(ring)), radius * (1 - cos(pi / count))
