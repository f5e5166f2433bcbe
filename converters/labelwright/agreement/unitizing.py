"""Krippendorff's alpha_u: agreement on where the units of a text lie, label by label.

Each annotator cuts a text into the units of a label and the gaps between them. Several texts are one
continuum of which a gap ends where its text ends; a dialogue has one text per turn. Spans of one label
by one annotator that overlap are one unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from msgspec import Struct

from labelwright.records import Span

Stretch = tuple[int, int]


class Cut(Struct, array_like=True):
    """One label in one item: disagreement of positions, and lengths of all annotators' units and gaps.

    ``apart`` sums the squared differences over ordered pairs of annotators, divided by annotators less 1.
    """

    apart: float = 0.0
    units: list[int] = []
    gaps: list[int] = []


class Unitized(Struct, array_like=True):
    """An item: the length of each text times its annotators, and what was cut out of them by label.

    ``extents`` are (annotators, code points); a label that is in no text of the item is all gap.
    """

    extents: list[tuple[int, int]] = []
    labels: dict[str, Cut] = {}


def unitize(spans: Sequence[Sequence[Span]], texts: Mapping[str, str]) -> Unitized:
    """Cut the texts of one item; ``spans`` by annotator, ``texts`` by unit.

    A text that is not known ends with the last span in it.
    """
    marked = [s for one in spans for s in one if s.end > s.start]
    names = sorted({*texts, *(s.unit for s in marked)})
    labels = sorted({s.label for s in marked})
    found = Unitized([], {label: Cut() for label in labels})
    for name in names:
        length = max([len(texts.get(name, "")), *(s.end for s in marked if s.unit == name)])
        if not length:
            continue
        found.extents.append((len(spans), length))
        for label, cut in found.labels.items():
            units = [merged(s for s in one if (s.unit, s.label) == (name, label)) for one in spans]
            gaps = [between(own, length) for own in units]
            cut.apart += apart(units, gaps)
            cut.units.extend(end - start for own in units for start, end in own)
            cut.gaps.extend(end - start for own in gaps for start, end in own)
    for cut in found.labels.values():
        cut.units.sort()
        cut.gaps.sort()
    return found


def merged(spans: Iterable[Span]) -> list[Stretch]:
    """Stretches in order, those that overlap made one."""
    found: list[Stretch] = []
    for start, end in sorted((s.start, s.end) for s in spans if s.end > s.start):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def between(units: Sequence[Stretch], length: int) -> list[Stretch]:
    """The gaps before, between and after units."""
    edges = [0, *(edge for unit in units for edge in unit), length]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def apart(units: Sequence[Sequence[Stretch]], gaps: Sequence[Sequence[Stretch]]) -> float:
    """Squared differences over ordered pairs of annotators, divided by annotators less 1.

    Units that overlap differ by the squares of how far their starts and ends lie apart, a unit that lies
    in a gap by its squared length.
    """
    total = 0.0
    for i, j in combinations(range(len(units)), 2):
        for a, b in units[i]:
            total += sum((a - c) ** 2 + (b - d) ** 2 for c, d in units[j] if a < d and c < b)
        for mine, theirs in ((i, j), (j, i)):
            for a, b in units[mine]:
                total += sum((b - a) ** 2 for c, d in gaps[theirs] if c <= a and b <= d)
    return 2.0 * total / (len(units) - 1) if len(units) > 1 else 0.0
