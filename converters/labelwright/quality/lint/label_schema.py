"""A target is none of the template's labels.

Where the template's check is ``enum``, every target is exactly one of the labels, spelled as they are. A
label with words around it ("Classification: REFUND") is a warning: it may be meant, and then every row
must have the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import TEMPLATE, Context, Rule
from labelwright.quality.lint._words import quoted

OUTSIDE = ProblemType(
    "lint.label-schema",
    "A target is none of the labels",
    "the target {answer} is none of: {labels}",
    "Correct the annotation, or add the label to the template and define it in the guidelines.",
)
AROUND = ProblemType(
    "lint.label-schema-words-around",
    "A target has words around its label",
    "the target {answer} is more than the label {label}",
    "Teach the label alone, or the same words around it in every row.",
    Severity.WARNING,
)


class LabelSchema(Rule):
    """Holds each target against the labels."""

    name = "label-schema"
    needs = TEMPLATE

    def __init__(self, context: Context) -> None:
        """Take the labels, the longest first."""
        super().__init__(context)
        self._labels = context.labels()
        ordered = sorted(self._labels, key=lambda label: (-len(label), label))
        self._inside = re.compile("|".join(rf"(?<!\w){re.escape(label)}(?!\w)" for label in ordered))

    def see(self, row: Row) -> Iterable[Problem]:
        """Whether the target is a label."""
        answer = row.answer
        if not self._labels or not row.learnt or row.verdict or answer in self._labels:
            return
        found = self._inside.search(answer)
        if found is not None:
            yield AROUND.at(row.place, answer=quoted(answer), label=quoted(found[0]))
        else:
            yield OUTSIDE.at(row.place, answer=quoted(answer), labels=", ".join(sorted(self._labels)))


plugin = LabelSchema
