"""A predictor in a process of its own: whatever becomes of it, the service goes on.

A process that ends is started again, at once the first time and then ever later, unless it was ended because
an item took too long, which has cost enough. The items that it was asked about are then asked alone, and
one at which it ends again is refused for an hour.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence

from labelwright.contracts import Followed, Outcome, Query
from labelwright.predicting import pipe
from labelwright.predicting import problems as p
from labelwright.predicting.declared import batch_of
from labelwright.predicting.exchanging import Exchanger
from labelwright.predicting.keeping import Keeper
from labelwright.predicting.model import BATCH, FAILED, Model, versioned
from labelwright.predicting.process import Lost
from labelwright.predicting.remembering import Record
from labelwright.problems import DataError, UsageError
from labelwright.quality.lots import Lot
from labelwright.records import Resolved, Shape

LEARN = 3600.0  # seconds to learn in
TIMEOUT = 60.0  # seconds for a batch


class Apart:
    """A predictor under a name (see ``contracts.Served``), in a process of its own."""

    def __init__(
        self,
        model: Model,
        job: pipe.Job,
        environment: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
        lot: Lot | None = None,
        remembers: bool = True,
        most_lost: int = 0,
        wait: float | None = None,
    ) -> None:
        """``model`` is not loaded: it says what is known without. ``timeout``: seconds for a batch.

        Items that ``lot`` shows nothing for are answered without any answer, and the model is not asked; nor
        is it about items of which nobody can say whether the lot shows them something, which is a problem.
        ``remembers``: the name of what it learnt is kept beside its folder, to be told before it has loaded.
        ``most_lost``: so many items one after the other may end its process, before ``DataError`` is raised;
        0: any number. ``wait``: seconds that it may take to load, where somebody waits (None: ``timeout``).
        """
        self.name, self.title, self.template = model.name, model.title, model.template
        self._model, self._lot = model, lot or Lot()
        self._keeper = Keeper(pipe.patient(job, timeout), environment, self._told)
        self._wait = timeout if wait is None else wait
        self._exchanger = Exchanger(
            self.name, self.inputs, self._keeper, lambda: self.version, timeout, self._wait, most_lost
        )
        self._fitting = threading.Lock()
        self._labels: tuple[str, ...] = model.labels
        self._size = batch_of(model.kind) or BATCH
        self._record = Record(job.folder if remembers else "")
        self._learnt = model.learnt or self._record.read()
        self._said = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs of the template that it reads."""
        return self._model.asked.inputs

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls of the template that it answers."""
        return self._model.asked.controls

    @property
    def state(self) -> str:
        """``loading``, ``ready`` or ``failed``."""
        return self._keeper.state

    @property
    def reason(self) -> str:
        """Why it failed; else empty."""
        return self._keeper.reason

    @property
    def version(self) -> str:
        """Its name with a digest of what decides its answers; behind ``+`` what it has learnt since."""
        return versioned(self._model.declared, self._learnt)

    def at_least(self, threshold: float) -> None:
        """Be a version of its own, of whose answers those below a score are left out by who asks."""
        self._model.at_least(threshold)

    @property
    def declared(self) -> str:
        """The version before anything was learnt."""
        return self._model.declared

    @property
    def learnt(self) -> str:
        """What names all that it has learnt; empty: nothing."""
        return self._learnt

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it answers with; empty: the project's own."""
        return self._labels

    def label_of(self, label: str, offered: Sequence[str]) -> str | None:
        """One of its labels as one of those that a project offers; empty: not wanted, None: there is none."""
        return self._model.label_of(label, offered)

    @property
    def predicts(self) -> bool:
        """Whether it answers items by itself."""
        return self._model.predicts

    @property
    def interacts(self) -> bool:
        """Whether it answers while somebody draws."""
        return self._model.interacts

    @property
    def tracks(self) -> bool:
        """Whether it follows things from frame to frame."""
        return self._model.tracks

    @property
    def told(self) -> str:
        """What came of learning, in words; empty where nothing was learnt."""
        return self._said

    @property
    def learns(self) -> bool:
        """Whether it learns of a project's own answers."""
        return self._model.learns

    @property
    def pid(self) -> int:
        """The number of its process; 0: there is none."""
        return self._keeper.pid

    def start(self) -> None:
        """Start the process; nobody waits for it who does not have to."""
        self._keeper.start()

    def load(self) -> None:
        """``start``, and wait until it has loaded. Raises ``UsageError`` that says why it cannot."""
        self.start()
        self._keeper.loaded()
        if self.state == FAILED:
            raise UsageError(self.reason)

    def close(self) -> None:
        """End the process, and start it no more."""
        self._keeper.close()

    def predict(self, queries: Sequence[Query]) -> list[Outcome]:
        """An outcome for each query, in order. Raises ``DataError`` if the model is not to be had."""
        return list(self.outcomes(queries))

    def outcomes(self, queries: Sequence[Query]) -> Iterator[Outcome]:
        """``predict``, batch by batch as they are done."""
        self._keeper.ready(self._wait)
        withheld = [self._lot.withheld(query.item) for query in queries]
        asked = [query for query, known in zip(queries, withheld, strict=True) if known is None]
        made = self._exchanger.batches(asked, self._size)
        for known in withheld:
            yield next(made) if known is None else known

    def interact(self, query: Query) -> Outcome:
        """What goes with the regions drawn; for a predictor that does not know how, its prediction."""
        self._keeper.ready(self._wait)
        return self._exchanger.batch(pipe.INTERACT, [query])[0]

    def track(self, query: Query, things: Sequence[Shape | bytes]) -> list[Followed]:
        """Where each thing is in a frame. Raises ``DataError`` that says why it cannot be told."""
        self._keeper.ready(self._wait)
        return self._exchanger.followed(query, things)

    def fit(self, items: Sequence[Resolved]) -> str:
        """``learn`` of items as they are in this process."""
        return self.learn([pipe.settled(one) for one in items])

    def learn(self, items: list[pipe.Learnt]) -> str:
        """Let it learn, in another process, while this one answers; what its version is then.

        Raises ``DataError``, ``UsageError``.
        """
        if not self.learns:
            raise UsageError(f"{self.name} does not learn")
        with self._fitting:
            request = pipe.Request(pipe.FIT, settled=items)
            learning = self._keeper.another()
            try:
                answer = learning.ask(request, LEARN)
            except Lost as lost:
                raise DataError(p.FAILED.at(predictor=self.name, reason=lost.how)) from None
            finally:
                learning.close()
            if answer.wrong is not None:
                raise DataError(answer.wrong)
            fresh = self._keeper.another()
            with self._exchanger.turn:
                self._keeper.replace(fresh)
                self._said = answer.told
                self._known(fresh.hello.learnt or answer.learnt)
        return self.version

    # What it says of itself, which is told before it has loaded too

    def _told(self, hello: pipe.Hello) -> None:
        self._labels, self._size = hello.labels, max(1, hello.batch or BATCH)
        self._said = hello.told
        self._known(hello.learnt)

    def _known(self, learnt: str) -> None:
        """Take the name of what it has learnt; one that says none has what it learnt last."""
        if learnt and learnt != self._learnt:
            self._learnt = learnt
            self._record.write(learnt)
