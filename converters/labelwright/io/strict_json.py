"""JSON as its standard has it."""

from __future__ import annotations

import json
from typing import Any


def loads(text: str) -> Any:
    """What the text says: no key occurs twice in an object, and no number is NaN or infinite.

    Raises ``ValueError`` that says why it is none.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key occurs twice in an object")
    return made


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
