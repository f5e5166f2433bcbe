"""A predictor as a detection function of cvat-sdk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from labelwright.contracts import Served
from labelwright.problems import Place, ProblemType, UsageError
from labelwright_plugins.cvat import asking
from labelwright_plugins.cvat.rows import Row
from labelwright_plugins.cvat.sdk_calls import Told, png, sdk
from labelwright_plugins.cvat.suggested import Suggested

if TYPE_CHECKING:
    from PIL.Image import Image

FRAME = "frame"  # what a frame is called where CVAT tells no name
UNREADABLE = ProblemType(
    "cvat.frame-unreadable",
    "An image that CVAT gave cannot be read",
    "the image cannot be read: {reason}",
    "Look at the file in CVAT; the other images were answered.",
)
Numbers: TypeAlias = dict[str, int]


class Detector:
    """See ``cvat_sdk.auto_annotation.DetectionFunction``."""

    def __init__(self, model: Served, conf: float) -> None:
        """Raises ``UsageError`` for a predictor that finds nothing on images by itself."""
        if not asking.detects(model):
            raise UsageError(f"{model.name} finds nothing on images by itself: give another kind")
        self._model, self._conf, self._problems = model, conf, Told()
        self._suggested = Suggested(model.template, asking.controls(model), self._problems)
        self._labels: Numbers = {}
        self._parts: dict[str, Numbers] = {}
        self._attributes: dict[str, Numbers] = {}
        self.spec = self._spec()

    def detect(self, context: Any, image: Image) -> list[Any]:
        """Tags and shapes of one image, for ``cvat_sdk``; none of one that cannot be answered."""
        name = context.frame_name or FRAME
        given = getattr(context, "conf_threshold", None)
        polygons = bool(getattr(context, "conv_mask_to_poly", False))
        threshold, place = self._conf if given is None else given, Place(item=name)
        try:
            data = png(image)
        except (OSError, ValueError, SyntaxError) as error:  # what PIL raises on what is no whole image
            self._problems.add(UNREADABLE.at(place, reason=str(error) or type(error).__name__))
            return []
        outcome = self._model.predict([asking.query(self._model, data, name, image.size)])[0]
        self._problems.extend(outcome.problems)
        rows = self._suggested.rows(outcome, place, image.size, threshold, polygons)
        return [self._made(row) for row in rows]

    def _spec(self) -> Any:
        found, made = [], sdk()
        for number, (name, spec) in enumerate(self._suggested.specs.items()):
            self._labels[name] = number
            self._attributes[name] = {one["name"]: n for n, one in enumerate(spec["attributes"])}
            more: dict[str, Any] = {"attributes": _attributes(made, spec["attributes"])}
            if spec["type"] == "skeleton":
                self._parts[name] = {one["name"]: n for n, one in enumerate(spec["sublabels"])}
                points = [made.keypoint_spec(one, n) for one, n in self._parts[name].items()]
                found.append(made.skeleton_label_spec(name, number, points, **more))
            else:
                found.append(made.label_spec(name, number, type=spec["type"], **more))
        return made.DetectionFunctionSpec(labels=found)

    def _made(self, row: Row) -> Any:
        """A row as the SDK's model of it, by numbers."""
        from cvat_sdk import models

        made = sdk()
        attributes = [
            models.AttributeValRequest(spec_id=self._attributes[row.label][name], value=value)
            for name, value in row.attributes
        ]
        label = self._labels[row.label]
        if row.type == "tag":
            return made.tag(label, attributes=attributes)
        more: dict[str, Any] = {"score": row.score} if row.score is not None else {}
        if row.group:
            more["group"] = row.group
        more |= {"attributes": attributes, "occluded": row.occluded, "z_order": row.z_order}
        if row.type == "skeleton":
            parts = self._parts[row.label]
            elements = [
                made.keypoint(parts[e.label], e.points, outside=e.outside, occluded=e.occluded)
                for e in row.elements
            ]
            return made.skeleton(label, elements, **more)
        return made.shape(label, type=row.type, points=row.points, rotation=row.rotation, **more)


def _attributes(made: Any, given: Sequence[dict[str, Any]]) -> list[Any]:
    return [
        made.attribute_spec(one["name"], number, one["input_type"], one["values"])
        for number, one in enumerate(given)
    ]
