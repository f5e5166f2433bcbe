"""PaliGemma: ``<loc0256><loc0512><loc0512><loc0768> label``, objects joined by `` ; ``.

Four digits each, y first, 1024 steps of which the last is 1023, rounded down. An object with several
boxes stands once for each. The model answers ``detect a ; b`` so and has no answer for a caption
with places: phrases go without the caption.
"""

from __future__ import annotations

import re

from labelwright.groundings._grids import Grid, Steps, Values
from labelwright.groundings._inline import Inline


class PaliGemma(Inline):
    """See the module."""

    name = "paligemma"
    title = "PaliGemma"
    reference = (
        "https://github.com/google-research/big_vision/blob/main/big_vision/configs/proj/paligemma/README.md"
    )
    scale = "0 to 1023 of 1024 steps of the image's width and height, rounded down"
    order = "y1, x1, y2, x2"
    element = re.compile(r"(?P<places>(?:<loc\d+>)+) (?P<label>[^;<\r\n]+?)(?= ; <loc|\Z)")
    foreign = re.compile(r"[;<\r\n]")
    between = " ; "
    grouped = False
    captions = False

    def grid(self, size: tuple[int, int]) -> Steps:
        """See ``Base``."""
        return Steps.of(size, (1024, 1024), 1023, down=True)

    def _last(self, grid: Grid) -> Values:
        return 1023, 1023

    def _mark(self, label: str, places: list[Values]) -> str:
        return self.between.join(f"{_locations(values)} {label}" for values in places)

    def _places(self, text: str) -> list[Values]:
        digits = re.findall(r"\d+", text)
        if any(len(d) != 4 for d in digits):
            raise ValueError(f"a location is not four digits: {text[:80]!r}")
        if len(digits) != 4:
            raise ValueError(f"a box is not four locations: {text[:80]!r}")
        y1, x1, y2, x2 = map(int, digits)
        return [(x1, y1, x2, y2)]

    def _words(self, text: str) -> str:
        return text if text == self.between else super()._words(text)


def _locations(values: Values) -> str:
    x1, y1, x2, y2 = values
    return "".join(f"<loc{value:04}>" for value in (y1, x1, y2, x2))


plugin = PaliGemma()
