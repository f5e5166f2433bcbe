"""A JSON list of boxes under the key ``box_2d``, with order and scale as one sets them.

The key comes without a stated order or scale in the data sheets of several services, and boxes can be
valid in either order, so that data cannot tell. The default is y first and 0 to 1000, as Gemini's
documents define the key: who made it decides what it means, and numbers out of 1000 survive every
resizing of the image, as pixels do not. ``scale``: ``1000``, ``pixels`` (of the image in the row, whole
numbers) or ``1`` (parts of width and height with four decimal places).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from labelwright.groundings._grids import Steps
from labelwright.groundings._json_list import JsonList
from labelwright.groundings._notation import THOUSAND
from labelwright.problems import UsageError

ORDERS = {"yx": "y1, x1, y2, x2", "xy": "x1, y1, x2, y2"}
SCALES = {
    "1000": THOUSAND,
    "pixels": "whole pixels of the image, rounded to the nearest",
    "1": "0 to 1 of the image's width and height, four decimal places",
}


class Box2d(JsonList):
    """See the module."""

    name = "box_2d"
    title = "JSON list of box_2d"
    reference = "https://ai.google.dev/gemini-api/docs/image-understanding"
    key = "box_2d"
    defaults: ClassVar[Mapping[str, str]] = MappingProxyType({"order": "yx", "scale": "1000"})

    def set(self) -> None:
        """Check and take over order and scale."""
        for key, known in (("order", ORDERS), ("scale", SCALES)):
            if self.options[key] not in known:
                there = ", ".join(known)
                raise UsageError(f"--boxes {self.name}: {key} is {self.options[key]!r}; it can be: {there}")
        self.y_first = self.options["order"] == "yx"
        self.order = ORDERS[self.options["order"]]
        self.scale = SCALES[self.options["scale"]]
        self.places = 4 if self.options["scale"] == "1" else 0

    def grid(self, size: tuple[int, int]) -> Steps:
        """See ``Base``."""
        steps = {"1000": (1000, 1000), "1": (10_000, 10_000), "pixels": size}
        return Steps.of(size, steps[self.options["scale"]])


plugin = Box2d()
