"""The value of an answer as a result's ``value``: the other way of ``values``."""

from __future__ import annotations

from typing import Any

import msgspec

from labelwright.records import Kind

Held = tuple[str, dict[str, Any]]  # a result's type and value; an empty value: nothing is to be written
TEXTS = frozenset((Kind.TEXT, Kind.TRANSCRIPT))


def value_of(kind: Kind, value: Any, tag: str) -> Held | None:
    """How a tag stores an answer; None where it cannot."""
    if kind in (Kind.CHOICES, Kind.TAXONOMY):
        key = kind.value
        plain = [list(x) if isinstance(x, tuple) else x for x in value]
        return key, {key: plain} if plain else {}
    if kind in TEXTS:
        texts = [value] if isinstance(value, str) else list(value)
        return "textarea", {"text": texts} if texts else {}
    if kind is Kind.JSON:
        return "textarea", {"text": [msgspec.json.encode(value, order="sorted").decode()]}
    if kind is Kind.DATE:
        return "datetime", {"datetime": value}
    if kind is Kind.PREFERENCE and tag == "Pairwise":
        return "pairwise", {"selected": value}
    if kind in (Kind.CHOICE, Kind.RATING, Kind.NUMBER, Kind.PREFERENCE):
        return _single(value, tag)
    return None


def _single(value: Any, tag: str) -> Held | None:
    if tag == "Choices":
        return "choices", {"choices": [str(value)]}
    if tag in ("Rating", "Number"):
        key = tag.lower()
        try:
            return key, {key: int(value) if float(value).is_integer() else float(value)}
        except ValueError:
            return None
    return ("textarea", {"text": [str(value)]}) if tag == "TextArea" else None
