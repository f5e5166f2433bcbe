"""Shapes as rows of YOLO's four tasks."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from msgspec.structs import replace

from labelwright.contracts import SkeletonSpec, Template
from labelwright.formats._boxed import Boxes, as_rectangle
from labelwright.formats._clip import clip_ring, inside
from labelwright.formats._losses import (
    AS_BOX,
    BOX_AROUND,
    CLIPPED,
    ELLIPSE_NEAR,
    HOLES,
    JOINT_UNKNOWN,
    JOINTS,
    NO_AREA,
    NOT_FINITE,
    NOT_HELD,
    OUTSIDE,
    PARTS,
    Held,
)
from labelwright.formats._pictures import Accounts, Drawn, Picture, labels_of, shape_controls
from labelwright.formats._tags import Tags
from labelwright.formats._yolo_rows import DETECT, OBB, POSE, SEGMENT
from labelwright.formats._yolo_shares import centred, extent_of, line_of, shares
from labelwright.geometry.boxes import corners
from labelwright.geometry.ellipses import ellipse_polygon
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Ellipse,
    Joint,
    Mask,
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
        companions = _companions(picture) if self.task == POSE else {}
        for drawn in picture.drawn:
            if id(drawn) in companions:
                continue
            for label, values in self._of(picture, drawn, companions):
                lines.append(line_of(label, values))
        if picture.drawn and (picture.size is None or min(picture.size) <= 0):
            return None
        return "".join(lines)

    def _of(self, picture: Picture, drawn: Drawn, companions: dict[int, Drawn]) -> list[Row]:
        """The rows of one shape, with everything entered."""
        if self.task == DETECT:
            box = self._boxes.box(picture, drawn)
            return [] if box is None else [(self._number(drawn), centred(box, picture))]
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
        geometry = as_rectangle(drawn.shape.geometry)
        if isinstance(geometry, Ellipse) and geometry.rotation % 360:
            self._say(picture, drawn, AS_BOX, kind=name_of(geometry))
            rx, ry = abs(geometry.rx), abs(geometry.ry)
            geometry = Box(geometry.cx - rx, geometry.cy - ry, 2 * rx, 2 * ry, geometry.rotation)
        if not (isinstance(geometry, Box) and geometry.rotation % 360):
            found = self._boxes.upright(picture, drawn)
            return found if isinstance(found, Problem) else [shares(corners(found), picture)]
        ring = corners(geometry)
        if not _finite(ring):
            return NOT_FINITE.at(drawn.place)
        width, height = picture.size
        if not (geometry.width > 0 and geometry.height > 0):
            return NO_AREA.at(drawn.place, target=self.target, width=geometry.width, height=geometry.height)
        if not inside(ring, width, height):
            return CORNER_OUTSIDE.at(drawn.place, target=self.target, width=width, height=height)
        return [shares(ring, picture)]

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
        return [shares(ring, picture) for ring in rings]

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
        box = self._around(picture, drawn, companions.get(-id(drawn)))
        return [[*centred(box or Box(*extent_of(values, picture)), picture), *values]]

    def _around(self, picture: Picture, drawn: Drawn, mate: Drawn | None) -> Box | None:
        """The box drawn around a figure, or beside it."""
        if mate is not None:
            return self._boxes.box(picture, mate)
        if drawn.shape.box is None:
            return None
        own = replace(drawn.shape, geometry=drawn.shape.box)
        found = self._boxes.upright(picture, replace(drawn, shape=own))
        if isinstance(found, Box):
            return found
        self._say(picture, drawn, BOX_AROUND)
        return None

    def _joints(
        self, picture: Picture, drawn: Drawn, joints: Sequence[Joint], spec: SkeletonSpec
    ) -> list[float]:
        assert picture.size is not None
        width, height = picture.size
        places = {name: number for number, name in enumerate(spec.joints)}
        values = [0.0] * (3 * self._most)
        known = [joint for joint in joints if joint.name in places]
        if len(known) < len(joints):
            names = ", ".join(joint.name for joint in joints if joint.name not in places)
            self._say(picture, drawn, JOINT_UNKNOWN, names=names)
        if any(joint.attributes for joint in joints):
            self._say(picture, drawn, JOINTS)
        for joint in known:
            at = places[joint.name]
            if inside(((joint.x, joint.y),), width, height):
                x, y = shares(((joint.x, joint.y),), picture)
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


def _companions(picture: Picture) -> dict[int, Drawn]:
    """Boxes that go into the row of a figure of the same group and label.

    By their own id, and by minus the figure's.
    """
    found: dict[int, Drawn] = {}
    free = {
        (d.shape.group, d.shape.label): d
        for d in reversed(picture.drawn)
        if d.shape.group and isinstance(d.shape.geometry, Box)
    }
    for drawn in picture.drawn:
        if isinstance(drawn.shape.geometry, Skeleton) and drawn.shape.box is None:
            box = free.pop((drawn.shape.group, drawn.shape.label), None)
            if box is not None:
                found[id(box)] = found[-id(drawn)] = box
    return found


def _finite(ring: Ring) -> bool:
    return all(isfinite(x) and isfinite(y) for x, y in ring)
