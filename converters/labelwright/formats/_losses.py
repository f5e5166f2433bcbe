"""What formats of images cannot hold, or hold only nearly: one vocabulary for all of them.

Three sorts. Of ``NOT_HELD`` and those before it the whole shape is left out (``Accounts.lose``). The rest
is said of a shape that is written (``Accounts.said``): a part of it is lost, or, where a ``bound`` is
given, it is written nearly as it was drawn. Messages take ``target``, the title of the format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from labelwright.formats._pictures import Drawn
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.problems import ProblemType, Severity

_HOLDS_MORE = "Choose a format that holds it, such as datumaro, or allow the loss."


def _left_out(what: str, title: str) -> ProblemType:
    return ProblemType(f"shape.{what}-left-out", title, f"{{target}} holds no {what}", _HOLDS_MORE, loss=True)


# The whole shape is left out.
LABEL_MISSING = ProblemType(
    "shape.label-missing",
    "A shape without a label is left out",
    "{target} holds no shape without a label",
    "Label the shape in the annotation tool, or allow the loss.",
    loss=True,
)
LABEL_UNKNOWN = ProblemType(
    "shape.label-undeclared",
    "A shape has a label that the template does not have; it is left out",
    "the label {label!r} is none of the template's",
    "Add the label to the template, or correct the annotation.",
    loss=True,
)
SIZE_MISSING = ProblemType(
    "shape.size-missing",
    "Shapes of an image whose size is not known are left out",
    "{target} needs the width and height of the image, and nothing tells them",
    "Pull the project again with its data, so that the sizes are known.",
    loss=True,
)
OUTSIDE = ProblemType(
    "shape.outside-image",
    "A shape lies wholly outside its image; it is left out",
    "the shape lies wholly outside the image of {width} x {height} pixels",
    "Correct the annotation, or allow the loss.",
    loss=True,
)
NO_AREA = ProblemType(
    "shape.no-extent",
    "A shape without an extent is left out",
    "the shape is {width} pixels wide and {height} high, which {target} does not take",
    "Correct the annotation, or allow the loss.",
    loss=True,
)
NOT_FINITE = ProblemType(
    "shape.not-finite",
    "A coordinate is no number; the shape is left out",
    "a coordinate is not a finite number",
    "Correct the annotation: this shape cannot be drawn.",
    loss=True,
)
SEVERAL_KINDS = ProblemType(
    "shape.kind-mixed",
    "A shape is not of the kind that a file of this format has",
    "{target} has one kind of shape a file, and this is a {kind}",
    "Write the kinds to files of their own, or allow the loss.",
    loss=True,
)
BOX = _left_out("box", "A format without boxes leaves them out")
ELLIPSE = _left_out("ellipse", "A format without ellipses leaves them out")
POLYGON = _left_out("polygon", "A format without polygons leaves them out")
POLYLINE = _left_out("polyline", "A format without polylines leaves them out")
POINTS = _left_out("points", "A format without points leaves them out")
MASK = _left_out("mask", "A format without masks leaves them out")
SKELETON = _left_out("skeleton", "A format without skeletons leaves them out")
CUBOID = _left_out("cuboid", "A format without cuboids leaves them out")
NOT_HELD: dict[type, ProblemType] = {
    Box: BOX,
    Ellipse: ELLIPSE,
    Polygon: POLYGON,
    Polyline: POLYLINE,
    Points: POINTS,
    Mask: MASK,
    Skeleton: SKELETON,
    Cuboid: CUBOID,
}


def _part(code: str, title: str, message: str) -> ProblemType:
    return ProblemType(f"shape.{code}", title, message, _HOLDS_MORE, loss=True)


# The shape is written without a part of what was said.
ROTATION = _part(
    "rotation-lost",
    "A turned box is written as its extent",
    "{target} has no turned boxes; the extent is written",
)
AS_BOX = _part(
    "written-as-box",
    "A shape is written as the box around it",
    "{target} has no {kind}; the box around it is written",
)
HOLES = _part("holes-lost", "A shape's holes are filled", "{target} has no holes; the shape is filled")
PARTS = _part(
    "parts-separated",
    "A shape of several parts becomes several shapes",
    "{target} has shapes of one part, and this one has {count}",
)
LABELS = _part(
    "label-repeated",
    "A shape with several labels becomes several shapes",
    "{target} has one label a shape, and this one has {count}",
)
CURVE = _part("curve-lost", "A curved line is written straight", "{target} has no curved lines")
CLOSED = _part("closed-lost", "A closed line is written open", "{target} has no closed lines")
VISIBILITY = _part(
    "visibility-lost", "Whether joints can be seen is lost", "{target} does not tell which joints can be seen"
)
JOINTS = _part(
    "joint-attributes-lost",
    "What was said of single joints is lost",
    "{target} holds nothing that is said of single joints",
)
JOINT_UNKNOWN = _part(
    "joint-undeclared", "Joints that the figure does not have are lost", "the figure has no joints {names}"
)
BOX_AROUND = _part("box-lost", "The box drawn around a figure is lost", "{target} has no box around a figure")
ATTRIBUTE = _part(
    "attribute-lost", "Attributes of a shape are lost", "{target} does not hold the attributes {names}"
)
GROUP = _part("group-lost", "Which shapes belong together is lost", "{target} has no groups")
PARENT = _part("parent-lost", "What a shape is a part of is lost", "{target} does not nest shapes")
OCCLUDED = _part(
    "occluded-lost", "That a shape is partly covered is lost", "{target} does not tell what is covered"
)
ORDER = _part("order-lost", "The drawing order is lost", "{target} has no drawing order")
SCORE = _part("score-lost", "A shape's score is lost", "{target} has no scores")
TRACK = _part("track-lost", "Which shapes are one moving thing is lost", "{target} has no tracks")
TRACK_FRAMES = ProblemType(
    "shape.track-as-frames",
    "A track is written frame by frame",
    "{target} has one object for each frame of a track, which names the track; it is read as single objects",
    "Choose a format that holds tracks, such as cvat or csv, to read them again as tracks.",
    Severity.NOTE,
)
KEYFRAMES = _part(
    "keyframes-lost", "Which frames of a track were set by hand is lost", "{target} has no keyframes"
)
CLIPPED = _part(
    "clipped", "A shape is cut off at its image's edge", "{target} holds nothing outside the image"
)
TAG = ProblemType(
    "image.tag-lost",
    "An answer about a whole image is lost",
    "{target} does not hold the answers {names}, which are about the whole image",
    _HOLDS_MORE,
    loss=True,
)

# The shape is written nearly as it was drawn.
ELLIPSE_NEAR = ProblemType(
    "shape.ellipse-as-polygon",
    "An ellipse is written as a polygon",
    "{target} has no ellipses; a polygon is written",
    "None needed within the bound; else choose a format that holds ellipses.",
    Severity.NOTE,
    bound="0.25 px",
)
PIXELS_NEAR = ProblemType(
    "shape.outline-as-mask",
    "An outline is written as the pixels whose centres it encloses",
    "{target} has no such {kind}; the pixels whose centres it encloses are written",
    "None needed within the bound; else choose a format that holds the outline.",
    Severity.NOTE,
    bound="0.71 px",  # half a pixel's diagonal
)
CURVE_NEAR = ProblemType(
    "shape.curve-as-line",
    "A curve is written as short straight lines",
    "{target} has no curves; a line of straight pieces is written",
    "None needed within the bound; else choose a format that holds curves.",
    Severity.NOTE,
    bound="0.25 px",
)


class Refused(Exception):
    """A shape cannot be read or written: the type of problem, and what its message wants."""

    def __init__(self, kind: ProblemType, **what: Any) -> None:
        """Keep the type of problem and what its message wants."""
        super().__init__(kind.code)
        self.kind, self.what = kind, what


class Held(Struct, frozen=True):
    """What a format holds beside a shape's geometry and label."""

    attributes: bool = False
    group: bool = False
    parent: bool = False
    occluded: bool = False
    order: bool = False
    score: bool = False
    track: bool = False


def unheld(drawn: Drawn, held: Held) -> Iterator[tuple[ProblemType, dict[str, str]]]:
    """What is lost of a shape beside its geometry and label, with what its message wants besides."""
    shape = drawn.shape
    if shape.answers and not held.attributes:
        yield ATTRIBUTE, {"names": ", ".join(name for name, _ in shape.answers)}
    if shape.group and not held.group:
        yield GROUP, {}
    if shape.parent and not held.parent:
        yield PARENT, {}
    if shape.occluded and not held.occluded:
        yield OCCLUDED, {}
    if shape.z and not held.order:
        yield ORDER, {}
    if shape.score is not None and not held.score:
        yield SCORE, {}
    if drawn.track and not held.track:
        yield TRACK, {}
