"""A predictor's answers about one frame as the API takes annotations: shapes and tags of source "auto"."""

from __future__ import annotations

from typing import Any

from labelwright.contracts import Outcome, Template
from labelwright.problems import Place, Problems
from labelwright_plugins.cvat.project import Label
from labelwright_plugins.cvat.rows import Element, Row
from labelwright_plugins.cvat.suggested import Suggested
from labelwright_plugins.cvat.written import Pairs

AUTO = "auto"
Raw = dict[str, Any]


class Writer:
    """Writes the answers of frames, for one template and one project's labels."""

    def __init__(self, template: Template, labels: list[Label], problems: Problems) -> None:
        """``labels`` with their ids."""
        self._suggested = Suggested(template, list(template.controls), problems, labels=labels)
        self._labels = {label.name: label for label in labels}

    def write(self, outcome: Outcome, frame: int, place: Place, size: tuple[int, int] | None) -> Raw:
        """What is to be created on a frame of a size (width, height); what cannot be is a problem."""
        made: Raw = {"shapes": [], "tags": [], "tracks": []}
        for row in self._suggested.rows(outcome, place, size):
            tag = row.type == "tag"
            made["tags" if tag else "shapes"].append(self._raw(row, frame) | ({} if tag else _drawn(row)))
            if row.elements:
                points = {point.name: point for point in self._labels[row.label].sublabels}
                made["shapes"][-1]["elements"] = [_element(e, points[e.label], frame) for e in row.elements]
        return made

    def _raw(self, row: Row, frame: int) -> Raw:
        """What shapes and tags share."""
        label = self._labels[row.label]
        return {
            "label_id": label.id,
            "frame": frame,
            "group": row.group,
            "source": AUTO,
            "attributes": _attributes(label, row.attributes),
        }


def _drawn(row: Row) -> Raw:
    made: Raw = {
        "type": row.type,
        "points": row.points,
        "rotation": row.rotation,
        "occluded": row.occluded,
        "outside": False,
        "z_order": row.z_order,
        "elements": [],
    }
    return made if row.score is None else {**made, "score": row.score}


def _attributes(label: Label, pairs: Pairs) -> list[Raw]:
    ids = {one.name: one.id for one in label.attributes}
    return [{"spec_id": ids[name], "value": text} for name, text in pairs if name in ids]


def _element(element: Element, label: Label, frame: int) -> Raw:
    return {
        "type": "points",
        "label_id": label.id,
        "frame": frame,
        "points": element.points,
        "rotation": 0.0,
        "occluded": element.occluded,
        "outside": element.outside,
        "z_order": 0,
        "source": AUTO,
        "attributes": _attributes(label, element.attributes),
    }


def apart(body: Raw, above: int) -> Raw:
    """The same with groups of higher numbers than ``above``: those that others have given mean others."""
    return {
        kind: [{**one, "group": one["group"] and one["group"] + above} for one in rows]
        for kind, rows in body.items()
    }
