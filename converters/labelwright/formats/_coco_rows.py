"""One shape as one COCO annotation."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, TypeAlias

from msgspec import Struct

from labelwright.formats import _losses as losses
from labelwright.formats._losses import Refused
from labelwright.geometry.boxes import corners
from labelwright.geometry.ellipses import ellipse_polygon
from labelwright.geometry.fill import fill
from labelwright.geometry.measures import area, extent
from labelwright.geometry.rle import clip_mask, mask_area, tight
from labelwright.geometry.rle_coco import coco_string
from labelwright.geometry.shapes import HIDDEN, Box, Ellipse, Geometry, Mask, Polygon, Ring, Skeleton
from labelwright.problems import ProblemType

Size: TypeAlias = tuple[int, int] | None
Flat: TypeAlias = list[float]
Said: TypeAlias = tuple[tuple[ProblemType, dict[str, Any]], ...]


class Rle(Struct, frozen=True):
    """A mask over the whole image, height first, with compressed counts."""

    size: tuple[int, int]
    counts: str


class Row(Struct, omit_defaults=True):
    """An annotation, in the order in which its keys are written."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float
    segmentation: list[Flat] | Rle | tuple[()]
    iscrowd: int
    num_keypoints: int | None = None
    keypoints: Flat | None = None
    score: float | None = None
    attributes: dict[str, Any] | None = None


class Body(Struct):
    """What a geometry becomes. ``near``: what is written nearly as it was, with what a message wants."""

    bbox: tuple[float, float, float, float]
    area: float
    segmentation: list[Flat] | Rle | tuple[()] = ()
    exact: dict[str, Any] = {}
    said: Said = ()
    keypoints: Flat | None = None
    num_keypoints: int | None = None


def flat(ring: Ring) -> Flat:
    """X and y of each point, one after the other."""
    return [number for point in ring for number in point]


def body(geometry: Geometry, size: Size, joints: list[str], box: Box | None = None) -> Body:
    """What is written of a geometry on an image of ``size``. Raises ``Refused``.

    ``joints`` are the names of the category's keypoints; ``box`` was drawn around a figure.
    """
    if isinstance(geometry, Skeleton):
        return _skeleton(geometry, joints, box)
    made = _MAKERS.get(type(geometry))
    if made is None:
        raise Refused(losses.NOT_HELD[type(geometry)])
    return made(geometry, size)


def _box(box: Box, size: Size) -> Body:
    del size
    numbers = (box.x, box.y, box.width, box.height)
    _sound(box.width, box.height, *numbers, box.rotation)
    turn = box.rotation % 360
    if not turn:
        exact = {"rotation": box.rotation, "box": numbers} if box.rotation else {}
        return Body(numbers, box.width * box.height, exact=exact)
    return Body(
        around(box),
        box.width * box.height,
        [flat(corners(box))],
        {"rotation": box.rotation, "box": numbers},
    )


def _ellipse(ellipse: Ellipse, size: Size) -> Body:
    del size
    numbers = (ellipse.cx, ellipse.cy, ellipse.rx, ellipse.ry, ellipse.rotation)
    _sound(ellipse.rx, ellipse.ry, *numbers)
    polygon, _ = ellipse_polygon(ellipse)
    rings = [flat(part[0]) for part in polygon.parts]
    said: Said = ((losses.ELLIPSE_NEAR, {}),)
    return Body(around(ellipse), area(ellipse), rings, {"ellipse": numbers}, said)


def _polygon(polygon: Polygon, size: Size) -> Body:
    rings = [ring for part in polygon.parts for ring in part]
    points = [number for ring in rings for point in ring for number in point]
    if not rings or any(len(ring) < 3 for ring in rings):
        raise Refused(losses.NO_AREA, width=0, height=0)
    _sound(1, 1, *points)
    if all(len(part) == 1 for part in polygon.parts):
        return Body(around(polygon), area(polygon), [flat(part[0]) for part in polygon.parts])
    made = _mask(filled(polygon, size), size)
    made.exact = {"polygon": polygon.parts}
    made.said = () if on_pixel_edges(polygon) else ((losses.PIXELS_NEAR, {"kind": "polygon with holes"}),)
    return made


def filled(geometry: Geometry, size: Size) -> Mask:
    """The pixels of the image whose centres a shape encloses. Raises ``Refused`` if there are none."""
    if size is None:
        raise Refused(losses.SIZE_MISSING)
    found = fill(geometry, size)
    if not found.counts or not mask_area(found):
        x, y, width, height = around(geometry)
        outside = x >= size[0] or y >= size[1] or x + width <= 0 or y + height <= 0
        if outside:
            raise Refused(losses.OUTSIDE, width=size[0], height=size[1])
        raise Refused(losses.NO_AREA, width=width, height=height)
    return found


def on_pixel_edges(polygon: Polygon) -> bool:
    """Whether every side runs along the edges of pixels, so that a mask holds the very same region."""
    for part in polygon.parts:
        for ring in part:
            for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
                if ax != int(ax) or ay != int(ay) or (ax != bx and ay != by):
                    return False
    return True


def _mask(mask: Mask, size: Size) -> Body:
    if size is None:
        raise Refused(losses.SIZE_MISSING)
    width, height = size
    whole = tight(mask)
    if not whole.counts:
        raise Refused(losses.NO_AREA, width=0, height=0)
    inside = tight(clip_mask(whole, width, height))
    if not inside.counts:
        raise Refused(losses.OUTSIDE, width=width, height=height)
    said: Said = ((losses.CLIPPED, {}),) if mask_area(inside) != mask_area(whole) else ()
    rle = Rle((height, width), coco_string(inside, width, height))
    bbox = (float(inside.x), float(inside.y), float(inside.width), float(inside.height))
    return Body(bbox, float(mask_area(inside)), rle, said=said)


_MAKERS: dict[type, Callable[[Any, Size], Body]] = {
    Box: _box,
    Ellipse: _ellipse,
    Polygon: _polygon,
    Mask: _mask,
}


def _skeleton(figure: Skeleton, names: list[str], box: Box | None) -> Body:
    """Keypoints in the category's order; what it lacks is 0, 0, 0."""
    _sound(1, 1, *(number for joint in figure.joints for number in (joint.x, joint.y)))
    by_name = {joint.name: joint for joint in figure.joints}
    numbers: Flat = []
    for name in names:
        joint = by_name.pop(name, None)
        numbers += (0, 0, HIDDEN) if joint is None else (joint.x, joint.y, joint.visibility)
    said: list[tuple[ProblemType, dict[str, Any]]] = []
    if by_name:
        said.append((losses.JOINT_UNKNOWN, {"names": ", ".join(by_name)}))
    if any(joint.attributes for joint in figure.joints):
        said.append((losses.JOINTS, {}))
    visible = sum(joint.visibility != HIDDEN for joint in figure.joints if joint.name not in by_name)
    x1, y1, x2, y2 = extent(figure) if visible else (0.0, 0.0, 0.0, 0.0)
    bbox = (x1, y1, x2 - x1, y2 - y1)
    found = Body(bbox, bbox[2] * bbox[3], said=tuple(said), keypoints=numbers, num_keypoints=visible)
    if box is not None:
        drawn = _box(box, None)
        found.bbox, found.area, found.exact = drawn.bbox, drawn.area, drawn.exact
        if not visible:  # else it would be read as a box, whose keypoints nobody marked
            found.exact = {**drawn.exact, "box": (box.x, box.y, box.width, box.height)}
    return found


def around(geometry: Geometry) -> tuple[float, float, float, float]:
    """x, y, width and height of a shape's extent."""
    x1, y1, x2, y2 = extent(geometry)
    return (x1, y1, x2 - x1, y2 - y1)


def _sound(width: float, height: float, *numbers: float) -> None:
    if not all(map(isfinite, numbers)):
        raise Refused(losses.NOT_FINITE)
    if width <= 0 or height <= 0:
        raise Refused(losses.NO_AREA, width=width, height=height)
