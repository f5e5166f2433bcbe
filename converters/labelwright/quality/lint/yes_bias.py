"""Nearly all yes/no questions have the same answer.

A model then learns to say that answer whatever it is asked. Only answers that begin with yes or no count
("Yes, there is ..." is one), and of questions known not to be of that kind none does. 80 % yes is the bound
of an annotation guide; 20 % is the same on the other side (ours). Fewer than ten answers are not judged
(ours).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._questions import YES_NO, kind_of_question
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule
from labelwright.quality.lint._words import percent, tokens

BIASED = ProblemType(
    "lint.yes-bias",
    "Yes/no questions nearly always have the same answer",
    "{yes} of {count} yes/no answers ({share}) are yes",
    "Add questions whose answer is {wanted}.",
    Severity.WARNING,
)
MOST, LEAST = 0.8, 0.2
MIN_ANSWERS = 10
YES = frozenset(("yes", "ja", "oui", "sí", "si", "sì", "sim", "tak"))
NO = frozenset(("no", "nein", "nee", "non", "não", "nie"))


class YesBias(Rule):
    """Counts answers that begin with yes or no."""

    name = "yes-bias"

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._yes = self._no = 0

    def see(self, row: Row) -> Iterable[Problem]:
        """Count one answer."""
        first = tokens(row.answer[:40])[:1]
        if first and (not row.question or kind_of_question(row.question) in (YES_NO, "")):
            self._yes += first[0] in YES
            self._no += first[0] in NO
        return ()

    def finish(self) -> Iterator[Problem]:
        """The share of yes."""
        count = self._yes + self._no
        if count < MIN_ANSWERS:
            return
        share = self._yes / count
        if share >= MOST or share <= LEAST:
            wanted = "no" if share >= MOST else "yes"
            problem = BIASED.at(yes=self._yes, count=count, share=percent(share))
            yield msgspec.structs.replace(problem, remedy=BIASED.remedy.format(wanted=wanted))


plugin = YesBias
