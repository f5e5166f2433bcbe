"""What people draw, in absolute pixels.

The origin is the top left corner of the image's top left pixel; x grows to the right, y downwards, and
pixel (i, j) covers ``[i, i + 1) x [j, j + 1)``. Angles are degrees, clockwise as one sees them, about
the shape's own centre. Numbers are float64 and may lie outside the image; masks alone are whole pixels.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

Point: TypeAlias = tuple[float, float]
Ring: TypeAlias = tuple[Point, ...]  # closed: the last point is joined to the first, not repeated

# What a file says beyond these is damage, and would cost time and memory without end.
FARTHEST = 1e9  # pixels: of a coordinate, and of an image's width and height
MOST_FRAMES = 1_000_000  # of a film: eleven hours at 25 frames a second


class Box(Struct, frozen=True, gc=False, tag="box"):
    """A rectangle by its top left corner before it is turned by ``rotation`` about its centre."""

    x: float
    y: float
    width: float
    height: float
    rotation: float = 0.0


class Ellipse(Struct, frozen=True, gc=False, tag="ellipse"):
    """An ellipse by centre and radii, turned by ``rotation``."""

    cx: float
    cy: float
    rx: float
    ry: float
    rotation: float = 0.0


class Polygon(Struct, frozen=True, gc=False, tag="polygon"):
    """The union of ``parts``, each an outer ring followed by the rings of its holes."""

    parts: tuple[tuple[Ring, ...], ...]

    @classmethod
    def of(cls, points: Ring) -> Polygon:
        """A polygon of one ring."""
        return cls(((points,),))

    @property
    def ring(self) -> Ring | None:
        """The only ring, if there is but one: what formats without holes and parts can hold."""
        return self.parts[0][0] if len(self.parts) == 1 and len(self.parts[0]) == 1 else None


class Polyline(Struct, frozen=True, gc=False, tag="polyline"):
    """A line through ``points``.

    ``handles``: two control points of a cubic curve for each point (before it, after it), None where it
    is straight there; empty for straight lines.
    """

    points: Ring
    closed: bool = False
    handles: tuple[tuple[Point, Point] | None, ...] = ()


class Points(Struct, frozen=True, gc=False, tag="points"):
    """One or more points without names."""

    points: Ring


class Mask(Struct, frozen=True, gc=False, tag="mask"):
    """Whole pixels inside the box at (x, y): run lengths row by row, beginning with background.

    ``sum(counts) == width * height``. The first run may be 0, no other is. An empty mask has no runs
    and no extent. The box need not be the tightest.
    """

    x: int
    y: int
    width: int
    height: int
    counts: tuple[int, ...]


HIDDEN, OCCLUDED, VISIBLE = 0, 1, 2  # COCO's v: not there (or outside), there but covered, in sight


class Joint(Struct, frozen=True, gc=False):
    """A named point of a skeleton. ``visibility``: ``HIDDEN``, ``OCCLUDED`` or ``VISIBLE``.

    ``attributes`` are what was said of this point alone, as text.
    """

    name: str
    x: float
    y: float
    visibility: int = VISIBLE
    attributes: tuple[tuple[str, str], ...] = ()


class Skeleton(Struct, frozen=True, gc=False, tag="skeleton"):
    """The named points of one figure, in the order of its definition."""

    joints: tuple[Joint, ...]


class Cuboid(Struct, frozen=True, gc=False, tag="cuboid"):
    """A box in space as drawn on the image: eight corners in the order of CVAT's sixteen numbers."""

    points: Ring


Geometry: TypeAlias = Box | Ellipse | Polygon | Polyline | Points | Mask | Skeleton | Cuboid

# How a template names what may be drawn, by type. A rotated box is a box.
NAMES: dict[type, str] = {
    Box: "box",
    Ellipse: "ellipse",
    Polygon: "polygon",
    Polyline: "polyline",
    Points: "points",
    Mask: "mask",
    Skeleton: "skeleton",
    Cuboid: "cuboid",
}


def name_of(geometry: Geometry) -> str:
    """What a geometry is called in templates, reports and messages."""
    return NAMES[type(geometry)]
