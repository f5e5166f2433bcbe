"""Predictions for a whole project: what a tool has to offer for it, and the run that every tool shares.

A run may be ended at any moment. What it has written it finds in the tool itself, by the model's version;
what leaves no trace there (an item that the model has nothing to say about) is kept in a journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from labelwright.contracts import Files, Outcome, Query, Served, Template
from labelwright.predicting import problems as p
from labelwright.predicting.journal import BEGUN, DONE, EMPTY, Journal
from labelwright.predicting.thresholds import above
from labelwright.problems import DataError, Place, Problem, Problems, Severity
from labelwright.quality.lots import Lot, name_of
from labelwright.records import Item

WINDOW = 64  # items that are asked about before what was answered is written
PATIENCE = 20  # items one after the other that a tool takes nothing of, before the run is given up


class Slot(Struct):
    """An item of a project, before anything is suggested for it.

    ``item`` has neither annotations nor predictions. ``answered``: somebody answered it already;
    ``present``: what the predictor answers as it is now has been written; ``earlier`` counts what other
    versions of it wrote; ``closed``: why nothing may be written. ``ref`` is the tool's own.
    ``places`` name where it is yet to be written, of a tool that shows an item in several places, each of
    which the journal keeps by itself; such a tool tells suggestions from answers.
    """

    item: Item
    answered: bool = False
    present: bool = False
    earlier: int = 0
    closed: str = ""
    ref: Any = None
    places: tuple[str, ...] = ()


class Project(Protocol):
    """A tool's project that predictions can be written into."""

    name: str
    tells: bool  # whether ``Slot.present`` says it all, so that no journal is needed

    @property
    def template(self) -> Template:
        """The predictor's template with the project's own labels."""
        ...

    def slots(self) -> Iterator[Slot]:
        """Every item once, a few at a time in memory. Raises ``DataError`` if the tool cannot be used."""
        ...

    def look(self, slot: Slot) -> Slot:
        """The slot with what it costs a request to find out: asked once all else speaks for it."""
        ...

    def write(self, slot: Slot, outcome: Outcome, problems: Problems) -> int:
        """Write one item's predictions; of how many answers or regions they are.

        What cannot be written goes to ``problems``. What is there of a run that was ended in the middle of
        this item is not written again. Raises ``DataError`` if the item's cannot be written.
        """
        ...

    def remove(self, slot: Slot) -> int:
        """Remove what other versions of the predictor wrote for an item; how much that was."""
        ...


class Plan(Struct, frozen=True):
    """What is asked of a run. ``threshold``: answers with a lower score are left out."""

    only_unlabelled: bool = False
    lot: Lot = Lot()
    threshold: float | None = None
    replace: bool = False
    dry_run: bool = False


class Prelabelled(Struct):
    """What a run did, in items.

    ``written`` got predictions (in a dry run: would get), ``empty`` none since the predictor had nothing
    to say, ``present`` had them, ``blind`` are kept without, ``answered`` and ``closed`` were passed over,
    ``failed`` could not be done. ``removed`` counts predictions of other versions that were taken away,
    ``below`` answers under the threshold, ``codes`` problems.
    """

    project: str
    predictor: str
    version: str
    items: int = 0
    written: int = 0
    empty: int = 0
    present: int = 0
    blind: int = 0
    answered: int = 0
    closed: int = 0
    failed: int = 0
    removed: int = 0
    below: int = 0
    share: float = 100.0
    seed: int = 0
    dry_run: bool = False
    codes: dict[str, int] = field(default_factory=dict)


Progress = Callable[[int], None]


class Run:
    """One run of a predictor over a project."""

    def __init__(
        self,
        project: Project,
        model: Served,
        plan: Plan,
        journal: Journal,
        problems: Problems,
        files: Files | None = None,
    ) -> None:
        """Nothing is asked yet. ``journal`` is that of the project and the model's version."""
        self._project, self._model, self._plan, self._journal = project, model, plan, journal
        self._problems, self._files = problems, files
        self._refused = 0  # items one after the other that the tool took nothing of
        self.result = Prelabelled(
            project.name, model.name, model.version, share=plan.lot.share, seed=plan.lot.seed,
            dry_run=plan.dry_run,
        )  # fmt: skip

    def run(self, progress: Progress | None = None) -> Prelabelled:
        """Take every item. Raises ``DataError`` if the tool or the predictor cannot be used at all."""
        waiting: list[Slot] = []
        for slot in self._project.slots():
            self.result.items += 1
            if self._wants(slot):
                waiting.append(slot)
            if len(waiting) >= WINDOW:
                self._answer(waiting)
                waiting = []
            if progress is not None:
                progress(self.result.items)
        if waiting:
            self._answer(waiting)
        self.result.codes = dict(sorted(self._problems.counts.items()))
        return self.result

    def _wants(self, slot: Slot) -> bool:
        """Whether an item is to be asked about; counts it if not."""
        result, plan = self.result, self._plan
        known = self._known(slot)
        if slot.present or known == DONE:
            result.present += 1
            self._tidy(slot)
        elif known == EMPTY:
            result.empty += 1
        elif not plan.lot.shows(name_of(slot.item)):
            result.blind += 1
            self._tidy(slot)
        else:
            # What was begun and cut off looks like somebody's answers.
            seen = slot if slot.closed or known == BEGUN else self._project.look(slot)
            if seen.closed:
                result.closed += 1
            elif plan.only_unlabelled and seen.answered and known != BEGUN:
                result.answered += 1
            else:
                return True
        return False

    def _known(self, slot: Slot) -> str:
        """What the journal has of an item; of its places those are left that it does not say are done."""
        name = slot.item.key.item
        if self._project.tells:
            return ""
        if not slot.places:
            return self._journal.state(name)
        slot.places = tuple(one for one in slot.places if self._journal.state(_at_place(name, one)) != DONE)
        if not slot.places:
            return DONE
        return EMPTY if self._journal.state(name) == EMPTY else ""

    def _tidy(self, slot: Slot) -> None:
        """Take away what earlier versions wrote, where that is wanted and nothing is to be written."""
        if not self._plan.replace or self._plan.dry_run or not slot.earlier:
            return
        try:
            self.result.removed += self._project.remove(slot)
        except DataError as error:
            self._problems.extend(_at(slot, [error.problem]))

    def _answer(self, slots: Sequence[Slot]) -> None:
        queries = [Query(slot.item, self._project.template, files=self._files) for slot in slots]
        for slot, outcome in zip(slots, self._model.predict(queries), strict=True):
            self._problems.extend(_at(slot, outcome.problems))
            if outcome.answers is None:
                if any(one.severity is Severity.ERROR for one in outcome.problems):
                    self.result.failed += 1
                    continue
                outcome = replace(outcome, answers={})  # it has answers, of which the project knows none
            try:
                self._write(slot, outcome)
                self._refused = 0
            except DataError as error:
                self.result.failed += 1
                self._refused += 1
                self._problems.extend(_at(slot, [error.problem]))
                if self._refused >= PATIENCE:
                    raise

    def _write(self, slot: Slot, outcome: Outcome) -> None:
        result, silent = self.result, not outcome.answers
        if self._plan.threshold is not None:
            outcome, below = above(outcome, self._plan.threshold)
            result.below += below
        if self._plan.dry_run:
            result.written += bool(outcome.answers)
            result.empty += not outcome.answers
            return
        if self._plan.replace and slot.earlier:
            result.removed += self._project.remove(slot)
        if outcome.answers:
            self._note(slot, BEGUN)
        if self._project.write(slot, outcome, self._problems):
            result.written += 1
            self._note(slot, DONE)
        else:
            result.empty += 1
            if silent:  # with another threshold it may be another matter
                self._note(slot, EMPTY)

    def _note(self, slot: Slot, state: str) -> None:
        if self._project.tells:
            return
        if not slot.places or state == EMPTY:
            self._journal.add(slot.item.key.item, state)
        elif state == DONE:
            for place in slot.places:
                self._journal.add(_at_place(slot.item.key.item, place), DONE)


def _at_place(item: str, place: str) -> str:
    return f"{item} in {place}"


def _at(slot: Slot, found: Sequence[Problem]) -> list[Problem]:
    """The problems with the item that they are about."""
    place = Place(item=str(slot.item.key))
    return [one if one.place.item else replace(one, place=place) for one in found]


def require(project: Project, model: Served) -> None:
    """Raise ``DataError`` if a project asks nothing that the predictor answers, or it cannot be loaded."""
    if not set(model.controls) & set(project.template.controls):
        answers, asks = ", ".join(model.controls), ", ".join(project.template.controls) or "nothing"
        raise DataError(p.ASKS_OTHERWISE.at(predictor=model.name, answers=answers, asks=asks))
