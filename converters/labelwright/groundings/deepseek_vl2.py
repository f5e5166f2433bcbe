"""DeepSeek-VL2: ``<|ref|>label<|/ref|><|det|>[[x1, y1, x2, y2], ...]<|/det|>``, 0 to 999.

The numbers are of 999 steps: 999 is the right or lower edge. In a list, the boxes of one label stand
together, one label after the other without a space; for answers in sentences the model is asked with
``<|grounding|>`` in the prompt.
"""

from __future__ import annotations

import re

from labelwright.groundings._grids import Grid, Steps, Values
from labelwright.groundings._nested import Nested


class DeepSeek(Nested):
    """See the module."""

    name = "deepseek-vl2"
    title = "DeepSeek-VL2"
    reference = "https://github.com/deepseek-ai/DeepSeek-VL2"
    scale = "0 to 999 of the image's width and height, rounded to the nearest"
    tags = ("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>")
    element = re.compile(r"<\|ref\|>(?P<label>.*?)<\|/ref\|><\|det\|>(?P<places>.*?)<\|/det\|>", re.DOTALL)
    foreign = re.compile(r"<\|/?(?:ref|det|grounding)\|>")
    between = ""

    def grid(self, size: tuple[int, int]) -> Steps:
        """See ``Base``."""
        return Steps.of(size, (999, 999))

    def _last(self, grid: Grid) -> Values:
        return 999, 999


plugin = DeepSeek()
