"""What an answer of the connection means, apart from the server's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from labelwright.io import surrogates
from labelwright.io.scrub import said
from labelwright.problems import DataError
from labelwright_plugins.cvat import errors

MOST_ANSWER = 1 << 29  # bytes of an answer, unpacked; the largest jobs have some tens of millions
MOST_SAID = 1 << 16  # bytes of one that says what is wrong
CHUNK = 1 << 18


def whole(url: str, answer: Any, most: int) -> bytes:
    """The body of a streamed answer, unpacked. Raises ``DataError`` if it has more than ``most`` bytes."""
    found = bytearray()
    while chunk := answer.read(CHUNK):
        found += chunk
        if len(found) > most:
            answer.close()
            raise DataError(errors.NOT_AN_ANSWER.at(url=url, what=f"more than {most:,} bytes"))
    answer.release_conn()
    return bytes(found)


def decoded(url: str, content: bytes) -> Any:
    """The JSON of an answer, with halves of surrogate pairs; None where it is empty.

    Raises ``DataError`` if it is none.
    """
    if not content:
        return None
    try:
        return surrogates.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        what = "an HTML page" if content.lstrip()[:1] == b"<" else "broken JSON"
        raise DataError(errors.NOT_AN_ANSWER.at(url=url, what=what)) from None


def detail_of(content: bytes, secrets: Iterable[str]) -> str:
    """The part of an error answer that tells a person something, short and without the secrets."""
    text = content.decode("utf-8", "replace")
    if text.lstrip()[:1] == "<":
        return "an HTML page"
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = text
    if isinstance(body, dict) and isinstance(body.get("detail"), str):
        body = body["detail"]
    return said(body if isinstance(body, str) else surrogates.encode(body).decode(), secrets)


def having(url: str, found: Any, *keys: str) -> dict[str, Any]:
    """The object, if it is one and has the keys. Raises ``DataError``."""
    if isinstance(found, dict) and all(found.get(key) is not None for key in keys):
        return found
    named = f" with {' and '.join(keys)}" if keys else ""
    raise DataError(errors.NOT_AN_ANSWER.at(url=url, what=f"something else than an object{named}"))
