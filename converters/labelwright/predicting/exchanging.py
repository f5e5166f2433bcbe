"""Asks the process of a predictor, and finds out which item it was where the process ended."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

import msgspec

from labelwright.contracts import Followed, Outcome, Query
from labelwright.predicting import pipe
from labelwright.predicting import problems as p
from labelwright.predicting.handing import place_of
from labelwright.predicting.keeping import Keeper
from labelwright.predicting.packing import Asking, packed
from labelwright.predicting.process import Lost, Process
from labelwright.predicting.suspects import Suspects
from labelwright.problems import DataError, Problem
from labelwright.records import Shape

TURN = 100.0  # seconds to wait for others' batches; tools wait no longer either
AGAIN = 20.0  # seconds at least to wait for a process that ended, however short a batch may be


class Exchanger:
    """One batch after the other. ``version`` tells what answers; it changes only while ``turn`` is held."""

    def __init__(
        self, name: str, inputs: Sequence[str], keeper: Keeper, version: Callable[[], str],
        timeout: float, wait: float, most_lost: int,
    ) -> None:  # fmt: skip
        """``timeout``: seconds for a batch, ``wait`` until one that ended is there again (or ``AGAIN``).

        ``most_lost``: so many items one after the other may end it, before ``DataError`` is raised; 0: any.
        """
        self._name, self._inputs, self._keeper, self._version = name, inputs, keeper, version
        self._timeout, self._wait, self._most_lost, self._lost = timeout, wait, most_lost, 0
        self._suspects = Suspects()
        self.turn = threading.Lock()

    def batches(self, queries: Sequence[Query], size: int) -> Iterator[Outcome]:
        """An outcome for each query, in order, ``size`` at a time.

        Raises ``DataError`` if nothing can be asked. Once something was answered it is kept: from where
        the predictor is not to be had any more, each item has the reason.
        """
        gone: Problem | None = None
        for first in range(0, len(queries), size):
            some = queries[first : first + size]
            if gone is None:
                try:
                    yield from self.batch(pipe.PREDICT, some)
                    continue
                except DataError as error:
                    gone = error.problem
                    if not first or gone.code == p.HOPELESS.code:
                        raise
            yield from (_without(query, gone) for query in some)

    def batch(self, what: str, queries: Sequence[Query]) -> list[Outcome]:
        """An outcome for each query of one call. Raises ``DataError``."""
        asked, wrong = packed(what, queries, self._inputs, self._name, self._suspects)
        made = iter(self._asked(asked))
        return [next(made) if one is None else Outcome(None, None, [one]) for one in wrong]

    def followed(self, query: Query, things: Sequence[Shape | bytes]) -> list[Followed]:
        """Where each thing is in a frame. Raises ``DataError``."""
        asked, wrong = packed(pipe.TRACK, [query], self._inputs, self._name, self._suspects)
        if wrong[0] is not None:
            raise DataError(wrong[0])
        given = [pipe.Thing(state=t) if isinstance(t, bytes) else pipe.Thing(t) for t in things]
        try:
            return self._sent(msgspec.structs.replace(asked.request(), things=given))[0].followed
        except Lost as lost:
            raise DataError(self._guilty(asked, lost).problems[0]) from None

    def _asked(self, asked: Asking) -> list[Outcome]:
        """The outcomes of queries; where the process ended, of each alone."""
        if not asked.queries:
            return []
        try:
            return self._exchanged(asked)
        except Lost as lost:
            if lost.late and len(asked.queries) == 1:
                return [self._guilty(asked, lost)]
        made: list[Outcome] = []
        gone: Problem | None = None
        for one in asked.each():
            if gone is None:
                try:
                    made.append(self._alone(one))
                    continue
                except DataError as error:  # whoever asks has waited for it once
                    gone = error.problem
                    if gone.code == p.HOPELESS.code:
                        raise
            made.append(_without(one.queries[0], gone))
        return made

    def _alone(self, asked: Asking) -> Outcome:
        """The outcome of one query; if the process ends again, the query is to blame."""
        try:
            return self._exchanged(asked)[0]
        except Lost as lost:
            return self._guilty(asked, lost)

    def _guilty(self, asked: Asking, lost: Lost) -> Outcome:
        kind = p.LATE if lost.late else p.DIED
        self._suspects.add(asked.packed[0], lost.how)
        self._lost += 1
        if self._lost == self._most_lost:
            raise DataError(p.HOPELESS.at(predictor=self._name, count=self._lost, how=lost.how))
        problem: Problem = kind.at(place_of(asked.queries[0]), predictor=self._name, how=lost.how)
        return Outcome(None, None, [problem])

    def _exchanged(self, asked: Asking) -> list[Outcome]:
        """Raises ``Lost`` if the process ended by it, ``DataError`` if there is none."""
        answer, version = self._sent(asked.request())
        made = zip(answer.outcomes, asked.queries, strict=True)
        found = [pipe.outcome(one, query.template) for one, query in made]
        for one in found:
            one.version = version
        return found

    def _sent(self, request: pipe.Request) -> tuple[pipe.Answer, str]:
        """The answer, and the version of what gave it."""
        with self._mine() as process:
            answer, version = self._answer(process, request), self._version()
            self._keeper.answered, self._lost = True, 0
        if answer.wrong is not None:
            raise DataError(answer.wrong)
        return answer, version

    def _answer(self, process: Process, request: pipe.Request) -> pipe.Answer:
        try:
            return process.ask(request, self._timeout)
        except Lost:
            if not self._keeper.closed:
                raise
        raise DataError(p.NOT_LOADED.at(predictor=self._name, reason="the service ends"))

    @contextlib.contextmanager
    def _mine(self) -> Iterator[Process]:
        """The process for one exchange. Raises ``DataError``."""
        if not self.turn.acquire(timeout=TURN):
            raise DataError(p.BUSY.at(predictor=self._name, seconds=TURN))
        try:
            yield self._keeper.living(max(self._wait, AGAIN))
        finally:
            self.turn.release()


def _without(query: Query, why: Problem) -> Outcome:
    return Outcome(None, None, [msgspec.structs.replace(why, place=place_of(query))])
