"""Decodes a body that somebody else wrote, however it is nested, and whatever is in it."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import msgspec

WINDOW = 262_144  # bytes that are taken apart at a time
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")
_OPEN = ord("[")


def decode(body: bytes, most_deep: int) -> Any:
    """The JSON value of a body. Raises ``ValueError``, without anything of the body in it."""
    if too_deep(body, most_deep):
        raise ValueError("it is nested too deeply")
    try:
        return msgspec.json.decode(body)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except (msgspec.DecodeError, RecursionError):
        return _lenient(body)


def too_deep(body: bytes, most: int) -> bool:
    """Whether arrays and objects are nested more than ``most`` deep, told from the bytes alone.

    Up to the first fault of a body this reads it as a decoder does, which goes no further than that. One
    window is taken apart at a time, so that memory stays small and other threads get their turn.
    """
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    if b"\\" in body:  # then every quote that is left begins or ends a string
        body = body.replace(rb"\\", b"").replace(rb"\"", b"")
    depth, inside = 0, False
    for at in range(0, len(body), WINDOW):
        parts = body[at : at + WINDOW].split(b'"')
        outside = b"".join(parts[inside::2])
        inside ^= len(parts) % 2 == 0
        for bracket in outside.translate(_SQUARE, _NO_BRACKETS):
            depth += 1 if bracket == _OPEN else -1
            if depth > most:
                return True
    return False


def _lenient(body: bytes) -> Any:
    """What the grammar allows and the fast decoder does not: half a character pair, a huge exponent."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
