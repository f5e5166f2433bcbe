"""Decodes a body that somebody else wrote, however it is nested, and whatever is in it."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import msgspec

# Inside of a string brackets count for nothing. Possessive, so that nothing is tried twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")


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
    """Whether arrays and objects are nested more than ``most`` deep, or their brackets do not match.

    Looks at bytes alone: each round takes away the innermost pairs, so that a body of 25 MB costs no more
    than some copies of its brackets.
    """
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    left = _STRING.sub(b"", body).translate(_SQUARE, _NO_BRACKETS)
    for _ in range(most):
        rest = left.replace(b"[]", b"")
        if not rest:
            return False
        if len(rest) == len(left):
            return True
        left = rest
    return True


def _lenient(body: bytes) -> Any:
    """What the grammar allows and the fast decoder does not: half a character pair, a huge exponent."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
