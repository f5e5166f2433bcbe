"""The boxes of one label as a JSON list of lists between tags: InternVL, DeepSeek-VL2."""

from __future__ import annotations

import json

from labelwright.groundings._grids import Values
from labelwright.groundings._inline import Inline


class Nested(Inline):
    """``tags`` stand before the label, after it, before the places and after them."""

    tags = ("", "", "", "")

    def _mark(self, label: str, places: list[Values]) -> str:
        before, after, opened, closed = self.tags
        return f"{before}{label}{after}{opened}{json.dumps([list(values) for values in places])}{closed}"

    def _places(self, text: str) -> list[Values]:
        try:
            boxes = json.loads(text)
        except ValueError:
            boxes = None
        if not isinstance(boxes, list) or not all(isinstance(box, list) for box in boxes):
            raise ValueError(f"the places are no list of lists: {text[:80]!r}")
        for box in boxes:
            if len(box) != 4 or not all(type(n) is int for n in box):
                raise ValueError(f"a box is not four whole numbers: {json.dumps(box)[:80]}")
        return [tuple(box) for box in boxes]
