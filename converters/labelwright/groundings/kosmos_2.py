"""Kosmos-2: ``<grounding>A <phrase>dog</phrase><object><patch_index_0272><patch_index_0503></object> ...``.

The image is 32 x 32 patches, counted row by row; a box is the patches at its top left and its bottom
right. A box is read between the middles of its patches, or as whole patches where it is but one wide or
high, as the model's own processor does. Things of a list are joined by commas; blanks at the ends of a
phrase belong to the text around it.
"""

from __future__ import annotations

import re
from math import ceil, floor

from msgspec import Struct

from labelwright.examples import Grounding, Pointed
from labelwright.geometry.measures import Extent
from labelwright.groundings._grids import Grid, Values
from labelwright.groundings._inline import Inline

SIDE = 32
_BOX = r"<patch_index_\d+><patch_index_\d+>"
_NEXT = "</delimiter_of_multi_objects/>"


class Patches(Struct, frozen=True):
    """The patches of an image; values are column and row of the first patch and of the last."""

    size: tuple[int, int]

    def box(self, extent: Extent) -> tuple[Values, bool]:
        """See ``Grid``."""
        x1, y1, x2, y2 = extent
        (a, c), (b, d) = (self._pair(low, high, n) for low, high, n in ((x1, x2, 0), (y1, y2, 1)))
        return (a, b, c, d), not (x1 < x2 and y1 < y2)

    def _pair(self, low: float, high: float, axis: int) -> tuple[int, int]:
        side = self.size[axis]
        first = min(max(floor(low * SIDE / side), 0), SIDE - 1)
        return first, min(max(ceil(high * SIDE / side - 1), first), SIDE - 1)

    def spot(self, x: float, y: float) -> Values:
        """See ``Grid``; the model has no points."""
        return self._pair(x, x, 0)[0], self._pair(y, y, 1)[0]

    def extent(self, values: Values) -> Extent:
        """See ``Grid``."""
        x1, y1, x2, y2 = values
        low, high = (0.0, 1.0) if x1 == x2 or y1 == y2 else (0.5, 0.5)
        width, height = self.quantum
        return (x1 + low) * width, (y1 + low) * height, (x2 + high) * width, (y2 + high) * height

    @property
    def quantum(self) -> tuple[float, float]:
        """See ``Grid``."""
        return self.size[0] / SIDE, self.size[1] / SIDE


class Kosmos2(Inline):
    """See the module."""

    name = "kosmos-2"
    title = "Kosmos-2"
    reference = "https://huggingface.co/docs/transformers/model_doc/kosmos-2"
    scale = "patches of a grid of 32 x 32, 0 to 1023 row by row"
    order = "patch at the top left, patch at the bottom right"
    element = re.compile(
        rf"<phrase>(?P<label>[^<]+)</phrase><object>(?P<places>(?:{_BOX}{_NEXT})*{_BOX})</object>"
    )
    foreign = re.compile("<")
    opening = "<grounding>"
    between = ", "
    grouped = False

    def grid(self, size: tuple[int, int]) -> Grid:
        """See ``Base``."""
        return Patches(size)

    def _mark(self, label: str, places: list[Values]) -> str:
        boxes = _NEXT.join(
            f"<patch_index_{y1 * SIDE + x1:04}><patch_index_{y2 * SIDE + x2:04}>" for x1, y1, x2, y2 in places
        )
        return f"<phrase>{label}</phrase><object>{boxes}</object>"

    def _places(self, text: str) -> list[Values]:
        numbers = [int(n) for n in re.findall(r"\d+", text)]
        if wrong := [n for n in numbers if n >= SIDE * SIDE]:
            raise ValueError(f"patch {wrong[0]} is out of range; it goes from 0 to {SIDE * SIDE - 1}")
        rows = [divmod(n, SIDE) for n in numbers]
        return [
            (first[1], first[0], last[1], last[0]) for first, last in zip(rows[::2], rows[1::2], strict=True)
        ]

    def _checked(self, values: Values, grid: Grid, what: str) -> None:
        if values[0] > values[2] or values[1] > values[3]:
            raise ValueError(f"{what}: the box is inverted")

    def read(self, text: str, size: tuple[int, int]) -> Grounding:
        """See ``Notation``; phrases without the blanks at their ends, as the processor gives them."""
        found = super().read(text, size)
        return Grounding(tuple(map(_bare, found.objects)), size, found.caption)


def _bare(thing: Pointed) -> Pointed:
    label = thing.label.strip()
    if thing.start < 0:
        return Pointed(label, thing.shapes)
    start = thing.start + len(thing.label) - len(thing.label.lstrip())
    return Pointed(label, thing.shapes, start, start + len(label))


plugin = Kosmos2()
