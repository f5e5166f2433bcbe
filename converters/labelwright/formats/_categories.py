"""The labels of a data set by number."""

from __future__ import annotations

from collections.abc import Iterator

from labelwright.contracts import Template
from labelwright.formats._pictures import labels_of, shape_controls
from labelwright.geometry.shapes import Skeleton
from labelwright.records import Shape


class Categories:
    """Labels by number, from 1, in the template's order; labels that it does not have come behind."""

    def __init__(self, template: Template) -> None:
        """Number the template's labels."""
        self._ids = {label: number for number, label in enumerate(labels_of(template), 1)}
        self._joints: dict[str, list[str]] = {}
        self._edges: dict[str, list[list[str]]] = {}
        for control in shape_controls(template):
            for label, figure in template.controls[control].skeletons.items():
                self._joints.setdefault(label, figure.joints)
                self._edges.setdefault(label, figure.edges)

    def of(self, label: str) -> int:
        """The number of a label."""
        return self._ids.setdefault(label, len(self._ids) + 1)

    def joints(self, shape: Shape) -> list[str]:
        """The keypoints of a figure's label: the template's, else those of the first such figure."""
        figure = shape.geometry
        if not isinstance(figure, Skeleton):
            return []
        return self._joints.setdefault(shape.label, [joint.name for joint in figure.joints])

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Labels with their numbers, in the order of these."""
        return iter(self._ids.items())

    def figure(self, label: str) -> tuple[list[str], list[list[int]]] | None:
        """The keypoints of a label and the pairs of them that a line joins, from 1; None if it has none."""
        joints = self._joints.get(label)
        if joints is None:
            return None
        return joints, [[joints.index(name) + 1 for name in pair] for pair in self._edges.get(label, [])]
