"""CVAT's notations of shapes, in the XML and in the API, as geometry; and where a shape reaches to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, hypot, isfinite, radians, sin
from typing import Any

from labelwright.geometry.shapes import (
    FARTHEST,
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Mask,
    Points,
    Polygon,
    Polyline,
    Ring,
    Skeleton,
)

# The corners of a cuboid in the order of the API's sixteen numbers, as the XML names them.
CORNERS = ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2")
LEAST = {"polygon": 3, "polyline": 2, "points": 1}
SLACK = 0.01  # the XML rounds to two places


class NotFinite(ValueError):
    """A coordinate is no finite number."""


class BadMask(ValueError):
    """Run lengths do not fit their box."""


def from_xml(tag: str, given: Mapping[str, str]) -> Geometry:
    """The geometry of an XML element. Raises ``ValueError`` in plain words."""
    try:
        return _from_xml(tag, given)
    except KeyError as error:
        raise ValueError(f"it has no {error.args[0]!r}") from None


def _from_xml(tag: str, given: Mapping[str, str]) -> Geometry:
    if tag == "box":
        left, top = _float(given["xtl"]), _float(given["ytl"])
        right, bottom = _float(given["xbr"]), _float(given["ybr"])
        return box(left, top, right, bottom, _float(given.get("rotation", "0")))
    if tag == "ellipse":
        cx, cy, rx, ry = (_float(given[k]) for k in ("cx", "cy", "rx", "ry"))
        return ellipse(cx, cy, rx, ry, _float(given.get("rotation", "0")))
    if tag == "cuboid":
        return Cuboid(tuple((_float(given[f"x{c}"]), _float(given[f"y{c}"])) for c in CORNERS))
    if tag == "mask":
        from labelwright.geometry.rle_cvat import mask_from_cvat_xml

        sides = []
        for side in ("left", "top", "width", "height"):
            number = _float(given[side])
            if not number.is_integer():
                raise BadMask(f"its {side} is no whole number")
            sides.append(int(number))
        try:
            return mask_from_cvat_xml(given["rle"], *sides)
        except ValueError as error:
            raise BadMask(str(error)) from None
    return _of_points(tag, ring(given["points"]))


def from_api(kind: str, numbers: Sequence[float], rotation: float) -> Geometry:
    """The geometry of an API shape. Raises ``ValueError`` in plain words."""
    if not isfinite(rotation) or not all(map(isfinite, numbers)):
        raise NotFinite
    if kind != "mask":
        _near(numbers)
    wanted = {"rectangle": 4, "ellipse": 4, "cuboid": 16}.get(kind)
    if wanted and len(numbers) != wanted:
        raise ValueError(f"it has {len(numbers)} numbers, not {wanted}")
    if kind == "rectangle":
        left, top, right, bottom = numbers
        return box(left, top, right, bottom, rotation)
    if kind == "ellipse":
        cx, cy, right, top = numbers
        return ellipse(cx, cy, right - cx, cy - top, rotation)
    if kind == "mask":
        from labelwright.geometry.rle_cvat import mask_from_cvat_points

        try:
            return mask_from_cvat_points(numbers)
        except ValueError as error:
            raise BadMask(str(error)) from None
    if len(numbers) % 2:
        raise ValueError(f"it has an odd number of coordinates, {len(numbers)}")
    points = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return Cuboid(points) if kind == "cuboid" else _of_points(kind, points)


def box(left: float, top: float, right: float, bottom: float, rotation: float) -> Box:
    """A box by two corners before it is turned. Raises ``ValueError`` if they are the wrong way round."""
    if right < left or bottom < top:
        raise ValueError("its right or lower side lies before the left or upper one")
    return Box(left, top, right - left, bottom - top, rotation)


def ellipse(cx: float, cy: float, rx: float, ry: float, rotation: float) -> Ellipse:
    """An ellipse. Raises ``ValueError`` if a radius is negative."""
    if rx < 0 or ry < 0:
        raise ValueError("a radius is negative")
    return Ellipse(cx, cy, rx, ry, rotation)


def _of_points(kind: str, points: Ring) -> Geometry:
    least = LEAST.get(kind)
    if least is None:
        raise ValueError("it is of a kind that is not known")
    if len(points) < least:
        raise ValueError(f"it has {len(points)} points, and {least} are needed")
    if kind == "polygon":
        return Polygon(((points,),))
    return Polyline(points) if kind == "polyline" else Points(points)


def ring(text: str) -> Ring:
    """The points of ``x,y;x,y``. Raises ``ValueError``."""
    pairs = text.split(";")
    try:
        numbers = list(map(float, text.replace(";", ",").split(",")))
    except ValueError:
        raise ValueError("its points are no numbers") from None
    if len(numbers) != 2 * len(pairs) or not all(pair.count(",") == 1 for pair in pairs):
        raise ValueError("its points are no pairs of numbers")
    if not all(map(isfinite, numbers)):
        raise NotFinite
    _near(numbers)
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _near(numbers: Sequence[float]) -> None:
    if numbers and (max(numbers) > FARTHEST or min(numbers) < -FARTHEST):
        raise ValueError(f"one of its numbers is beyond {FARTHEST:.0e} pixels")


def _float(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no number") from None
    if not isfinite(value):
        raise NotFinite
    _near((value,))
    return value


def extent(shape: Geometry) -> tuple[float, float, float, float] | None:
    """Left, top, right, bottom of all of a shape; None if there is nothing of it."""
    if isinstance(shape, Box):
        turn = radians(shape.rotation)
        across = (abs(cos(turn)) * shape.width + abs(sin(turn)) * shape.height) / 2
        down = (abs(sin(turn)) * shape.width + abs(cos(turn)) * shape.height) / 2
        return _about(shape.x + shape.width / 2, shape.y + shape.height / 2, across, down)
    if isinstance(shape, Ellipse):
        turn = radians(shape.rotation)
        across = hypot(shape.rx * cos(turn), shape.ry * sin(turn))
        return _about(shape.cx, shape.cy, across, hypot(shape.rx * sin(turn), shape.ry * cos(turn)))
    if isinstance(shape, Mask):
        return (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height) if shape.counts else None
    points = _points(shape)
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _points(shape: Any) -> Sequence[tuple[float, float]]:
    if isinstance(shape, Skeleton):
        return [(j.x, j.y) for j in shape.joints if j.visibility]
    if isinstance(shape, Polygon):
        return [point for part in shape.parts for point in part[0]]
    return list(shape.points)


def _about(x: float, y: float, across: float, down: float) -> tuple[float, float, float, float]:
    return x - across, y - down, x + across, y + down


def beyond(shape: Geometry, width: float, height: float) -> dict[str, Any] | None:
    """Where a shape reaches to, if that is beyond its image."""
    found = extent(shape)
    if found is None:
        return None
    left, top, right, bottom = found
    if left >= -SLACK and top >= -SLACK and right <= width + SLACK and bottom <= height + SLACK:
        return None
    return {
        "left": left, "top": top, "right": right, "bottom": bottom, "width": width, "height": height
    }  # fmt: skip
