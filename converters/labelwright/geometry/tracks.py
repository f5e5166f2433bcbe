"""Where a tracked object is between its keyframes.

Frames are counted from 0. A keyframe says where the object is from its frame on until the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from labelwright.geometry.shapes import Geometry


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


def frames(keyframes: tuple[Keyframe, ...], count: int) -> Iterator[Keyframe]:
    """The keyframes alone, where they are visible and within ``count`` frames."""
    return (k for k in keyframes if not k.outside and k.frame < count)
