"""How an answer's value looks inside a training example: plain JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from labelwright.geometry.shapes import Geometry
from labelwright.records import Relation, Segment, Shape, Span, Track, Turn


def plain(value: Any) -> Any:
    """A value as plain JSON: what marks a part of the item becomes an object, tuples become lists.

    Segments are in seconds, shapes in pixels: the name of what was drawn, and its numbers.
    """
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if isinstance(value, Span):
        return {"text": value.text, "label": value.label, **_answers(value.answers)}
    if isinstance(value, Segment):
        times = {"start": value.start, "end": value.end}
        return {**times, "label": value.label, **_answers(value.answers)}
    if isinstance(value, Relation):
        return {"head": _end(value.head), "relation": value.label, "tail": _end(value.tail)}
    if isinstance(value, Shape | Track):
        return {**_drawn(value), **_answers(value.answers)}
    if isinstance(value, Turn):
        return {"turn": value.index, "label": value.label, "text": value.text}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return str(value)


def detailed(value: Any) -> Any:
    """As ``plain``, with offsets and channels: what a template's own Jinja works on."""
    if isinstance(value, (tuple, list)):
        return [detailed(v) for v in value]
    if isinstance(value, Span):
        return {**plain(value), "start": value.start, "end": value.end, "unit": value.unit}
    if isinstance(value, Segment):
        return {**plain(value), "channel": value.channel}
    if isinstance(value, Shape):
        more = {"occluded": value.occluded, "z": value.z, "group": value.group, "unit": value.unit}
        return {**plain(value), **more}
    return plain(value)


def _end(end: Any) -> str:
    """What a relation joins, in words: a span's text, a shape's label."""
    return str(end.text if isinstance(end, Span) else end.label)


def _drawn(mark: Shape | Track) -> dict[str, Any]:
    if isinstance(mark, Shape):
        return {"label": mark.label, **_geometry(mark.geometry)}
    seen = [
        {"frame": k.frame, "outside": k.outside, **_geometry(k.geometry), **_answers(k.attributes)}
        for k in mark.keyframes
    ]
    return {"label": mark.label, "keyframes": seen}


def _geometry(geometry: Geometry) -> dict[str, Any]:
    numbers = msgspec.to_builtins(geometry)
    return {"shape": numbers.pop("type"), **numbers}


def _answers(answers: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {name: plain(value) for name, value in answers}
