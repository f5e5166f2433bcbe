"""Figures of named points: a box, and the points that hang on it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from labelwright.contracts import Template
from labelwright.geometry.boxes import centre, turned
from labelwright.geometry.shapes import (
    HIDDEN,
    OCCLUDED,
    VISIBLE,
    Box,
    Joint,
    Point,
    Points,
    Skeleton,
)
from labelwright.problems import ProblemType
from labelwright.records import Shape
from labelwright_plugins.label_studio import shapeproblems as s
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.parsing import Draws
from labelwright_plugins.label_studio.plan import Plan

SEEN = {"": VISIBLE, "visible": VISIBLE, "occluded": OCCLUDED, "hidden": HIDDEN}


class Joined(Struct):
    """What was drawn for one control of figures, in the order of its results.

    A figure is a shape whose geometry is a box; a point has its name for a label, and what was chosen
    of its visibility.
    """

    figures: list[tuple[Shape, Result]]
    joints: list[tuple[Shape, str, Result]]


class SkeletonReader:
    """Puts points on figures: by parent, by relation, else into the smallest box around the point.

    A point on a figure is a part of it and no object of the ledger; one without a figure is, and lost.
    """

    def __init__(self, template: Template, reader: Draws) -> None:
        """Serve ``reader``, which takes problems and keeps the ledger."""
        self._reader = reader
        self._names = {
            name: {label: spec.joints for label, spec in control.skeletons.items()}
            for name, control in template.controls.items()
        }

    def join(self, plan: Plan, drawn: Joined, links: Sequence[Result]) -> list[Shape]:
        """Every figure of a control with its points."""
        found: list[dict[str, Joint]] = [{} for _ in drawn.figures]
        figures = [figure for figure, _ in drawn.figures]
        pairs = {(link.from_id, link.to_id) for link in links}
        pairs |= {(b, a) for a, b in pairs}
        for joint, visibility, result in drawn.joints:
            owners = self._owners(plan, joint, figures, pairs, result)
            if not owners:
                self._lose(plan, result, s.JOINT_ALONE, label=joint.label)
            for index in owners:
                self._put(plan, joint, visibility, result, figures[index], found[index])
        return [self._figure(plan, figure, joints) for figure, joints in zip(figures, found, strict=True)]

    def _owners(
        self, plan: Plan, joint: Shape, figures: Sequence[Shape], pairs: set[tuple[str, str]], result: Result
    ) -> list[int]:
        """The figures a point is on: one, or all labels of one region."""
        named = [i for i, figure in enumerate(figures) if figure.id and figure.id == joint.parent]
        if not named:
            named = [i for i, figure in enumerate(figures) if (figure.id, joint.id) in pairs]
        if named:
            return named
        (point,) = joint.geometry.points if isinstance(joint.geometry, Points) else ((0.0, 0.0),)
        around = [
            (figure.geometry.width * figure.geometry.height, i)
            for i, figure in enumerate(figures)
            if figure.unit == joint.unit and isinstance(figure.geometry, Box) and _in(point, figure.geometry)
        ]
        if not around:
            return []
        chosen = figures[min(around)[1]].id
        regions = {figures[i].id for _, i in around}
        if len(regions) > 1:
            self._reader.problem(s.JOINT_AMBIGUOUS, result, plan.name, label=joint.label, count=len(regions))
        return [i for _, i in around if figures[i].id == chosen]

    def _put(
        self,
        plan: Plan,
        joint: Shape,
        visibility: str,
        result: Result,
        figure: Shape,
        joints: dict[str, Joint],
    ) -> None:
        names = self._names[plan.name].get(figure.label)
        if names is not None and joint.label not in names:
            self._lose(plan, result, s.JOINT_UNKNOWN, label=joint.label, figure=figure.label)
        elif joint.label in joints:
            self._lose(plan, result, s.JOINT_TWICE, label=joint.label, figure=figure.label)
        else:
            seen = SEEN.get(visibility.casefold())
            if seen is None:
                self._reader.problem(s.VISIBILITY_UNKNOWN, result, plan.name, found=visibility)
                seen = VISIBLE
            (point,) = joint.geometry.points if isinstance(joint.geometry, Points) else ((0.0, 0.0),)
            said = tuple((name, str(value)) for name, value in joint.answers)
            joints[joint.label] = Joint(joint.label, *point, seen, said)

    def _figure(self, plan: Plan, figure: Shape, joints: dict[str, Joint]) -> Shape:
        """A figure with all its points in order; those that were not put are hidden, at 0, 0."""
        if not joints and not plan.pure:
            return figure  # a box is what it looks like
        names = self._names[plan.name].get(figure.label)
        if names is None:
            names = list(dict.fromkeys(plan.joints.values())) or list(joints)
        ordered = tuple(joints.get(name) or Joint(name, 0.0, 0.0, HIDDEN) for name in names)
        box = figure.geometry if isinstance(figure.geometry, Box) else None
        return replace(figure, geometry=Skeleton(ordered), box=box)

    def _lose(self, plan: Plan, result: Result, found: ProblemType, **what: str) -> None:
        self._reader.ledger.taken += 1
        self._reader.lose(found, result, plan.name, 1, **what)


def _in(point: Point, box: Box) -> bool:
    """Whether a point is in a box, its border with it."""
    middle = centre(box)
    x, y = turned(point[0] - middle[0], point[1] - middle[1], -box.rotation)
    return abs(x) <= box.width / 2 and abs(y) <= box.height / 2
