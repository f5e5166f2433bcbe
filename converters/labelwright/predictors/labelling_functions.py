"""Weak supervision: functions of a user's own that each know a little, combined by a label model.

A Python file has functions whose names begin with ``lf_``, or that are marked by ``labelling_function``.
Each is given an item and answers a label, or None where it abstains::

    def lf_refund(item):
        return "REFUND" if "money back" in item.inputs["text"] else None

Before anything was learnt every vote counts alike and the plurality stands. Learning fits how often each
function is right (``model``: ``one-coin``, or ``dawid-skene`` for a whole confusion matrix each) to the
items of a project: their settled answers are taken as given, where there are any; items without an answer
count by what the functions say of them. ``told`` then holds the table that Snorkel's LFAnalysis shows.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from msgspec import Struct

from labelwright.contracts import Asked, Guess, Query
from labelwright.lazy import lazily
from labelwright.predictors._kept import DIGITS, digest, keep, kept
from labelwright.predictors._label_model import ABSTAIN, LabelModel, dawid_skene, guided, majority, one_coin
from labelwright.predictors._lf_table import Table, table
from labelwright.predictors._user_file import user_module
from labelwright.problems import DataError, Place, Problem, ProblemType, UsageError
from labelwright.records import Item, Kind, Resolved

np = lazily("numpy")
PREFIX = "lf_"
FILE = "labelling_functions.msgpack"
MODELS = ("one-coin", "dawid-skene", "majority")
LONGEST = 200  # characters of what a function raised
Labelling = Callable[[Item], str | None]
F = TypeVar("F", bound=Callable[..., Any])

FAILED = ProblemType(
    "labelling-function.failed",
    "A labelling function failed on an item",
    "the labelling function {function} failed: {reason}",
    "Let it answer None for items that it cannot judge.",
)
NO_LABEL = ProblemType(
    "labelling-function.label-unknown",
    "A labelling function's answer is none of the project's labels",
    "the labelling function {function} answered {found}; there are: {labels}",
    "Let it answer one of the project's labels, or None.",
)
NO_VOTES = ProblemType(
    "labelling-function.no-votes",
    "The labelling functions say nothing of any item",
    "the labelling functions abstain on all {items} items",
    "Give items that they know something of, or add functions.",
)


def labelling_function(function: F) -> F:
    """Mark a function as one, whatever its name."""
    function.labelling = True  # type: ignore[attr-defined]
    return function


class Lesson(Struct):
    """What was learnt: the ``model`` of the ``functions`` of a file, and of labels. ``code``: its digest."""

    functions: list[str]
    code: str
    labels: list[str]
    control: str
    model: LabelModel
    table: Table


class LabellingFunctions:
    """Chooses a label by what the functions of a file say."""

    name = "labelling-functions"
    title = "Labelling functions and a label model"
    version = "1"
    inputs = ("text", "dialogue", "image", "audio", "video", "json")
    kinds = (Kind.CHOICE,)
    unanswered = True
    paths = ("file",)
    options = {  # noqa: RUF012
        "file": ("labelling_functions.py", "the Python file with the functions"),
        "model": ("one-coin", "one-coin, dawid-skene or majority"),
        "balance": ("", "the labels' shares, such as SPAM=0.2,HAM=0.8 (empty: of the settled answers)"),
    }
    batch = 256

    def __init__(self, asked: Asked) -> None:
        """Read the functions and what was learnt. Raises ``UsageError``."""
        if len(asked.controls) != 1:
            listed = ", ".join(asked.controls)
            raise UsageError(f"labelling functions answer one control; name one of: {listed}")
        self._asked = asked
        (self._control,) = asked.controls
        self._labels = asked.template.controls[self._control].labels
        if not self._labels:
            raise UsageError(f"control {self._control!r} has no labels that functions could choose from")
        self._number = {label: n for n, label in enumerate(self._labels)}
        if asked.option("model") not in MODELS:
            raise UsageError(f"there is no model {asked.option('model')!r}; there are: {', '.join(MODELS)}")
        self._balance = _balance(asked.option("balance"), self._labels)
        path = Path(asked.option("file"))
        self._functions = functions_of(user_module(path), path)
        self._code = digest(path.read_bytes())
        lesson, _ = kept(asked, FILE, Lesson)
        same = ("functions", "code", "labels", "control")
        now = Lesson(list(self._functions), self._code, self._labels, self._control, self._equal(), _NO_TABLE)
        if lesson is None or any(getattr(lesson, s) != getattr(now, s) for s in same):
            lesson = now  # what was learnt of other functions says nothing of these
        self.model, self.table = lesson.model, lesson.table
        self.told = self.table.text() if self.table.lines else ""

    def _equal(self) -> LabelModel:
        equal = majority(len(self._functions), len(self._labels))
        if self._balance is not None:
            equal.shares = self._balance
        return equal

    @staticmethod
    def fingerprint(asked: Asked) -> str:
        """The version of the functions' file and of what was learnt."""
        learnt = asked.place / FILE if asked.place else None
        known = learnt.read_bytes() if learnt is not None and learnt.exists() else b""
        return digest(Path(asked.option("file")).read_bytes(), known)

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """The likeliest label of each item; none where all functions abstain or it is a draw."""
        made: list[Guess | Problem] = []
        for query in batch:
            votes = self._votes(query.item)
            if isinstance(votes, Problem):
                made.append(votes)
                continue
            guess = Guess({})
            made.append(guess)
            if all(vote == ABSTAIN for vote in votes):
                continue
            shares = np.round(self.model.posterior(np.array([votes]))[0], DIGITS).tolist()
            score = max(shares)
            if shares.count(score) == 1:
                guess.answers[self._control] = self._labels[shares.index(score)]
                guess.scores[self._control] = score
                guess.shares[self._control] = dict(zip(self._labels, shares, strict=True))
        return made

    def fit(self, items: Sequence[Resolved]) -> str:
        """Fit the label model; the new version. Raises ``DataError`` where functions fail or say nothing."""
        votes = np.full((len(items), len(self._functions)), ABSTAIN)
        known = np.full(len(items), ABSTAIN)
        for n, one in enumerate(sorted(items, key=lambda one: one.item.key)):
            found = self._votes(one.item)
            if isinstance(found, Problem):
                raise DataError(found)
            votes[n] = found
            if not one.predicted:
                known[n] = self._number.get(str(one.answers.get(self._control)), ABSTAIN)
        if not (votes != ABSTAIN).any():
            raise DataError(NO_VOTES.at(Place(control=self._control), items=len(items)))
        self.model = self._fitted(votes, known)
        self.table = table(votes, list(self._functions), self._labels, known, self.model.accuracies)
        self.told = self.table.text()
        names = list(self._functions)
        keep(
            self._asked,
            FILE,
            Lesson(names, self._code, self._labels, self._control, self.model, self.table),
            self.name,
        )
        return self.fingerprint(self._asked)

    def _fitted(self, votes: Any, known: Any) -> LabelModel:
        shares = self._balance
        if shares is None and (known >= 0).any():  # each label counted once more: none is impossible
            counts = np.bincount(known[known >= 0], minlength=len(self._labels)) + 1
            shares = (counts / counts.sum()).tolist()
        if self._asked.option("model") == "majority":
            return self._equal()
        if self._asked.option("model") == "dawid-skene":
            if shares is None:
                return dawid_skene(votes, len(self._labels))
            return guided(votes, len(self._labels), np.array(shares), known)
        shares = shares if shares is not None else self._equal().shares
        return one_coin(votes, len(self._labels), np.array(shares), known)

    def _votes(self, item: Item) -> list[int] | Problem:
        votes, place = [], Place(item=str(item.key), control=self._control)
        for name, function in self._functions.items():
            try:
                label = function(item)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"[:LONGEST]
                return FAILED.at(place, function=name, reason=reason)
            number = ABSTAIN if label is None else self._number.get(label) if isinstance(label, str) else None
            if number is None:
                offered = ", ".join(self._labels)
                return NO_LABEL.at(place, function=name, found=repr(label)[:LONGEST], labels=offered)
            votes.append(number)
        return votes


_NO_TABLE = Table([], 0, 0.0, 0.0, 0.0)


def functions_of(module: ModuleType, path: Path) -> dict[str, Labelling]:
    """The labelling functions of a module by name, in its order. Raises ``UsageError`` if there are none."""
    found = {
        name: value
        for name, value in vars(module).items()
        if (name.startswith(PREFIX) and inspect.isfunction(value))
        or getattr(value, "labelling", False) is True
    }
    if not found:
        raise UsageError(f"{path} has no labelling functions: name them {PREFIX}..., or mark them")
    return found


def _balance(text: str, labels: Sequence[str]) -> list[float] | None:
    if not text:
        return None
    given = dict(part.partition("=")[::2] for part in text.split(","))
    try:
        shares = {label.strip(): float(share) for label, share in given.items()}
    except ValueError:
        shares = {}
    if set(shares) != set(labels) or not all(0 < s < 1 for s in shares.values()):
        raise UsageError(f"balance has to give each of {', '.join(labels)} a share from 0 to 1: A=0.2,B=0.8")
    total = sum(shares.values())
    if abs(total - 1) > 0.01:
        raise UsageError(f"the shares of balance add up to {total:g}, not to 1")
    return [shares[label] / total for label in labels]


plugin = LabellingFunctions
