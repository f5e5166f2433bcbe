"""Predictors that learn, evaluated on what they have not learnt of."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack

from msgspec import Struct

from labelwright.contracts import Outcome, Template
from labelwright.predicting.apart import Apart
from labelwright.predicting.asking import Wanted, answered, blind, loaded
from labelwright.predicting.declared import takes_unanswered
from labelwright.predicting.evaluating.model import Lessons
from labelwright.predicting.evaluating.referring import Entry
from labelwright.predicting.finding import find
from labelwright.problems import UsageError
from labelwright.records import Item, Resolved

FOLDS = 5
MOST_FOLDS = 100

Answered = Iterator[tuple[Entry, Outcome]]
Progress = Callable[[int], None]


class Plan(Struct, frozen=True):
    """What a predictor is to learn of first: ``folds`` of the items themselves, or another ``export``.

    Neither: nothing, it answers as it is.
    """

    folds: int = 0
    export: str = ""

    @property
    def any(self) -> bool:
        """Whether it is to learn of anything."""
        return bool(self.folds or self.export)


def plan_of(text: str) -> Plan:
    """``folds``, ``folds:10``, or the path of an export. Raises ``UsageError``."""
    word, colon, number = text.partition(":")
    if word != "folds":
        return Plan(export=text)
    if not colon:
        return Plan(FOLDS)
    if not number.isdecimal() or not 2 <= int(number) <= MOST_FOLDS:
        raise UsageError(f"--fit-on {text}: the number of folds is from 2 to {MOST_FOLDS}")
    return Plan(int(number))


def shows(item: Item) -> str:
    """What an item shows, as a digest: the same for copies of it, which belong into one fold."""
    return hashlib.sha256(repr(sorted(item.inputs.items())).encode("utf-8", "replace")).hexdigest()


def fold_of(item: Item, folds: int, seed: int) -> int:
    """The fold of an item, by what it shows and the seed alone."""
    return int(hashlib.sha256(f"{seed} {shows(item)}".encode()).hexdigest(), 16) % folds


def lesson(entries: Iterable[Entry], unanswered: bool) -> list[Resolved]:
    """Settled items to learn of; ``unanswered``: the others too, without answers."""
    return [
        Resolved(blind(e.item), e.reference, tuple(a.id for a in e.annotations), e.basis)
        for e in entries
        if e.reference or unanswered
    ]


def in_folds(
    wanted: Wanted, template: Template, entries: Sequence[Entry], folds: int, seed: int,
    progress: Progress | None = None,
) -> tuple[Answered, Lessons]:  # fmt: skip
    """Each item answered by a predictor that learnt of the items of all other folds.

    Raises ``DataError`` if a fold leaves too little to learn of.
    """
    dealt = [fold_of(e.item, folds, seed) for e in entries]
    used = sorted(set(dealt))
    settled = sum(bool(e.reference) for e in entries)
    how = f"cross-validated: each item is answered by one that learnt of the other {folds - 1} folds of items"
    told = Lessons(how, folds, settled - settled // max(1, len(used)))

    def run() -> Answered:
        for fold in used:
            with ExitStack() as stack:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="labelwright-fold-"))
                rest = (e for e, of in zip(entries, dealt, strict=True) if of != fold)
                others = lesson(rest, takes_unanswered(find(wanted.predictor)))
                model = loaded(wanted, template, stack, folder, others)
                asked = [e for e, of in zip(entries, dealt, strict=True) if of == fold]
                yield from told_of(model, asked, progress)

    return run(), told


def told_of(model: Apart, entries: Iterable[Entry], progress: Progress | None = None) -> Answered:
    """Each entry with what the predictor makes of its item."""
    waiting: list[Entry] = []

    def items() -> Iterator[Item]:
        for entry in entries:
            waiting.append(entry)
            yield entry.item

    for _, outcome in answered(model, items(), progress):
        yield waiting.pop(0), outcome
