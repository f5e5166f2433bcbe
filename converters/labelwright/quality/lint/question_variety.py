"""Questions are too much of one kind, or the same again and again.

A mix of yes/no, counting, describing and comparing questions teaches more than one question asked of every
item (an annotation guide). Judged are the questions that the template names (``question`` in
``[quality.lint]``), else the last sentence of an input where at least half of the inputs end in a question.
Bounds are ours: a kind has at most 60 %, a question less than half of all; at least three of the four kinds
occur; at least one question in five is different. Repetition of one question is judged from ten questions
on, the rest from twenty on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality._seen import digest
from labelwright.quality.lint._questions import KINDS, kind_of_question
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule
from labelwright.quality.lint._words import percent, quoted, tokens

ONE_KIND = ProblemType(
    "lint.question-variety",
    "Most questions are of one kind",
    "{share} of {count} questions are of the kind {kind}; {kinds} of the 4 kinds occur",
    "Mix yes/no, counting, describing and comparing questions.",
    Severity.WARNING,
)
ONE_QUESTION = ProblemType(
    "lint.question-repeated",
    "The same question is asked again and again",
    "{share} of {count} questions are {question}",
    "Ask about what each item shows.",
    Severity.WARNING,
)
FEW_QUESTIONS = ProblemType(
    "lint.questions-few",
    "There are few different questions",
    "{distinct} different questions among {count}",
    "Ask about what each item shows, in words of its own.",
    Severity.WARNING,
)
TOP_KIND, TOP_QUESTION, DISTINCT, MIN_KINDS, MIN_QUESTIONS = 0.6, 0.5, 0.2, 3, 20
MIN_REPEATED = 10
ASKING = 0.5  # without a template: the share of inputs that end in a question


class QuestionVariety(Rule):
    """Counts questions by kind and, as digests, by wording."""

    name = "question-variety"

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._wanted = context.template is None or bool(context.lint.question)
        self._rows = 0
        self._kinds: Counter[str] = Counter()
        self._asked: Counter[bytes] = Counter()
        self._example: dict[bytes, str] = {}

    def see(self, row: Row) -> Iterable[Problem]:
        """Count one question."""
        self._rows += 1
        if self._wanted and row.question:
            self._kinds[kind_of_question(row.question)] += 1
            key = digest(tokens(row.question))
            self._asked[key] += 1
            if len(self._example) < 1000:  # what fills half of the rows comes early
                self._example.setdefault(key, row.question[:200])
        return ()

    def finish(self) -> Iterator[Problem]:
        """Kinds and repetitions."""
        count = self._asked.total()
        if count < MIN_REPEATED or count < ASKING * self._rows:
            return
        (key, most), *_ = self._asked.most_common(1)
        if most >= TOP_QUESTION * count:
            question = quoted(self._example.get(key, ""))
            yield ONE_QUESTION.at(share=percent(most / count), count=count, question=question)
        if count < MIN_QUESTIONS:
            return
        if most < TOP_QUESTION * count and len(self._asked) < DISTINCT * count:
            yield FEW_QUESTIONS.at(distinct=len(self._asked), count=count)
        known = {kind: self._kinds[kind] for kind in KINDS if self._kinds[kind]}
        if sum(known.values()) * 2 < count:
            return  # most are in words that this rule does not know
        kind, largest = max(known.items(), key=lambda k: k[1])
        if largest > TOP_KIND * count or len(known) < MIN_KINDS:
            share = percent(largest / count)
            yield ONE_KIND.at(share=share, count=count, kind=kind, kinds=len(known))


plugin = QuestionVariety
