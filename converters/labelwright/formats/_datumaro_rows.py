"""One shape as one Datumaro annotation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from labelwright.formats import _losses as losses
from labelwright.formats._coco_rows import Rle, Said, Size, filled, flat, on_pixel_edges
from labelwright.formats._losses import Refused
from labelwright.geometry.curves import straightened
from labelwright.geometry.ellipses import ellipse_to_box
from labelwright.geometry.faults import EMPTY, NEGATIVE, NO_AREA, NOT_FINITE, faults
from labelwright.geometry.rle import clip_mask, mask_area, tight
from labelwright.geometry.rle_coco import coco_string
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)


class Row(Struct, omit_defaults=True):
    """An annotation, in the order in which its keys are written."""

    id: int
    type: str
    attributes: dict[str, Any]
    group: int
    label_id: int | None = None
    points: list[Any] | None = None
    z_order: int | None = None
    bbox: tuple[float, float, float, float] | None = None
    rle: Rle | None = None
    visibility: list[int] | None = None
    points_attributes: list[dict[str, Any]] | None = None


class Body(Struct):
    """What a geometry becomes; ``exact`` are attributes and ``fields`` those of ``Row``."""

    type: str
    fields: dict[str, Any]
    exact: dict[str, Any] = {}
    said: Said = ()


def body(geometry: Geometry, size: Size, joints: list[str]) -> Body:
    """What is written of a geometry. Raises ``Refused``."""
    wrong = faults(geometry)
    if NOT_FINITE in wrong:
        raise Refused(losses.NOT_FINITE)
    if EMPTY in wrong or NEGATIVE in wrong or (NO_AREA in wrong and isinstance(geometry, Box | Ellipse)):
        raise Refused(losses.NO_AREA, width=0, height=0)
    if isinstance(geometry, Skeleton):
        return _skeleton(geometry, joints)
    return _MAKERS[type(geometry)](geometry, size)


def _turn(rotation: float) -> dict[str, Any]:
    return {"rotation": rotation} if rotation else {}


def _box(box: Box, size: Size) -> Body:
    del size
    return Body("bbox", {"bbox": (box.x, box.y, box.width, box.height)}, _turn(box.rotation))


def _ellipse(ellipse: Ellipse, size: Size) -> Body:
    del size
    exact = {**_turn(ellipse.rotation)}
    return Body("ellipse", {"points": list(ellipse_to_box(ellipse))}, exact)


def _polygon(polygon: Polygon, size: Size) -> Body:
    if polygon.ring is not None:
        return Body("polygon", {"points": flat(polygon.ring)})
    made = _mask(filled(polygon, size), size)
    made.exact = {"polygon": polygon.parts}
    made.said = (
        () if on_pixel_edges(polygon) else ((losses.PIXELS_NEAR, {"kind": "polygon of several rings"}),)
    )
    return made


def _polyline(line: Polyline, size: Size) -> Body:
    del size
    straight, off = straightened(line)
    exact = {"closed": True} if line.closed else {}
    said: Said = ((losses.CURVE_NEAR, {}),) if off else ()
    return Body("polyline", {"points": flat(straight.points)}, exact, said)


def _points(points: Points, size: Size) -> Body:
    del size
    seen = [2] * len(points.points)
    return Body("points", {"points": flat(points.points), "visibility": seen})


def _mask(mask: Mask, size: Size) -> Body:
    if size is None:
        raise Refused(losses.SIZE_MISSING)
    width, height = size
    whole = tight(mask)
    inside = tight(clip_mask(whole, width, height))
    if not inside.counts:
        raise Refused(losses.OUTSIDE, width=width, height=height)
    said: Said = ((losses.CLIPPED, {}),) if mask_area(inside) != mask_area(whole) else ()
    return Body("mask", {"rle": Rle((height, width), coco_string(inside, width, height))}, said=said)


def _cuboid(cuboid: Cuboid, size: Size) -> Body:
    del size
    return Body("cuboid_2d", {"points": [list(point) for point in cuboid.points]})


_MAKERS: dict[type, Callable[[Any, Size], Body]] = {
    Box: _box,
    Ellipse: _ellipse,
    Polygon: _polygon,
    Polyline: _polyline,
    Points: _points,
    Mask: _mask,
    Cuboid: _cuboid,
}


def _skeleton(figure: Skeleton, names: list[str]) -> Body:
    """Triples of x, y and visibility in the label's order of joints; what it lacks is 0, 0, 0."""
    by_name = {joint.name: joint for joint in figure.joints}
    numbers: list[Any] = []
    attributes: list[dict[str, Any]] = []
    for name in names:
        joint = by_name.pop(name, None)
        numbers += (0.0, 0.0, HIDDEN) if joint is None else (joint.x, joint.y, joint.visibility)
        attributes.append({} if joint is None else dict(joint.attributes))
    said: Said = ((losses.JOINT_UNKNOWN, {"names": ", ".join(by_name)}),) if by_name else ()
    return Body("skeleton", {"points": numbers, "points_attributes": attributes}, said=said)
