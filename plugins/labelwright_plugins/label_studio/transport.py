"""Reads answers that somebody else wrote: within a limit, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from labelwright.io import surrogates
from labelwright.io.scrub import said

MOST_ANSWER = 1 << 29  # bytes of an answer, unpacked; a page of tasks has a few million
CHUNK = 1 << 18


def whole(answer: Any, most: int) -> bytes | None:
    """The body of a streamed answer, unpacked; None if it has more than ``most`` bytes."""
    found = bytearray()
    for chunk in answer.iter_content(CHUNK):
        found += chunk
        if len(found) > most:
            return None
    return bytes(found)


def decoded(content: bytes) -> Any:
    """The JSON of an answer, with halves of surrogate pairs.

    Raises ``ValueError``, also for what is nested without end.
    """
    try:
        return surrogates.decode(content)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("broken JSON") from None


def detail_of(body: Any, secrets: Iterable[str]) -> str:
    """The part of an error answer that tells a person something, short and without the secrets."""
    if isinstance(body, Mapping):
        told = body.get("detail")
        fields = body.get("validation_errors") or {
            k: v for k, v in body.items() if k not in {"id", "status_code", "version", "exc_info"}
        }
        told = told if told and not body.get("validation_errors") else fields
        body = told if isinstance(told, str) else _written(told)
    elif not isinstance(body, str):
        body = _written(body)
    return said(body, secrets)


def _written(value: Any) -> str:
    return surrogates.encode(value).decode()
