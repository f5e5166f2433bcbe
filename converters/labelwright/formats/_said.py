"""What was said of shapes as text, and back, for formats whose attributes are text."""

from __future__ import annotations

from typing import Any

import msgspec

from labelwright.contracts import Control
from labelwright.records import Kind

NUMBERS = (Kind.NUMBER, Kind.RATING)
PLAIN = (Kind.CHOICE, Kind.TEXT, Kind.DATE, Kind.TRANSCRIPT)


def as_text(value: Any) -> str:
    """A string as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def from_text(text: str, control: Control | None) -> Any:
    """The answer that a text stands for, by the control it answers; the text where that does not tell."""
    if control is None or control.kind in PLAIN:
        return text
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    if control.kind in NUMBERS:
        return value if isinstance(value, int | float) and not isinstance(value, bool) else text
    return _tuples(value)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
