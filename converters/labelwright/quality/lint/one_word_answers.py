"""Answers of one word where more was wanted.

One word such as "yes", or one bare noun such as "the car", limits what a model can learn: colour, place,
size and surroundings tell a thing from its like (an annotation guide). An article makes no second word.
Strings inside JSON answers are not judged: they may be labels. Where a label is the answer, one word
is right: a template says so with ``one_word = true`` in ``[quality.lint]``, or its check is ``enum``.
Without a template, answers that repeat as labels do (at most 50 different ones, each ten times on
average) are taken for labels. From one answer in ten on this is a warning (ours).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.problems import NOWHERE, Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule
from labelwright.quality.lint._words import bare, percent, quoted

ONE_WORD = ProblemType(
    "lint.one-word-answers",
    "Many answers are one word",
    "{count} of {rows} answers ({share}) are one word, such as {example}",
    "Ask for whole answers; where a label is the answer, set one_word = true in [quality.lint].",
    Severity.WARNING,
)
SHARE = 0.1
MIN_ROWS = 10
MAX_LABELS, USES = 50, 10


def _one_word(answer: str) -> bool:
    """Whether an answer is one word, articles at its front aside."""
    words = answer.split()
    if len(words) == 1:
        return any(c.isalnum() for c in answer)
    return len(words) < 4 and len(bare(answer).split()) == 1


class OneWordAnswers(Rule):
    """Counts answers of one word."""

    name = "one-word-answers"

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._allowed = context.lint.one_word or bool(context.labels())
        self._distinct: set[str] = set()
        self._rows = self._short = 0
        self._place, self._example = NOWHERE, ""

    def see(self, row: Row) -> Iterable[Problem]:
        """Count; remember the first."""
        answer = row.answer.strip()
        if not answer:
            return ()
        self._rows += 1
        if len(answer) < 60 and _one_word(answer):
            if answer[0] in "{[":
                return ()
            if not self._short:
                self._place, self._example = row.place, answer
            self._short += 1
            if len(self._distinct) <= MAX_LABELS:
                self._distinct.add(answer.casefold())
        return ()

    def finish(self) -> Iterator[Problem]:
        """The share of such answers."""
        if self._allowed or self._rows < MIN_ROWS or self._short < SHARE * self._rows:
            return
        labels = len(self._distinct) <= MAX_LABELS and self._rows >= USES * len(self._distinct)
        if labels and self.context.template is None and self._short == self._rows:
            return
        share = percent(self._short / self._rows)
        example = quoted(self._example)
        yield ONE_WORD.at(self._place, count=self._short, rows=self._rows, share=share, example=example)


plugin = OneWordAnswers
