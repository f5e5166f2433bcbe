"""Molmo: ``<point x="62.5" y="37.5" alt="scratch">scratch</point>``, percent with one decimal place.

It points and draws no boxes: a shape is written as its centre. Several points of one label are one
element, ``<points x1="..." y1="..." x2="..." ... alt="...">``, sorted by x and then y as in the model's
own training data; in a caption the element stands in place of its phrase. Of nothing it says "There are
none." This is the first Molmo; Molmo 2 writes other coordinates.
"""

from __future__ import annotations

import re

from labelwright.groundings._grids import Grid, Steps, Values
from labelwright.groundings._inline import Inline


class Molmo(Inline):
    """See the module."""

    name = "molmo"
    title = "Molmo"
    reference = "https://github.com/allenai/molmo/blob/main/olmo/data/data_formatter.py"
    holds = frozenset({"points"})
    scale = "percent of the image's width and height, rounded to one decimal place"
    order = "x, y"
    element = re.compile(
        r'<point(?P<many>s?)(?P<places>(?: [xy]\d*="[^"]*")+) alt="[^"]*">(?P<label>.*?)</point(?P=many)>',
        re.DOTALL,
    )
    foreign = re.compile(r"</?points?\b")
    nothing = "There are none."

    def grid(self, size: tuple[int, int]) -> Steps:
        """See ``Base``."""
        return Steps.of(size, (1000, 1000))

    def _mark(self, label: str, places: list[Values]) -> str:
        alt = label.replace('"', "'")  # the words themselves are between the tags
        many = len(places) > 1
        numbers = " ".join(
            f'x{n if many else ""}="{x / 10:.1f}" y{n if many else ""}="{y / 10:.1f}"'
            for n, (x, y) in enumerate(sorted(places), 1)
        )
        tag = "points" if many else "point"
        return f'<{tag} {numbers} alt="{alt}">{label}</{tag}>'

    def _places(self, text: str) -> list[Values]:
        found = re.findall(r' ([xy])(\d*)="([^"]*)"', text)
        xs, ys = ({n: value for axis, n, value in found if axis == a} for a in "xy")
        if xs.keys() != ys.keys() or len(xs) + len(ys) != len(found):
            raise ValueError(f"not every point has one x and one y: {text[:80]!r}")
        return [(_tenths(xs[n]), _tenths(ys[n])) for n in xs]

    def _checked(self, values: Values, grid: Grid, what: str) -> None:
        if not all(0 <= value <= 1000 for value in values):
            x, y = (value / 10 for value in values)
            raise ValueError(f"{what}: {x:g}, {y:g} is out of range; percent go from 0 to 100")


def _tenths(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}(\.\d+)?", text, re.ASCII):
        raise ValueError(f"{text[:20]!r} is no percentage")
    return round(float(text) * 10)


plugin = Molmo()
