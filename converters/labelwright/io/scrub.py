"""Takes out of what others sent what must not be kept: secrets, e-mails, names, and free text at length.

What is wanted is picked by name (``chosen``), so that a field nobody thought of stays out. Of a message that
nobody knows, ``outline`` keeps what it is made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

LONGEST = 200  # characters of a kept text
WIDEST, DEEPEST = 50, 6  # entries of a list or object, and levels, that an outline has
LARGEST = 16_384  # bytes of an outline as JSON
LEFT_OUT = "…"
SAID = 800  # characters of a server's own words that are shown: a refusal's sentence with a list in it fits

_EMAIL = re.compile(r"[^\s@<>()\[\]\"',;:]*@[^\s@<>()\[\]\"',;]*")
_USERINFO_OR_QUERY = re.compile(r"[a-z][a-z0-9+.-]*://\S*[@?#]", re.IGNORECASE)
_LONG_RUN = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"pass|secret|token|credential|auth|login|mail|phone|signature|cookie|session|private|key|salt|pin\b",
    re.IGNORECASE,
)
_PERSON = frozenset(("username", "first_name", "last_name", "email"))
_INT64 = 1 << 63


def said(text: str, secrets: Iterable[str]) -> str:
    """A server's own words on one line, short and without the secrets that it was sent."""
    text = " ".join(text.split())
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return text[:SAID] or "no reason given"


def line(text: str, most: int) -> str:
    """Others' words on one line: short, without e-mails and what moves a terminal's cursor."""
    text = " ".join(text[: 4 * most].split())  # before any pattern looks at it: it may have megabytes
    text = _EMAIL.sub(LEFT_OUT, text) if "@" in text else text
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return text if len(text) <= most else text[: most - 1] + LEFT_OUT


def raised(error: BaseException, most: int) -> str:
    """What somebody's code raised, by its type and on one line."""
    try:
        text = str(error)
    except Exception:  # it cannot even tell what it is
        text = ""
    name = type(error).__name__
    return line(f"{name}: {text}" if text else name, most)


def scalar(value: Any) -> Any:
    """A number, a truth value or a text without secrets; None for anything else.

    A text that an address with a log-in or a query, or a long random word, is part of is left out
    whole; e-mails are cut from it.
    """
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else None
    if not isinstance(value, str):
        return None
    text = value[:LONGEST]
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    if "\0" in text:
        text = text.replace("\0", "")
    if "@" in text:
        if _USERINFO_OR_QUERY.search(text):
            return LEFT_OUT
        text = _EMAIL.sub(LEFT_OUT, text)
    elif "://" in text and _USERINFO_OR_QUERY.search(text):
        return LEFT_OUT
    if len(text) >= 20 and any(map(_random, _LONG_RUN.findall(text))):
        return LEFT_OUT
    return text if len(value) <= LONGEST else text + LEFT_OUT


def chosen(value: Any, names: Iterable[str]) -> dict[str, Any]:
    """The named fields of an object, as ``scalar`` has them; of a person the id. Empty: no object."""
    if not isinstance(value, dict):
        return {}
    return {name: _plain(value[name]) for name in names if name in value}


def outline(value: Any) -> Any:
    """What a message nobody knows is made of: its fields without secrets and people, cut short."""
    found = _outline(value, 0)
    return found if len(msgspec.json.encode(found)) <= LARGEST else LEFT_OUT


def canonical(value: Any) -> bytes:
    """The same bytes for the same JSON value, whatever the order of its keys. Raises ``ValueError``."""
    try:
        try:
            return msgspec.json.encode(value, order="sorted")
        except (UnicodeEncodeError, OverflowError):
            # Half of a character pair, which JSON can escape and UTF-8 not write.
            return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:
        raise ValueError("the value is nested too deeply") from None


def _plain(value: Any) -> Any:
    return scalar(value.get("id")) if isinstance(value, dict) else scalar(value)


def _random(word: str) -> bool:
    """Whether a long word looks made at random: letters and digits in one, and no UUID."""
    if _UUID.match(word):
        return False
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word)


def _outline(value: Any, level: int) -> Any:
    if isinstance(value, list):
        if level >= DEEPEST:
            return LEFT_OUT
        return [_outline(one, level + 1) for one in value[:WIDEST]]
    if not isinstance(value, Mapping):
        return scalar(value)
    if level >= DEEPEST:
        return LEFT_OUT
    if not _PERSON.isdisjoint(value):
        return {"id": scalar(value.get("id"))}
    names = [name for name in value if not _SECRET_NAME.search(name)][:WIDEST]
    return {_name(name): _outline(value[name], level + 1) for name in names}


def _name(name: str) -> str:
    return str(scalar(name))
