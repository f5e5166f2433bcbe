"""Where a tracked object is between its keyframes.

Frames are counted from 0. A keyframe says where the object is from its frame on until the next one.
Between two keyframes a shape moves as in CVAT:

- boxes, ellipses and cuboids linearly, rotation the shorter way (by just 180 degrees: clockwise);
- lines and polygons by ``morph``, rings pairwise; those with other rings, or with curves that do not
  answer each other, hold;
- one point linearly, several hold, since nothing says which is which;
- a skeleton joint by joint, by name; a joint the later one lacks holds;
- masks hold, and so does a shape followed by one of another kind.

What else a keyframe says (occluded, attributes, drawing order, visibility of joints) holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from labelwright.geometry.boxes import normal_angle
from labelwright.geometry.morph import morphed
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Point,
    Points,
    Polygon,
    Polyline,
    Ring,
    Skeleton,
)

Between: TypeAlias = Callable[[Geometry, Geometry, float], Geometry]


class Keyframe(Struct, frozen=True, gc=False):
    """What was said of an object at one frame.

    ``outside``: not to be seen from this frame on, until a keyframe that is not outside. The last
    keyframe holds until the end of the clip. ``z`` is the drawing order.
    """

    frame: int
    geometry: Geometry
    outside: bool = False
    occluded: bool = False
    attributes: tuple[tuple[str, Any], ...] = ()
    z: int = 0


def turn(a: float, b: float) -> float:
    """By how many degrees to turn from one angle to another the shorter way, in (-180, 180]."""
    found = normal_angle(b - a)
    return found - 360 if found > 180 else found


def angle_between(a: float, b: float, share: float) -> float:
    """The angle at ``share`` of the shorter way, in [0, 360)."""
    return normal_angle(a + turn(a, b) * share)


def _mix(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


def _point(a: Point, b: Point, share: float) -> Point:
    return _mix(a[0], b[0], share), _mix(a[1], b[1], share)


def _ring(a: Ring, b: Ring, share: float) -> Ring:
    return tuple(_point(p, q, share) for p, q in zip(a, b, strict=True))


def interpolate(a: Geometry, b: Geometry, share: float) -> Geometry:
    """The shape at ``share`` of the way from ``a`` to ``b``; ``a`` itself at 0, ``b`` at 1."""
    if share <= 0 or a == b:
        return a
    if share >= 1:
        return b
    match a, b:
        case Box(), Box():
            x, y, w, h = (
                _mix(p, q, share)
                for p, q in ((a.x, b.x), (a.y, b.y), (a.width, b.width), (a.height, b.height))
            )
            return Box(x, y, w, h, angle_between(a.rotation, b.rotation, share))
        case Ellipse(), Ellipse():
            cx, cy, rx, ry = (
                _mix(p, q, share) for p, q in ((a.cx, b.cx), (a.cy, b.cy), (a.rx, b.rx), (a.ry, b.ry))
            )
            return Ellipse(cx, cy, rx, ry, angle_between(a.rotation, b.rotation, share))
        case Cuboid(), Cuboid() if len(a.points) == len(b.points):
            return Cuboid(_ring(a.points, b.points, share))
        case Points(), Points() if len(a.points) == len(b.points) == 1:
            return Points(_ring(a.points, b.points, share))
        case Polygon(), Polygon():
            return _polygon(a, b, share)
        case Polyline(), Polyline():
            return _polyline(a, b, share)
        case Skeleton(), Skeleton():
            return _skeleton(a, b, share)
        case _:
            return a


def _polygon(a: Polygon, b: Polygon, share: float) -> Polygon:
    if [len(part) for part in a.parts] != [len(part) for part in b.parts]:
        return a
    return Polygon(
        tuple(
            tuple(morphed(r, s, share, closed=True) for r, s in zip(part, other, strict=True))
            for part, other in zip(a.parts, b.parts, strict=True)
        )
    )


def _polyline(a: Polyline, b: Polyline, share: float) -> Polyline:
    if a.closed != b.closed:
        return a
    if not a.handles and not b.handles:
        return replace(a, points=morphed(a.points, b.points, share, a.closed))
    if len(a.points) != len(b.points) or [h is None for h in a.handles] != [h is None for h in b.handles]:
        return a
    handles = tuple(
        p and q and (_point(p[0], q[0], share), _point(p[1], q[1], share))
        for p, q in zip(a.handles, b.handles, strict=True)
    )
    return replace(a, points=_ring(a.points, b.points, share), handles=handles)


def _skeleton(a: Skeleton, b: Skeleton, share: float) -> Skeleton:
    later = {joint.name: joint for joint in b.joints}
    joints = []
    for joint in a.joints:
        to = later.get(joint.name, joint)
        joints.append(replace(joint, x=_mix(joint.x, to.x, share), y=_mix(joint.y, to.y, share)))
    return Skeleton(tuple(joints))


def at(keyframes: Sequence[Keyframe], frame: int, between: Between = interpolate) -> Keyframe | None:
    """What is to be seen at a frame; None before the first keyframe and while the object is outside.

    Args:
        keyframes: in the order of their frames, each frame once.
        frame: counted from 0.
        between: how a shape moves from keyframe to keyframe.
    """
    found = bisect_right(keyframes, frame, key=lambda k: k.frame) - 1
    if found < 0 or keyframes[found].outside:
        return None
    here = keyframes[found]
    if here.frame == frame:
        return here
    if found + 1 == len(keyframes):
        return replace(here, frame=frame)
    to = keyframes[found + 1]
    share = (frame - here.frame) / (to.frame - here.frame)
    return replace(here, frame=frame, geometry=between(here.geometry, to.geometry, share))


def frames(keyframes: Sequence[Keyframe], count: int, between: Between = interpolate) -> Iterator[Keyframe]:
    """What is to be seen on each frame of a clip of ``count`` frames, those without the object left out."""
    for number, here in enumerate(keyframes):
        if here.outside:
            continue
        to = keyframes[number + 1] if number + 1 < len(keyframes) else None
        stop = count if to is None else min(to.frame, count)
        if here.frame < stop and here.frame >= 0:
            yield here
        for frame in range(max(here.frame + 1, 0), stop):
            geometry = here.geometry
            if to is not None:
                share = (frame - here.frame) / (to.frame - here.frame)
                geometry = between(geometry, to.geometry, share)
            yield replace(here, frame=frame, geometry=geometry)


def seen_frames(keyframes: Sequence[Keyframe], count: int) -> int:
    """How many frames ``frames`` would give."""
    stops = [*(min(k.frame, count) for k in keyframes[1:]), count]
    spans = (stop - max(k.frame, 0) for k, stop in zip(keyframes, stops, strict=True) if not k.outside)
    return sum(span for span in spans if span > 0)


def carried(keyframes: Sequence[Keyframe]) -> tuple[Keyframe, ...]:
    """The keyframes with the attributes that each leaves unsaid taken over from the one before."""
    known: dict[str, Any] = {}
    found = []
    for keyframe in keyframes:
        known.update(keyframe.attributes)
        found.append(replace(keyframe, attributes=tuple(known.items())))
    return tuple(found)
