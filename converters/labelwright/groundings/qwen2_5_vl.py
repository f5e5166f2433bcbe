"""Qwen2.5-VL: a JSON list of ``bbox_2d``, in pixels of the image as the model resizes it.

Points stand under ``point_2d``.

The model's preparation rounds both sides to a multiple of ``factor`` and keeps the number of pixels
between ``min_pixels`` and ``max_pixels``, so the same box has other numbers under other settings. Train
with the settings that the manifest records. The defaults are those of qwen_vl_utils for this factor: 4 to
16,384 tokens of 28 x 28 pixels; the processor of transformers has others.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, sqrt
from types import MappingProxyType
from typing import Any, ClassVar

from labelwright.groundings._grids import Steps
from labelwright.groundings._json_list import JsonList
from labelwright.groundings._notation import BOX
from labelwright.problems import UsageError

LONGEST = 200  # times as long as wide
RULE = (
    "both sides rounded to the nearest multiple of factor, at least one factor; if that is more pixels than"
    " max_pixels, both divided by sqrt(width * height / max_pixels) and rounded down; if fewer than"
    " min_pixels, both multiplied by sqrt(min_pixels / (width * height)) and rounded up"
)


def smart_resize(size: tuple[int, int], factor: int, min_pixels: int, max_pixels: int) -> tuple[int, int]:
    """Width and height in pixels to which the model's preparation resizes an image of ``size``.

    After qwen_vl_utils (https://github.com/QwenLM/Qwen3-VL/tree/main/qwen-vl-utils), halves rounded to
    even as there.

    Raises:
        ValueError: one side is more than 200 times the other, or nothing would be left of one.
    """
    if max(size) / min(size) > LONGEST:
        raise ValueError(f"one side is more than {LONGEST} times the other: {size[0]} x {size[1]} pixels")
    sides = [max(factor, round(side / factor) * factor) for side in size]
    area = size[0] * size[1]
    if sides[0] * sides[1] > max_pixels:
        beta = sqrt(area / max_pixels)
        sides = [floor(side / beta / factor) * factor for side in size]
    elif sides[0] * sides[1] < min_pixels:
        beta = sqrt(min_pixels / area)
        sides = [ceil(side * beta / factor) * factor for side in size]
    if min(sides) < 1:
        raise ValueError(f"max_pixels leaves nothing of {size[0]} x {size[1]} pixels")
    return sides[0], sides[1]


class Qwen25(JsonList):
    """See the module."""

    name = "qwen2.5-vl"
    title = "Qwen2.5-VL"
    reference = "https://github.com/QwenLM/Qwen3-VL/tree/main/qwen-vl-utils"
    holds = BOX | {"points"}
    order = "x1, y1, x2, y2; x, y of a point"
    scale = "whole pixels of the resized image, rounded to the nearest"
    point_key = "point_2d"
    defaults: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"factor": "28", "min_pixels": "3136", "max_pixels": "12845056"}
    )

    def set(self) -> None:
        """Check and take over the settings of the model's preparation."""
        numbers = {}
        for key, value in self.options.items():
            if not (value.isascii() and value.isdigit()) or not 0 < int(value) < 10**12:
                raise UsageError(
                    f"--boxes {self.name}: {key} is {value!r}; it must be a whole number above 0"
                )
            numbers[key] = int(value)
        self.factor, self.least, self.most = (numbers[k] for k in ("factor", "min_pixels", "max_pixels"))
        if self.least > self.most:
            raise UsageError(f"--boxes {self.name}: min_pixels must not be greater than max_pixels")

    def grid(self, size: tuple[int, int]) -> Steps:
        """See ``Base``."""
        return Steps.of(size, smart_resize(size, self.factor, self.least, self.most))

    def described(self) -> dict[str, Any]:
        """See ``Notation``."""
        settings = {"factor": self.factor, "min_pixels": self.least, "max_pixels": self.most}
        return {**super().described(), **settings, "resized": RULE}


plugin = Qwen25()
