"""Halves of surrogate pairs: JSON can write one alone, and UTF-8, and so no file of ours, can hold it.

Programs that cut a text in the middle of an emoji leave one behind. What is pulled keeps it as the escape
that it came as; where it is read, U+FFFD takes its place and somebody is told.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal, NoReturn, TypeVar

import msgspec

from labelwright.problems import ProblemType

HALF = ProblemType(
    "io.lone-surrogate",
    "A text has half of a surrogate pair",
    "a text holds half of a surrogate pair, which UTF-8 cannot encode; U+FFFD was read in its place",
    "Correct the text in the tool: a character outside the basic plane, such as an emoji, was cut in two.",
)

T = TypeVar("T")
_HALF = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def decode(data: bytes) -> Any:
    """The value of a JSON text as plain Python; halves of surrogate pairs stay what they are.

    Raises what ``msgspec.json.decode`` raises for all else that it refuses.
    """
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        if not _ESCAPE.search(data):
            raise
        try:
            found = json.loads(data, parse_constant=_refused, parse_float=_finite)
        except (ValueError, RecursionError):
            raise error from None
        if not cleaned(found)[1]:  # something else is wrong with it
            raise
        return found


def typed(data: bytes, kind: type[T]) -> T:
    """``decode``, as a type that leaves out what is of no interest."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError:  # it may be a half
        return msgspec.convert(decode(data), kind)


def encode(value: Any, order: Literal["sorted"] | None = None, indent: int = 0) -> bytes:
    """JSON in UTF-8, as ``msgspec`` writes it; a value with halves of pairs has escapes all over."""
    try:
        found = msgspec.json.encode(value, order=order)
        return msgspec.json.format(found, indent=indent) if indent else found
    except UnicodeEncodeError:
        between = None if indent else (",", ":")
        return json.dumps(
            value, indent=indent or None, separators=between, sort_keys=bool(order), allow_nan=False
        ).encode()


def cleaned(value: Any) -> tuple[Any, list[str]]:
    """The value with U+FFFD for every half that stands alone, and the paths of the texts that had any.

    A key that had one is told of by the path of what it stands in.
    """
    try:
        msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError):  # the latter: a number that says nothing of the texts
        return _walked(value, "")
    return value, []


def _walked(value: Any, path: str) -> tuple[Any, list[str]]:
    if isinstance(value, str):
        return (_HALF.sub("\ufffd", value), [path]) if _HALF.search(value) else (value, [])
    found: list[str] = []
    if isinstance(value, list):
        many = []
        for index, one in enumerate(value):
            clean, paths = _walked(one, f"{path}[{index}]")
            many.append(clean)
            found += paths
        return (many if found else value), found
    if isinstance(value, dict):
        fields: dict[str, Any] = {}
        for key, one in value.items():
            name, odd = _walked(key, path)
            clean, paths = _walked(one, f"{path}.{name}" if path else str(name))
            fields[name] = clean
            found += [*odd, *paths]
        return (fields if found else value), found
    return value, found


def _refused(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number
