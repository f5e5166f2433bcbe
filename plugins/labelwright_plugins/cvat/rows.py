"""Shapes and tags as CVAT's API has them, by the names of their labels, and what it takes as attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from labelwright.geometry.shapes import NAMES, Box, Ellipse, Geometry, Mask, Polygon, Polyline, Skeleton
from labelwright_plugins.cvat.elements import far_side
from labelwright_plugins.cvat.labels import TYPES
from labelwright_plugins.cvat.written import Pairs

LARGEST_GROUP = 1_000_000_000


class Element(Struct):
    """One point of a skeleton."""

    label: str
    points: list[float]
    outside: bool = False
    occluded: bool = False
    attributes: Pairs = []


class Row(Struct):
    """One shape or tag. ``points`` are as the API has them; ``mask`` says the same of a mask."""

    type: str
    label: str
    points: list[float] = []
    rotation: float = 0.0
    score: float | None = None
    occluded: bool = False
    z_order: int = 0
    group: int = 0
    attributes: Pairs = []
    elements: list[Element] = []
    mask: Mask | None = None


def groups_of(marks: Iterable[Any]) -> dict[str, int]:
    """The numbers of groups: their names where those are numbers."""
    names = list(dict.fromkeys(group for one in marks if (group := getattr(one, "group", ""))))
    found = {name: int(name) for name in names if name.isdecimal() and 0 < int(name) < LARGEST_GROUP}
    after = max(found.values(), default=0) + 1
    rest = [name for name in names if name not in found]
    return found | {name: after + n for n, name in enumerate(rest)}


def middle_of(points: Sequence[tuple[float, float]]) -> list[float]:
    """The middle of what points reach over."""
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    return [min(xs) + (max(xs) - min(xs)) / 2, min(ys) + (max(ys) - min(ys)) / 2]


def plain(geometry: Geometry) -> Iterator[Row]:
    """Rows without a label, of everything but skeletons."""
    if isinstance(geometry, Box):
        right, bottom = far_side(geometry.x, geometry.width), far_side(geometry.y, geometry.height)
        yield Row("rectangle", "", [geometry.x, geometry.y, right, bottom], geometry.rotation % 360)
    elif isinstance(geometry, Ellipse):
        points = [geometry.cx, geometry.cy, geometry.cx + geometry.rx, geometry.cy - geometry.ry]
        yield Row("ellipse", "", points, geometry.rotation % 360)
    elif isinstance(geometry, Polygon):
        for part in geometry.parts:
            yield Row("polygon", "", _flat(part[0]))
    elif isinstance(geometry, Mask):
        from labelwright.geometry.rle_cvat import cvat_points

        yield Row("mask", "", [float(n) for n in cvat_points(geometry)], mask=geometry)
    elif isinstance(geometry, Polyline):
        ring = geometry.points
        yield Row("polyline", "", _flat((*ring, ring[0]) if geometry.closed and ring else ring))
    elif not isinstance(geometry, Skeleton):
        yield Row(TYPES[NAMES[type(geometry)]], "", _flat(geometry.points))


def _flat(points: Iterable[tuple[float, float]]) -> list[float]:
    return [float(number) for point in points for number in point]


def whole(values: Sequence[str]) -> bool:
    """Whether a number's least, greatest and step are as CVAT's functions want them."""
    try:
        low, high, step = map(int, values)
    except ValueError:
        return False
    return step > 0 and low <= high and (high - low) % step == 0


def number(text: str) -> str:
    """A number as CVAT writes it: without a point where it is whole."""
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() else text


def takes(spec: Mapping[str, Any], value: str, unsigned: bool) -> bool:
    """Whether CVAT takes a value for an attribute; ``unsigned``: no negative numbers."""
    if spec["input_type"] == "checkbox":
        return value in ("true", "false")
    if spec["input_type"] in ("select", "radio"):
        return value in spec["values"]
    if spec["input_type"] != "number":
        return True
    if not whole(spec["values"]):
        return _within(spec["values"], value)
    try:
        low, high, step = map(int, spec["values"])
        number = int(value)
    except ValueError:
        return False
    return low <= number <= high and (number - low) % step == 0 and not (unsigned and number < 0)


def _within(values: Sequence[str], text: str) -> bool:
    """Whether a number lies between the least and the greatest that a label of a project takes."""
    try:
        low, high, value = float(values[0]), float(values[1]), float(text)
    except (ValueError, IndexError):
        return False
    return low <= value <= high
