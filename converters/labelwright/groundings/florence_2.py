"""Florence-2: ``label<loc_500><loc_250><loc_750><loc_500>``, one object after the other.

1000 steps, rounded down and read in their middle; several boxes of an object follow one another. Caption
to phrase grounding has the caption in the prompt and answers with its phrases so; phrases go without the
caption.
"""

from __future__ import annotations

import re

from labelwright.groundings._grids import Grid, Steps, Values
from labelwright.groundings._inline import Inline


class Florence2(Inline):
    """See the module."""

    name = "florence-2"
    title = "Florence-2"
    reference = "https://huggingface.co/docs/transformers/model_doc/florence2"
    scale = (
        "0 to 999 of 1000 steps of the image's width and height, rounded down, read in the middle of a step"
    )
    element = re.compile(r"(?P<label>[^<\r\n]+)(?P<places>(?:<loc_\d+>)+)")
    foreign = re.compile(r"[<\r\n]")
    between = ""
    grouped = False
    captions = False

    def grid(self, size: tuple[int, int]) -> Steps:
        """See ``Base``."""
        return Steps.of(size, (1000, 1000), 999, down=True, shift=0.5)

    def _last(self, grid: Grid) -> Values:
        return 999, 999

    def _mark(self, label: str, places: list[Values]) -> str:
        return label + "".join(f"<loc_{value}>" for values in places for value in values)

    def _places(self, text: str) -> list[Values]:
        numbers = [int(n) for n in re.findall(r"\d+", text)]
        if len(numbers) % 4:
            raise ValueError(f"the boxes are not four locations each: {text[:80]!r}")
        return [tuple(numbers[at : at + 4]) for at in range(0, len(numbers), 4)]


plugin = Florence2()
