"""The items that wait for answers, with what a predictor and people make of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack

from msgspec import Struct

from labelwright.contracts import Outcome, Template
from labelwright.pipeline.answers import counted
from labelwright.pipeline.goldpart import GoldPlan
from labelwright.predicting import problems as of_predictors
from labelwright.predicting.apart import Apart
from labelwright.predicting.asking import Wanted, answered, learns, loaded
from labelwright.predicting.evaluating.lessons import FOLDS, in_folds, lesson
from labelwright.predicting.evaluating.referring import Entry, Referrer
from labelwright.predicting.ordering import problems as p
from labelwright.predicting.ordering.weighing import Weigher
from labelwright.problems import DataError, Problems, UsageError
from labelwright.records import Item

RULE = "majority"  # what is learnt of items that several people answered

Progress = Callable[[int], None]


class Candidate(Struct):
    """An item that wants answers, with what makes it worth them. ``answers`` counts people's."""

    item: Item
    answers: int
    uncertainty: float | None = None
    disagreement: float | None = None


class Asker:
    """A predictor at work. One that learns and has no folder learns of the answered items first.

    Of an answered item it is asked what it says without having learnt of it.
    """

    def __init__(
        self, wanted: Wanted, template: Template, items: Sequence[Item], seed: int, stack: ExitStack,
        problems: Problems,
    ) -> None:  # fmt: skip
        """``items`` are all there are, in an order that only their keys and ``seed`` decide."""
        self.model: Apart = loaded(wanted, template, stack)
        self._wanted, self._template, self._seed, self._problems = wanted, template, seed, problems
        self._settled: list[Entry] = []
        if learns(wanted) and not wanted.folder:
            self._learn(items, stack)

    def _learn(self, items: Iterable[Item], stack: ExitStack) -> None:
        referrer = Referrer(self._template, RULE, {}, GoldPlan())
        settled = [e for item in items if item.submitted and (e := referrer.entry(item)).reference]
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="labelwright-order-"))
        try:
            taught = loaded(self._wanted, self._template, stack, folder, lesson(settled, False))
            self.model.close()
            self.model, self._settled = taught, settled
        except (DataError, UsageError) as error:
            reason = error.problem.message if isinstance(error, DataError) else str(error)
            name = self.model.name
            self._problems.add(p.UNTAUGHT.at(predictor=name, answered=len(settled), reason=reason))

    def candidates(
        self, items: Sequence[Item], weigher: Weigher, progress: Progress | None = None
    ) -> tuple[list[Candidate], int]:
        """The items that show something, weighed; and how many show nothing."""
        found, left_out = [], 0
        for item, outcome in self._outcomes(items, progress):
            if outcome.answers is None and _shows_nothing(outcome):
                left_out += 1
                continue
            people = counted(item)
            apart = weigher.disagreement(item, people, outcome) if people else None
            found.append(Candidate(item, len(people), weigher.uncertainty(outcome), apart))
        return found, left_out

    def _outcomes(self, items: Sequence[Item], progress: Progress | None) -> Iterator[tuple[Item, Outcome]]:
        held_out = self._held_out(items)
        asked = answered(self.model, (i for i in items if i.key not in held_out), progress)
        for item in items:
            yield (item, held_out[item.key]) if item.key in held_out else next(asked)

    def _held_out(self, items: Sequence[Item]) -> dict[object, Outcome]:
        """What is said of answered items by predictors that did not learn of them."""
        keys = {item.key for item in items}
        if not any(e.item.key in keys for e in self._settled):
            return {}
        try:
            told, _ = in_folds(self._wanted, self._template, self._settled, FOLDS, self._seed)
            return {entry.item.key: outcome for entry, outcome in told if entry.item.key in keys}
        except DataError:  # too few for folds: nobody knows how sure it would be of them
            return {e.item.key: Outcome(None) for e in self._settled if e.item.key in keys}


def _shows_nothing(outcome: Outcome) -> bool:
    return any(one.code == of_predictors.INPUT_MISSING.code for one in outcome.problems)
