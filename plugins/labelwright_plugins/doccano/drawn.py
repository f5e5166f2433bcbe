"""Boxes and polygons, in pixels of the image, as doccano writes them."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from labelwright.geometry.shapes import FARTHEST, Box, Geometry, Polygon
from labelwright.problems import READ
from labelwright.records import Kind, Shape
from labelwright_plugins.doccano import problems as p

if TYPE_CHECKING:
    from labelwright_plugins.doccano.answers import AnswerReader


def read(reader: AnswerReader, column: str, value: list[Any], out: dict[str, Any]) -> bool:
    """Put the shapes of a record into ``out``; False if the template asks for none."""
    from labelwright_plugins.doccano.answers import control_with

    asked = reader.named(Kind.SHAPES)
    if not asked:
        return False
    ledger = reader.problems.ledger(READ)
    found: dict[str, list[Shape]] = {name: [] for name in asked}
    for raw in value:
        ledger.taken += 1
        label = raw.get("label") if isinstance(raw, dict) else None
        name = control_with(asked, label) if isinstance(label, str) else None
        geometry = _geometry(raw, column) if isinstance(raw, dict) else None
        if not isinstance(label, str):
            kind, what = p.BAD_VALUE, {"column": column, "found": "something else than shapes"}
        elif name is None:
            kind, what = p.LABEL_UNKNOWN, {"kind": "shapes", "label": label}
        elif geometry is None:
            kind, what = p.SHAPE_EMPTY, {"what": "box" if column == "bbox" else "polygon"}
        else:
            found[name].append(Shape(geometry, label, str(raw.get("uuid") or "")))
            ledger.given += 1
            continue
        reader.problem(kind, name or "", **what)
        ledger.lose(kind.code, 1)
        reader.set_aside += 1
    out |= {name: (*out.get(name, ()), *shapes) for name, shapes in found.items()}
    return True


def _geometry(raw: dict[str, Any], column: str) -> Geometry | None:
    if column == "bbox":
        numbers = _numbers([raw.get(k) for k in ("x", "y", "width", "height")])
        return Box(*numbers) if numbers and numbers[2] > 0 and numbers[3] > 0 else None
    numbers = _numbers(raw.get("points"))
    if not numbers or len(numbers) % 2:
        return None
    ring = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    ring = ring[:-1] if len(ring) > 3 and ring[0] == ring[-1] else ring
    return Polygon.of(ring) if len(set(ring)) >= 3 else None


def _numbers(found: Any) -> list[float]:
    """The numbers as floats; none of them if any is no number or damage."""
    if not isinstance(found, list) or not all(type(x) in (int, float) for x in found):
        return []
    return [float(x) for x in found] if all(abs(x) <= FARTHEST and isfinite(x) for x in found) else []
