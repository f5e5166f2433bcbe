"""What a contested picture looks like: everybody's shapes and which of them are the same thing, as values."""

from __future__ import annotations

from msgspec import Struct


class DrawnShape(Struct):
    """A shape as it is to be drawn, in pixels of the image, rounded to a tenth.

    ``rings`` (closed), ``lines`` and ``dots`` are x and y in turn. ``what``: box, ellipse, polygon and so
    on. ``missing`` are the annotators who drew nothing that is the same thing. ``cut``: not all of it is
    drawn. All for the eye: masks are outlines, curves are chords, and both may be thinned.
    """

    annotator: str
    label: str
    what: str
    rings: list[list[float]] = []
    lines: list[list[float]] = []
    dots: list[float] = []
    missing: list[str] = []
    cut: bool = False


class DrawnPair(Struct):
    """Two shapes (their places in the scene) that were assigned to each other, and how alike they are.

    ``iou`` is the intersection over union; of skeletons the OKS, of points and lines how near their
    extents are. ``same``: it is at least 0.5, so that they count as one thing.
    """

    a: int
    b: int
    iou: float
    same: bool


class Scene(Struct):
    """One image of a contested item, or one frame of its film: that on which people agree least.

    ``width`` and ``height`` are the image's in pixels, 0 where they are not known. ``part`` names the
    image or frame where the item has several. ``annotators`` are those who answered, also with nothing.
    ``cut`` says in words what is not drawn. ``thumbnail`` is a small picture as a ``data:`` address, or
    empty.
    """

    width: float
    height: float
    annotators: list[str]
    shapes: list[DrawnShape]
    pairs: list[DrawnPair]
    part: str = ""
    cut: list[str] = []
    thumbnail: str = ""
