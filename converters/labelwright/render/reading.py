"""The order in which people read what is marked on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import Geometry

Region: TypeAlias = Mapping[str, Any]  # a shape as templates see it
Placed: TypeAlias = tuple[tuple[float, float, float, float], Region]
BESIDE = 0.5  # of the higher one: how much of their heights two regions of one row share


def rows(regions: Sequence[Region] | None) -> list[list[Region]]:
    """Shapes by rows from top to bottom, those of a row from left to right.

    Two shapes are in one row if they share half of the height of the higher one or more, or if shapes
    between them do so one after the other, as on a page that was scanned askew. What reaches over several
    rows is one by itself. Shapes of several images come image by image.

    Raises ``ValueError`` for what is no shape.
    """
    placed = sorted((_placed(region) for region in regions or ()), key=_middle)
    found: list[list[Placed]] = []
    for one in placed:
        row = next((row for row in found if any(_beside(one, other) for other in row)), None)
        if row is None:
            found.append([one])
        else:
            row.append(one)
    return [[region for _, region in sorted(row, key=_left)] for row in found]


def _placed(region: Region) -> Placed:
    try:
        geometry: Any = msgspec.convert({**region, "type": region["shape"]}, Geometry)
    except (msgspec.ValidationError, KeyError, TypeError):
        raise ValueError("rows: what it is given is no list of shapes") from None
    return extent(geometry), region


def _middle(one: Placed) -> tuple[Any, ...]:
    (left, top, _, bottom), region = one
    unit = str(region.get("unit", ""))
    return (int(unit) if unit.isdigit() else 0, (top + bottom) / 2, left)


def _left(one: Placed) -> tuple[float, float]:
    (left, top, _, _), _ = one
    return (left, top)


def _beside(one: Placed, other: Placed) -> bool:
    (_, top, _, bottom), region = one
    (_, other_top, _, other_bottom), other_region = other
    if region.get("unit") != other_region.get("unit"):
        return False
    higher = max(bottom - top, other_bottom - other_top)
    return min(bottom, other_bottom) - max(top, other_top) >= BESIDE * higher
