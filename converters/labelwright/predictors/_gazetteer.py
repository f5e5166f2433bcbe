"""Finds many terms in a text in one pass, as whole words, in any script.

A term stands alone where no letter of a word goes on at its ends. Scripts that write no blanks between
words (Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan) know no such end: there a term is found
inside a longer run. A mark that combines belongs to the letter before it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

# First and last code points of scripts without blanks.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFF),
)
_END = ""


class Gazetteer:
    """Terms, and the number that each stands for; of two alike the lower number stays."""

    def __init__(self, terms: Iterable[tuple[str, int]], ignore_case: bool) -> None:
        """Blanks inside of a term match any run of blanks."""
        self._ignore = ignore_case
        self._heads: dict[str, object] = {}
        for term, number in terms:
            node = self._heads
            for letter in _letters(" ".join(term.split()), ignore_case):
                node = node.setdefault(letter, {})  # type: ignore[assignment]
            if node is not self._heads:
                node.setdefault(_END, number)

    def matches(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Start, end and number of the longest term at each place where one begins."""
        letters = _letters(text, self._ignore)
        for start, letter in enumerate(letters):
            if letter in self._heads and _edge(text, start):
                found = self._longest(text, letters, start)
                if found is not None:
                    yield start, *found

    def _longest(self, text: str, letters: list[str], start: int) -> tuple[int, int] | None:
        node, at, best = self._heads, start, None
        while at < len(letters):
            letter = letters[at]
            if letter.isspace():
                letter = " "
                while at + 1 < len(letters) and letters[at + 1].isspace():
                    at += 1
            below = node.get(letter)
            if not isinstance(below, dict):
                return best
            node, at = below, at + 1
            if _END in node and _edge(text, at):
                best = (at, int(str(node[_END])))
        return best


def _letters(text: str, ignore_case: bool) -> list[str]:
    """A text's characters, one for each code point so that offsets stay; without case where wanted."""
    if not ignore_case:
        return list(text)
    return [low if len(low := c.lower()) == 1 else c for c in text]


def _edge(text: str, at: int) -> bool:
    """Whether a word may begin or end before the character ``at``."""
    if at >= len(text):
        return True
    after = _sort(text[at])
    if after == "mark":
        return False
    before = at - 1
    while before >= 0 and _sort(text[before]) == "mark":
        before -= 1
    return before < 0 or not (after == "word" and _sort(text[before]) == "word")


@lru_cache(maxsize=1 << 14)
def _sort(letter: str) -> str:
    """``word`` of a script with blanks, ``mark`` that combines, or ``other``."""
    if unicodedata.category(letter).startswith("M"):
        return "mark"
    code = ord(letter)
    if any(first <= code <= last for first, last in _UNSPACED):
        return "other"
    return "word" if letter.isalnum() or letter == "_" else "other"
