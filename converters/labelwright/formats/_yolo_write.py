"""Shapes as rows of YOLO's four tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite

from labelwright.contracts import SkeletonSpec, Template
from labelwright.formats._boxed import Boxes
from labelwright.formats._clip import NEAR, clip_ring, inside
from labelwright.formats._figured import box_around
from labelwright.formats._figured import companions as companions_of
from labelwright.formats._losses import (
    AS_BOX,
    CLIPPED,
    ELLIPSE_NEAR,
    HOLES,
    JOINTS,
    NO_AREA,
    NOT_FINITE,
    NOT_HELD,
    OUTSIDE,
    PARTS,
    Held,
)
from labelwright.formats._pictures import Accounts, Drawn, Picture, labels_of, shape_controls
from labelwright.formats._untold import Tags
from labelwright.formats._yolo_rows import DETECT, OBB, POSE, SEGMENT
from labelwright.geometry.boxes import corners
from labelwright.geometry.ellipses import ellipse_polygon
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Ellipse,
    Joint,
    Mask,
    Point,
    Polygon,
    Ring,
    Skeleton,
    name_of,
)
from labelwright.problems import Problem, Problems, ProblemType

CORNER_OUTSIDE = ProblemType(
    "yolo.corner-outside",
    "A turned box reaches outside its image and is left out",
    "a corner lies outside the image of {width} x {height} pixels; {target} takes no such corner, and what "
    "is inside is no turned box",
    "Draw the box within the image, or allow the loss.",
    loss=True,
)
JOINT_OUTSIDE = ProblemType(
    "yolo.joint-outside",
    "A joint outside its image is written as one that is not there",
    "the joint {joint!r} lies outside the image, where {target} takes none",
    "Correct the annotation, or allow the loss.",
    loss=True,
)
JOINT_UNKNOWN = ProblemType(
    "yolo.joint-undeclared",
    "A joint that the template does not have is left out",
    "the figure {label!r} has no joint {joint!r} in the template",
    "Add the joint to the template's skeleton, or allow the loss.",
    loss=True,
)
NO_SKELETON = ProblemType(
    "yolo.skeleton-undeclared",
    "A figure whose joints the template does not name is left out",
    "the template has no skeleton for the label {label!r}",
    "Name the joints in the template, under skeletons of the control.",
    loss=True,
)
Row = tuple[int, Sequence[float]]


class RowWriter:
    """Makes the rows of images; knows the classes' numbers, which are the template's order."""

    def __init__(self, target: str, task: str, template: Template, problems: Problems) -> None:
        """``target``: the format's title. Where the template has no labels, they count as they come."""
        labels = labels_of(template)
        self.target, self.task = target, task
        self.names = {label: number for number, label in enumerate(labels)}
        self.accounts = Accounts(problems)
        self.skeletons = skeletons_of(template)
        self._boxes = Boxes(target, labels, self.accounts, Held(occluded=False))
        self._tags = Tags(template, target, problems)
        self._most = max([len(s.joints) for s in self.skeletons.values()], default=0)

    def rows(self, picture: Picture) -> str | None:
        """The label file of an image; None if its shapes have no place, since its size is not known."""
        self._tags.tell(picture)
        lines: list[str] = []
        companions = companions_of(picture) if self.task == POSE else {}
        for drawn in picture.drawn:
            if id(drawn) in companions:
                continue
            for label, values in self._of(picture, drawn, companions):
                lines.append(_line(label, values))
        if picture.drawn and (picture.size is None or min(picture.size) <= 0):
            return None
        return "".join(lines)

    def _of(self, picture: Picture, drawn: Drawn, companions: dict[int, Drawn]) -> list[Row]:
        """The rows of one shape, with everything entered."""
        if self.task == DETECT:
            box = self._boxes.box(picture, drawn)
            return [] if box is None else [(self._number(drawn), _centred(box, picture))]
        found: list[Sequence[float]] | Problem | None
        found = self._boxes.label_problem(drawn) or self._boxes.size_problem(picture, drawn)
        if found is None:
            make = {SEGMENT: self._outlines, OBB: self._corners}.get(self.task)
            found = make(picture, drawn) if make else self._figure(picture, drawn, companions)
        if isinstance(found, Problem):
            self.accounts.lose(picture, drawn, found)
            return []
        self._boxes.tell(picture, drawn)
        return [(self._number(drawn), values) for values in found]

    def _number(self, drawn: Drawn) -> int:
        return self.names.setdefault(drawn.shape.label, len(self.names))

    def _say(self, picture: Picture, drawn: Drawn, said: ProblemType, **what: object) -> None:
        self.accounts.said(picture, drawn, said.at(drawn.place, **{"target": self.target, **what}))

    def _corners(self, picture: Picture, drawn: Drawn) -> list[Sequence[float]] | Problem:
        """The four corners of a box; of any other shape those of the box around it."""
        assert picture.size is not None
        geometry = drawn.shape.geometry
        if isinstance(geometry, Ellipse) and geometry.rotation % 360:
            self._say(picture, drawn, AS_BOX, kind=name_of(geometry))
            rx, ry = abs(geometry.rx), abs(geometry.ry)
            geometry = Box(geometry.cx - rx, geometry.cy - ry, 2 * rx, 2 * ry, geometry.rotation)
        if not (isinstance(geometry, Box) and geometry.rotation % 360):
            found = self._boxes.upright(picture, drawn)
            return found if isinstance(found, Problem) else [_shares(corners(found), picture)]
        ring = corners(geometry)
        if not _finite(ring):
            return NOT_FINITE.at(drawn.place)
        width, height = picture.size
        if not (geometry.width > 0 and geometry.height > 0):
            return NO_AREA.at(drawn.place, target=self.target, width=geometry.width, height=geometry.height)
        if not inside(ring, width, height):
            return CORNER_OUTSIDE.at(drawn.place, target=self.target, width=width, height=height)
        return [_shares(ring, picture)]

    def _outlines(self, picture: Picture, drawn: Drawn) -> list[Sequence[float]] | Problem:
        """One ring per part of a shape with an area."""
        assert picture.size is not None
        polygon = self._polygon(picture, drawn)
        if polygon is None:
            return NOT_HELD[type(drawn.shape.geometry)].at(drawn.place, target=self.target)
        outers = [part[0] for part in polygon.parts if part]
        if not all(map(_finite, outers)):
            return NOT_FINITE.at(drawn.place)
        width, height = picture.size
        kept = [ring if inside(ring, width, height) else clip_ring(ring, width, height) for ring in outers]
        rings = [ring for ring in kept if len(ring) >= 3]
        if not rings:
            if any(len(ring) >= 3 for ring in outers):
                return OUTSIDE.at(drawn.place, width=width, height=height)
            x1, y1, x2, y2 = extent(polygon) if any(outers) else (0.0, 0.0, 0.0, 0.0)
            return NO_AREA.at(drawn.place, target=self.target, width=x2 - x1, height=y2 - y1)
        if any(a is not b for a, b in zip(outers, kept, strict=True)):
            self._say(picture, drawn, CLIPPED)
        if any(len(part) > 1 for part in polygon.parts):
            self._say(picture, drawn, HOLES)
        if len(rings) > 1:
            self._say(picture, drawn, PARTS, count=len(rings))
        return [_shares(ring, picture) for ring in rings]

    def _polygon(self, picture: Picture, drawn: Drawn) -> Polygon | None:
        geometry = drawn.shape.geometry
        match geometry:
            case Polygon():
                return geometry
            case Box():
                return Polygon.of(corners(geometry))
            case Ellipse():
                self._say(picture, drawn, ELLIPSE_NEAR)
                return ellipse_polygon(geometry)[0]
            case Mask():
                return mask_polygon(geometry)
            case _:
                return None

    def _figure(
        self, picture: Picture, drawn: Drawn, companions: dict[int, Drawn]
    ) -> list[Sequence[float]] | Problem:
        """The box of a skeleton, drawn beside it or the extent of its joints, and its joints."""
        shape = drawn.shape
        if not isinstance(shape.geometry, Skeleton):
            return NOT_HELD[type(shape.geometry)].at(drawn.place, target=self.target)
        spec = self.skeletons.get(shape.label)
        if spec is None:
            return NO_SKELETON.at(drawn.place, label=shape.label)
        joints = shape.geometry.joints
        if not joints or not all(isfinite(j.x) and isfinite(j.y) for j in joints if j.visibility != HIDDEN):
            return NOT_FINITE.at(drawn.place) if joints else NO_AREA.at(drawn.place, target=self.target, width=0, height=0)  # fmt: skip  # noqa: E501
        values = self._joints(picture, drawn, joints, spec)
        mate = companions.get(-id(drawn))
        box = box_around(picture, drawn, mate, self._boxes, self.accounts)
        if box is None:
            box = Box(*_extent_of(values, picture))
        return [[*_centred(box, picture), *values]]

    def _joints(
        self, picture: Picture, drawn: Drawn, joints: Iterable[Joint], spec: SkeletonSpec
    ) -> list[float]:
        assert picture.size is not None
        width, height = picture.size
        places = {name: number for number, name in enumerate(spec.joints)}
        values = [0.0] * (3 * self._most)
        for joint in joints:
            if joint.attributes:
                self._say(picture, drawn, JOINTS)
            at = places.get(joint.name)
            if at is None:
                self._say(picture, drawn, JOINT_UNKNOWN, label=drawn.shape.label, joint=joint.name)
            elif inside(((joint.x, joint.y),), width, height):
                x, y = _shares(((joint.x, joint.y),), picture)
                values[3 * at : 3 * at + 3] = [x, y, joint.visibility]
            elif joint.visibility != HIDDEN:
                self._say(picture, drawn, JOINT_OUTSIDE, joint=joint.name)
        return values


def skeletons_of(template: Template) -> dict[str, SkeletonSpec]:
    """The figures of a template by label."""
    return {k: s for n in shape_controls(template) for k, s in template.controls[n].skeletons.items()}


def mask_polygon(mask: Mask) -> Polygon:
    """A mask's outline along the edges of its pixels."""
    from labelwright.geometry.outlines import outline  # late: it loads numpy

    return outline(mask)


def _finite(ring: Ring) -> bool:
    return all(isfinite(x) and isfinite(y) for x, y in ring)


def _centred(box: Box, picture: Picture) -> list[float]:
    assert picture.size is not None
    width, height = picture.size
    across, down = box.width / width, box.height / height
    return [box.x / width + across / 2, box.y / height + down / 2, across, down]


def _shares(points: Iterable[Point], picture: Picture) -> list[float]:
    """Points as shares of width and height, one after the other; rounding puts none outside."""
    assert picture.size is not None
    width, height = picture.size
    return [
        min(max(n / size, 0.0), 1.0)
        for point in points
        for n, size in zip(point, (width, height), strict=True)
    ]


def _extent_of(values: Sequence[float], picture: Picture) -> tuple[float, float, float, float]:
    """x, y, width and height in pixels around the joints that are there."""
    assert picture.size is not None
    width, height = picture.size
    seen = [i for i in range(0, len(values), 3) if values[i + 2]] or list(range(0, len(values), 3))
    xs, ys = [values[i] * width for i in seen], [values[i + 1] * height for i in seen]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _line(label: int, values: Sequence[float]) -> str:
    """A row; twelve digits keep a millionth of a pixel in any image, and no number has an exponent."""
    text = " ".join([f"{value:.12g}" for value in values])
    if "e" in text:
        text = " ".join([f"{value:.14f}".rstrip("0").rstrip(".") for value in values])
    return f"{label} {text}\n"


__all__ = ["NEAR", "RowWriter", "skeletons_of"]
