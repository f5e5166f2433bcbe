"""Predictors that answer while somebody draws, as functions of cvat-sdk: trackers and interactors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelwright.contracts import Followed, Served
from labelwright.geometry.rle_cvat import cvat_points
from labelwright.problems import DataError, UsageError
from labelwright.records import Shape
from labelwright_plugins.cvat import asking
from labelwright_plugins.cvat.following import as_type
from labelwright_plugins.cvat.geometry import from_api
from labelwright_plugins.cvat.sdk_calls import Told, png, sdk

if TYPE_CHECKING:
    from PIL.Image import Image

FRAME = "frame"  # CVAT tells these functions no name of the image


class Tracker:
    """See ``cvat_sdk.auto_annotation.TrackingFunction``."""

    def __init__(self, model: Served, conf: float) -> None:
        """Raises ``UsageError`` for a predictor that follows nothing."""
        del conf
        if not asking.tracks(model):
            raise UsageError(f"{model.name} follows nothing: give another kind")
        self._model = model
        types = set(asking.followed_types(model))
        self.spec = sdk().TrackingFunctionSpec(supported_shape_types=types)

    def preprocess_image(self, context: Any, image: Image) -> tuple[bytes, tuple[int, int]]:
        """The image as bytes, once for all that is followed on it."""
        del context
        return png(image), image.size

    def init_tracking_state(self, context: Any, pp_image: Any, shape: Any) -> dict[str, Any]:
        """What is kept of a shape."""
        del context
        begun = self._followed(pp_image, Shape(from_api(str(shape.type), list(shape.points), 0.0)))
        return {"type": str(shape.type), "state": begun.state}

    def track(self, context: Any, pp_image: Any, state: dict[str, Any]) -> Any:
        """Where the shape is now; None where it is out of sight."""
        del context
        found = self._followed(pp_image, state["state"])
        state["state"] = found.state
        points = None if found.shape is None else as_type(found.shape.geometry, state["type"])
        return None if points is None else sdk().TrackableShape(type=state["type"], points=points)

    def _followed(self, pp_image: Any, thing: Shape | bytes) -> Followed:
        data, size = pp_image
        found: Followed = self._model.track(asking.query(self._model, data, FRAME, size), [thing])[0]
        return found


class Interactor:
    """See ``cvat_sdk.auto_annotation.InteractionFunction``."""

    def __init__(self, model: Served, conf: float) -> None:
        """Raises ``UsageError`` for a predictor that answers nobody who draws, or an SDK without such."""
        del conf
        if not asking.interacts(model):
            raise UsageError(f"{model.name} answers nobody who draws: give another kind")
        if not hasattr(sdk(), "InteractionFunctionSpec"):
            raise UsageError("this version of cvat-sdk knows no interactors: pip install -U cvat-sdk")
        self._model, self._problems = model, Told()
        self.spec = sdk().InteractionFunctionSpec(min_pos_points=0, min_neg_points=0, min_bounding_boxes=0)

    def detect(self, context: Any, pp_image: Image, prompts: Any) -> list[Any]:
        """A mask of what is meant; none where nothing was found."""
        del context
        size, box = pp_image.size, prompts.bounding_box
        drawn = asking.prompts(self._model, list(prompts.pos_points), box)
        outside = list(prompts.neg_points)
        query = asking.query(self._model, png(pp_image), FRAME, size, drawn=drawn, outside=outside)
        try:
            mask = asking.covered(self._model.interact(query), self._model, size)
        except DataError as error:
            self._problems.add(error.problem)
            return []
        points = [float(n) for n in cvat_points(mask)]
        return [sdk().InteractionResultShape(type="mask", points=points)]
