"""How an answer's value looks inside a training example: plain JSON."""

from __future__ import annotations

from typing import Any

from labelwright.records import Relation, Segment, Span, Turn


def plain(value: Any) -> Any:
    """A value as plain JSON: spans, segments (seconds), relations and turns become objects, tuples lists."""
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
    return plain(value)


def _end(end: Any) -> str:
    """What a relation joins, in words: a span's text, a shape's label."""
    return str(end.text if isinstance(end, Span) else end.label)


def _answers(answers: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {name: plain(value) for name, value in answers}
