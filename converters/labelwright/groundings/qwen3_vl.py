"""Qwen3-VL: a JSON list of ``bbox_2d``, x first, 0 to 1000; points under ``point_2d``.

Unlike Qwen2.5-VL it counts in parts of the image, so that resizing changes nothing.
"""

from __future__ import annotations

from labelwright.groundings._json_list import JsonList
from labelwright.groundings._notation import BOX


class Qwen3(JsonList):
    """See the module."""

    name = "qwen3-vl"
    title = "Qwen3-VL"
    reference = "https://github.com/QwenLM/Qwen3-VL/blob/main/cookbooks/2d_grounding.ipynb"
    holds = BOX | {"points"}
    order = "x1, y1, x2, y2; x, y of a point"
    point_key = "point_2d"


plugin = Qwen3()
