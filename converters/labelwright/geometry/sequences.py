"""Label Studio's video sequences: frames from 1, and keyframes that end what they show.

``enabled: false`` means: to be seen at this frame, not after it, until the next keyframe. Label Studio
moves the top left corner of a box in a straight line, where CVAT (and ``tracks``) moves the centre: the
two differ while a box turns. ``filled`` says such stretches frame by frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from labelwright.geometry.boxes import corners, turned
from labelwright.geometry.shapes import Box, Geometry
from labelwright.geometry.tracks import Between, Keyframe, angle_between, at, interpolate

Said: TypeAlias = tuple[int, Geometry, bool]  # frame from 1, shape, enabled


def from_label_studio(sequence: Iterable[Said]) -> tuple[Keyframe, ...]:
    """The keyframes of a sequence, in the order of their frames.

    An item that is not enabled is followed by a keyframe that is outside, unless the next item follows
    at once and leaves no frame to be outside on.

    Raises:
        ValueError: a frame below 1, or one that is said twice.
    """
    items = sorted(sequence, key=lambda item: item[0])
    found = []
    for number, (frame, geometry, enabled) in enumerate(items):
        if frame < 1:
            raise ValueError(f"frames are counted from 1, so {frame} is none")
        following = items[number + 1][0] if number + 1 < len(items) else None
        if following == frame:
            raise ValueError(f"frame {frame} is said twice")
        found.append(Keyframe(frame - 1, geometry))
        if not enabled and following != frame + 1:
            found.append(Keyframe(frame, geometry, outside=True))
    return tuple(found)


def to_label_studio(keyframes: Sequence[Keyframe], between: Between = interpolate) -> list[Said]:
    """The sequence that shows the same shapes on the same frames.

    Where the object goes outside later than one frame after a keyframe, the last frame it is seen on
    becomes an item of its own. What Label Studio has no place for (occluded, attributes, drawing order)
    is the caller's to report.
    """
    found: list[Said] = []
    for number, here in enumerate(keyframes):
        if here.outside:
            continue
        end = keyframes[number + 1] if number + 1 < len(keyframes) else None
        if end is None or not end.outside:
            found.append((here.frame + 1, here.geometry, True))
        elif end.frame == here.frame + 1:
            found.append((here.frame + 1, here.geometry, False))
        else:
            last = at(keyframes, end.frame - 1, between)
            assert last is not None  # it is seen from ``here`` until ``end``
            found += [(here.frame + 1, here.geometry, True), (end.frame, last.geometry, False)]
    return found


def interpolate_corner(a: Geometry, b: Geometry, share: float) -> Geometry:
    """Between two boxes as Label Studio has it: the top left corner moves in a straight line.

    The rotation goes the shorter way, although the page goes through all angles between the two numbers
    (from 350 to 10 degrees through 180).
    """
    if not (isinstance(a, Box) and isinstance(b, Box)) or not 0 < share < 1:
        return interpolate(a, b, share)
    (ax, ay), (bx, by) = corners(a)[0], corners(b)[0]
    width, height = a.width + (b.width - a.width) * share, a.height + (b.height - a.height) * share
    angle = angle_between(a.rotation, b.rotation, share)
    dx, dy = turned(width / 2, height / 2, angle)
    x, y = ax + (bx - ax) * share + dx - width / 2, ay + (by - ay) * share + dy - height / 2
    return Box(x, y, width, height, angle)


def turns(a: Geometry, b: Geometry) -> bool:
    """Whether Label Studio and CVAT show different boxes between these two."""
    return isinstance(a, Box) and isinstance(b, Box) and a.rotation % 360 != b.rotation % 360


def filled(keyframes: Sequence[Keyframe], between: Between) -> tuple[Keyframe, ...]:
    """The keyframes, and one for every frame on which a box is being turned and seen.

    With ``interpolate_corner`` after reading a sequence, with ``interpolate`` before writing one: either
    tool then shows on each frame what the other did.
    """
    found = []
    for number, here in enumerate(keyframes):
        found.append(here)
        to = keyframes[number + 1] if number + 1 < len(keyframes) else None
        if to is None or here.outside or not turns(here.geometry, to.geometry):
            continue
        for frame in range(here.frame + 1, to.frame):
            share = (frame - here.frame) / (to.frame - here.frame)
            found.append(replace(here, frame=frame, geometry=between(here.geometry, to.geometry, share)))
    return tuple(found)
