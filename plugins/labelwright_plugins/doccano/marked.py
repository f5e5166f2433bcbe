"""Spans of a text and the relations between them. Offsets are code points, as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelwright.records import Kind, Relation, Span
from labelwright_plugins.doccano import problems as p

if TYPE_CHECKING:
    from labelwright_plugins.doccano.answers import AnswerReader


def read(
    reader: AnswerReader, column: str, value: list[Any], relations: Any, text: str, out: dict[str, Any]
) -> bool:
    """Put the spans of a record and its relations into ``out``; False if the template asks for no spans."""
    from labelwright_plugins.doccano.answers import control_with

    asked = reader.named(Kind.SPANS)
    if not asked:
        return False
    by_id: dict[Any, Span] = {}
    found: dict[str, list[Span]] = {name: [] for name in asked}
    for raw in value:
        parts = _parts(raw)
        if parts is None:
            reader.problem(p.BAD_VALUE, column=column, found="something else than spans")
            continue
        start, end, label, number = parts
        name = control_with(asked, label)
        if name is None:
            reader.problem(p.LABEL_UNKNOWN, kind="spans", label=label)
        elif not 0 <= start < end <= len(text):
            reader.problem(p.OUTSIDE, name, start=start, end=end, length=len(text))
        else:
            span = Span(start, end, label, text[start:end], "" if number is None else str(number))
            found[name].append(span)
            if number is not None:
                by_id[number] = span
    out |= {name: tuple(spans) for name, spans in found.items()}
    if relations:
        join(reader, relations, by_id, out)
    return True


def _parts(raw: Any) -> tuple[int, int, str, Any] | None:
    """Start, end, label and id of a span in either of its forms."""
    if isinstance(raw, dict):
        parts = (raw.get("start_offset"), raw.get("end_offset"), raw.get("label"), raw.get("id"))
    elif isinstance(raw, list) and len(raw) == 3:
        parts = (*raw, None)
    else:
        return None
    start, end, label, number = parts
    if type(start) is not int or type(end) is not int or not isinstance(label, str):
        return None
    return start, end, label, number if isinstance(number, int | str) else None


def join(reader: AnswerReader, raws: Any, by_id: dict[Any, Span], out: dict[str, Any]) -> None:
    """Put the relations of a record into ``out``; ``by_id`` are its spans."""
    from labelwright_plugins.doccano.answers import control_with

    asked = reader.named(Kind.RELATIONS)
    if not asked:
        reader.unmatched["relations"] = reader.unmatched.get("relations", 0) + 1
        return
    found: dict[str, list[Relation]] = {name: [] for name in asked}
    for raw in raws if isinstance(raws, list) else [raws]:
        label = raw.get("type") if isinstance(raw, dict) else None
        ends = [raw.get(k) for k in ("from_id", "to_id")] if isinstance(raw, dict) else []
        if not isinstance(label, str) or not all(isinstance(x, int | str) for x in ends):
            reader.problem(p.BAD_VALUE, column="relations", found="something else than relations")
            continue
        head, tail = (by_id.get(x) for x in ends)
        name = control_with(asked, label)
        if name is None:
            reader.problem(p.LABEL_UNKNOWN, kind="relations", label=label)
        elif head is None or tail is None:
            reader.problem(p.RELATION_LOOSE, name, label=label, head=ends[0], tail=ends[1])
        else:
            found[name].append(Relation(head, tail, label))
    out |= {name: tuple(relations) for name, relations in found.items()}
