"""Words and patterns from a file of the user's own: spans of a text, or labels for the whole of it.

The file is TOML::

    [[pattern]]
    label = "ORDER"
    regex = "[A-Z]{2}-[0-9]{6}"

    [[pattern]]
    label = "CITY"
    terms = ["Berlin", "Frankfurt am Main"]   # a gazetteer; or terms_file = "cities.txt", one a line
    ignore_case = true

Where matches overlap, the longest stands; of two as long, that of the earlier pattern. Terms are found as
whole words, in scripts without blanks anywhere; thousands of them take no longer than a few. Regular
expressions (of the package ``regex``, which takes what Python's own does) may take ``seconds`` a text in
all: one that goes through a text over and over costs that item, and no more.
"""

from __future__ import annotations

import time
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Asked, Guess, Query
from labelwright.predictors._extras import number
from labelwright.predictors._gazetteer import Gazetteer
from labelwright.predictors._kept import digest, loaded
from labelwright.problems import Place, Problem, ProblemType, UsageError
from labelwright.records import Kind, Span, Value

Found = tuple[int, int, int]  # start, end, number of the pattern

TOO_SLOW = ProblemType(
    "patterns.too-slow",
    "A regular expression took too long on a text",
    "pattern {number} ({label}) took longer than {seconds:g} s on a text of {length} characters",
    "Write it without repetitions inside of repetitions, with bounds such as {{1,80}}, or raise seconds.",
)


class Pattern(Struct, forbid_unknown_fields=True):
    """What is looked for, and the label that it gets. ``score`` (0 to 1) is how sure a match is."""

    label: str
    regex: str = ""
    terms: list[str] = []
    terms_file: str = ""
    ignore_case: bool = False
    score: float = 1.0


class _File(Struct, forbid_unknown_fields=True):
    pattern: list[Pattern]


class TooSlow(Exception):
    """A pattern used up the time of a text. ``args``: its number."""


class Patterns:
    """See the module."""

    name = "patterns"
    title = "Patterns and gazetteers"
    version = "2"
    extra = "patterns"  # for regular expressions; gazetteers need nothing
    modules = ("regex",)
    inputs = ("text",)
    kinds = (Kind.SPANS, Kind.CHOICE, Kind.CHOICES)
    paths = ("file",)
    options = {  # noqa: RUF012
        "file": ("patterns.toml", "the TOML file with the patterns"),
        "seconds": ("1", "how long the regular expressions may take on one text, all together"),
    }
    batch = 256

    def __init__(self, asked: Asked) -> None:
        """Read the patterns. Raises ``UsageError`` that names the one that is wrong."""
        self._asked = asked
        self._seconds = number("seconds", asked.option("seconds"), 0.01, 60)
        path = Path(asked.option("file"))
        self._patterns = read(path)
        self._regexes = [
            (n, _compiled(one, _where(path, n, one))) for n, one in enumerate(self._patterns) if one.regex
        ]
        self._gazetteers = _gazetteers(self._patterns, path)
        self.labels = tuple(dict.fromkeys(one.label for one in self._patterns))

    @staticmethod
    def fingerprint(asked: Asked) -> str:
        """A digest of the file and of the lists of terms that it names."""
        path = Path(asked.option("file"))
        lists = sorted({one.terms_file for one in read(path) if one.terms_file})
        return digest(path.read_bytes(), *((path.parent / name).read_bytes() for name in lists))

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """What matches in each text."""
        return [self._guess(query) for query in batch]

    def _guess(self, query: Query) -> Guess | Problem:
        answers: dict[str, Value] = {}
        known: dict[str, list[Span]] = {}
        for control in self._asked.controls:
            asked = query.template.controls[control]
            name = asked.input or self._asked.inputs[0]
            try:
                found = known[name] = known.get(name) or list(self.matches(query.text(name)))
            except TooSlow as slow:
                n = slow.args[0]
                where = {"number": n + 1, "label": self._patterns[n].label, "seconds": self._seconds}
                place = Place(item=str(query.item.key), control=control)
                return TOO_SLOW.at(place, length=len(query.text(name)), **where)
            if asked.kind is Kind.SPANS:
                answers[control] = tuple(found)
            elif asked.kind is Kind.CHOICES:
                answers[control] = tuple(sorted({span.label for span in found}))
            elif found:  # the label with most matches; of several the earliest pattern's
                labels = [span.label for span in found]
                answers[control] = max(self.labels, key=labels.count)
        return Guess(answers)

    def matches(self, text: str) -> Iterator[Span]:
        """Spans that do not overlap, in the order of the text. Raises ``TooSlow``."""
        for start, end, which in _apart(list(self._all(text))):
            pattern = self._patterns[which]
            yield Span(start, end, pattern.label, text[start:end], score=pattern.score)

    def _all(self, text: str) -> Iterator[Found]:
        for gazetteer in self._gazetteers:
            yield from gazetteer.matches(text)
        until = time.monotonic() + self._seconds
        for which, regex in self._regexes:
            left = until - time.monotonic()
            if left <= 0:
                raise TooSlow(which)
            try:
                for match in regex.finditer(text, timeout=left, concurrent=True):
                    if match.end() > match.start():
                        yield match.start(), match.end(), which
            except TimeoutError:
                raise TooSlow(which) from None


def _apart(found: list[Found]) -> list[Found]:
    """Those that do not overlap, the longest first; in the order of the text."""
    taken: list[Found] = []
    for one in sorted(found, key=lambda m: (m[0] - m[1], m[2], m[0])):
        at = bisect_left(taken, one)
        free_before = at == 0 or taken[at - 1][1] <= one[0]
        if free_before and (at == len(taken) or one[1] <= taken[at][0]):
            taken.insert(at, one)
    return taken


def read(path: Path) -> list[Pattern]:
    """The patterns of a file. Raises ``UsageError``."""
    try:
        given = msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), _File)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read {path}: {getattr(error, 'strerror', '') or 'it is not UTF-8'}"
        ) from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}") from None
    if not given.pattern:
        raise UsageError(f"{path} has no patterns")
    for n, one in enumerate(given.pattern):
        if sum(map(bool, (one.regex, one.terms, one.terms_file))) != 1:
            raise UsageError(f"{_where(path, n, one)} needs one of regex, terms and terms_file")
        if not one.label:
            raise UsageError(f"{_where(path, n, one)} has no label")
        if not 0 <= one.score <= 1:
            raise UsageError(f"{_where(path, n, one)}: the score {one.score:g} is not from 0 to 1")
    return given.pattern


def _where(path: Path, n: int, pattern: Pattern) -> str:
    return f"{path}: pattern {n + 1} ({pattern.label})"


def _compiled(pattern: Pattern, where: str) -> Any:
    regex = loaded("regex", Patterns.extra)
    try:
        return regex.compile(pattern.regex, regex.IGNORECASE if pattern.ignore_case else 0)
    except regex.error as error:
        raise UsageError(f"{where} is no regular expression: {error}") from None


def _gazetteers(patterns: Sequence[Pattern], path: Path) -> list[Gazetteer]:
    """The terms of all patterns, those that ignore case apart."""
    by_case: Mapping[bool, list[tuple[str, int]]] = {True: [], False: []}
    for n, one in enumerate(patterns):
        where = _where(path, n, one)
        terms = _terms(path.parent / one.terms_file, where) if one.terms_file else one.terms
        filled = [term for term in terms if term.strip()]
        if not filled and not one.regex:
            raise UsageError(f"{where} has no terms")
        by_case[one.ignore_case].extend((term, n) for term in filled)
    return [Gazetteer(terms, ignore) for ignore, terms in by_case.items() if terms]


def _terms(path: Path, where: str) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "it is not UTF-8"
        raise UsageError(f"{where}: cannot read {path}: {reason}") from None


plugin = Patterns
