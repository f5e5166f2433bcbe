"""What is made of transcripts before they are compared: named steps, in the order in which they are named.

| step | what it does |
|---|---|
| `nfkc` | Unicode NFKC: one form for letters that can be written in several |
| `casefold` | no difference between upper and lower case (Unicode case folding) |
| `apostrophes` | typographic apostrophes become `'` |
| `punctuation` | punctuation and symbols become spaces; an apostrophe inside a word stays |
| `accents` | marks above and below letters are left out |
| `whitespace` | each run of white space becomes one space, none at the ends |
| `characters` | each character becomes a word of its own, for scripts that put no spaces between words |

Where a control names no steps these are taken: `nfkc`, `apostrophes`, `casefold`, `punctuation`,
`whitespace`. Numbers, abbreviations and filler words are compared as they are written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from labelwright.problems import UsageError

DEFAULT = ("nfkc", "apostrophes", "casefold", "punctuation", "whitespace")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\u201b\uff07\u00b4`", "'"))
_INSIDE = re.compile(r"(?<=\w)'(?=\w)")
_HELD = "\ue000"  # stands for an apostrophe inside a word while the others go


class _Spaces(dict[int, str]):
    """Maps punctuation and symbols to spaces, all else to itself; each character is looked up once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = " " if unicodedata.category(character)[0] in "PS" else character
        return self[code]


_SPACES = _Spaces()


def _punctuation(text: str) -> str:
    if "'" not in text:
        return text.translate(_SPACES)
    return _INSIDE.sub(_HELD, text).translate(_SPACES).replace(_HELD, "'")


def _accents(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


STEPS: dict[str, Callable[[str], str]] = {
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
    "casefold": str.casefold,
    "apostrophes": lambda text: text.translate(_APOSTROPHES),
    "punctuation": _punctuation,
    "accents": _accents,
    "whitespace": lambda text: " ".join(text.split()),
    "characters": lambda text: " ".join("".join(text.split())),
}


class Normaliser:
    """The named steps as one function."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        """No names: the default steps. Raises ``UsageError`` for a name that is no step."""
        unknown = unknown_steps(names)
        if unknown:
            raise UsageError(f"unknown normalise step {unknown[0]!r}; there are: {', '.join(STEPS)}")
        self._names = tuple(names) or DEFAULT
        self._joined = self._names[-1] == "whitespace"  # splits into words and joins them
        self._before = self._names[:-1] if self._joined else self._names

    def __call__(self, text: str) -> str:
        """The text after all steps."""
        for name in self._names:
            text = STEPS[name](text)
        return text

    def split(self, text: str) -> tuple[str, list[str]]:
        """The text after all steps, and its words."""
        for name in self._before:
            text = STEPS[name](text)
        words = text.split()
        return (" ".join(words) if self._joined else text), words


def unknown_steps(names: Sequence[str]) -> list[str]:
    """The names that are no steps."""
    return [name for name in names if name not in STEPS]
