"""What an answer of the connection means, apart from the server's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from labelwright.io import surrogates
from labelwright.io.scrub import said


def detail_of(found: Any, secrets: Iterable[str]) -> str:
    """What of an answer tells a person something, short and without the secrets."""
    if isinstance(found, bytes):
        if found.lstrip()[:1] == b"<":
            return "an HTML page"
        try:
            found = msgspec.json.decode(found)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = found.decode("utf-8", "replace")
    if isinstance(found, dict):
        found = found.get("detail", found.get("text", found))
    return said(found if isinstance(found, str) else surrogates.encode(found).decode(), secrets)


def as_is(request: Any) -> Any:
    """A request, without anything added to it."""
    return request
