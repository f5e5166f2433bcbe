"""A target cannot be used as it is: blanks around it, a code fence, traces of tools.

What a model learns to write should be usable without cleaning up (an annotation guide). Found are white
space around a target, a whole target inside a code fence, HTML entities and line breaks, invisible and
replacement characters, template braces, a target that is only ``null`` or its like, a Python value where
JSON is meant, and an image that is only named in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Rule
from labelwright.quality.lint._words import quoted

UNCLEAN = ProblemType(
    "lint.target-hygiene",
    "A target cannot be used without cleaning up",
    "the target {said}",
    "Correct the target in the annotation tool, or the template that writes it.",
    Severity.WARNING,
)
EMPTY = ProblemType(
    "lint.target-empty",
    "A row teaches nothing",
    "the target is empty",
    "Fill it in, or leave the row out.",
)
_PYTHON = re.compile(r"[\[{]\s*'")
_FENCE = re.compile(r"```.*```", re.S)
_TRACES = (
    (re.compile(r"&(?:nbsp|amp|lt|gt|quot|#\d{2,5});"), "has an HTML entity"),
    (re.compile(r"<br ?/?>|</?(?:p|div|span)\b[^<>]*>", re.I), "has HTML tags"),
    (re.compile("[\u200b\u2060\ufeff\u00ad]"), "has an invisible character"),
    (re.compile("\ufffd"), "has a character that was lost in decoding (U+FFFD)"),
    (re.compile(r"\{\{.{1,60}?\}\}|\{%.{1,60}?%\}"), "has the braces of a text template"),
    (re.compile(r"\[object Object\]"), "has what JavaScript writes for an object"),
    (re.compile(r"<image:[^<>]{1,200}>"), "names an image in words"),
)
_NOTHING = frozenset(("null", "none", "nan", "undefined", "n/a", "-", "..."))


class TargetHygiene(Rule):
    """Looks at each target as a program would that uses it."""

    name = "target-hygiene"

    def see(self, row: Row) -> Iterable[Problem]:
        """What is unclean about one target."""
        answer = row.answer
        if not answer.strip():
            if row.learnt and not row.verdict:
                yield EMPTY.at(row.place)
            return
        for said in _unclean(answer, self.context.labels()):
            yield UNCLEAN.at(row.place, said=said)


def _unclean(answer: str, labels: frozenset[str]) -> Iterator[str]:
    stripped = answer.strip()
    if stripped != answer:
        yield "has white space around it"
    if _FENCE.fullmatch(stripped):
        yield "is inside a code fence"
    if _PYTHON.match(stripped):
        yield "is a Python value in single quotes, not JSON"
    if stripped.casefold() in _NOTHING and stripped not in labels:
        yield f"is only {quoted(stripped)}"
    for pattern, said in _TRACES:
        found = pattern.search(answer)
        if found is not None:
            yield f"{said}: {quoted(found[0])}"


plugin = TargetHygiene
