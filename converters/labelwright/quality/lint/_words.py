"""Small helpers for the rules: phrases, terms, and quoting data safely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from labelwright.quality.lint._personal import masked

ARTICLES = frozenset(
    (
        "a",
        "an",
        "the",
        "der",
        "die",
        "das",
        "ein",
        "eine",
        "einen",
        "le",
        "la",
        "les",
        "un",
        "une",
        "el",
        "los",
        "las",
    )
)
SHORT = 4  # words: what is longer is a sentence and not a term
QUOTED = 40
_WORD = re.compile(r"\w+(?:['’]\w+)*")  # noqa: RUF001


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, without marks."""
    return [word.casefold() for word in _WORD.findall(text)]


def bare(phrase: str) -> str:
    """A phrase in lower case without marks and without articles at its front."""
    found = tokens(phrase)
    while found and found[0] in ARTICLES:
        found.pop(0)
    return " ".join(found)


def singular(word: str) -> str:
    """An English noun without its plural ending; words that only end alike stay themselves."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def terms(answer: str) -> Iterator[str]:
    """The short phrases of an answer: the answer itself, or the strings inside a JSON answer."""
    stripped = answer.strip()
    if stripped[:1] in ("{", "["):
        try:
            value = msgspec.json.decode(stripped.encode("utf-8", "surrogatepass"))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return
        yield from (leaf.strip() for leaf in _leaves(value) if _is_term(leaf))
    elif _is_term(stripped):
        yield stripped


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)


def _is_term(text: str) -> bool:
    if not text or len(text) > 80 or "\n" in text:
        return False
    return any(c.isalpha() for c in text) and len(text.split()) <= SHORT


def quoted(text: str, limit: int = QUOTED) -> str:
    """Data inside a message: short, on one line, printable, without personal data."""
    cut = text if len(text) <= 4 * limit else text[: 4 * limit]
    flat = masked(" ".join(cut.split()))
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in flat)
    return f"'{shown[: limit - 1]}…'" if len(shown) > limit else f"'{shown}'"


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{100 * share:.0f} %"
