"""A predictor under a name: loads beside the requests, answers in batches, and no item costs another."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from itertools import islice
from typing import Any

import msgspec

from labelwright.contracts import Asked, Followed, Interacts, Learns, Outcome, Query, Template, Tracks
from labelwright.predicting import problems as p
from labelwright.predicting.checking import lacking, outcome
from labelwright.predicting.declared import batch_of, labels_of
from labelwright.predicting.finding import name_of
from labelwright.predicting.handing import EXITS, batch, handed, place_of, said
from labelwright.predicting.labels import LabelMap
from labelwright.predicting.values import unfollowed
from labelwright.problems import DataError, Place, Problem, UsageError
from labelwright.records import Shape

LOADING, READY, FAILED = "loading", "ready", "failed"
LONGEST = 100  # characters of what names all that was learnt, in a version
BATCH = 16  # items that a predictor is asked about at a time, unless it says otherwise


class Model:
    """A predictor under a name (see ``contracts.Served``)."""

    def __init__(
        self, name: str, kind: type[Any], asked: Asked, labels: Mapping[str, str] | None = None
    ) -> None:
        """Nothing is loaded yet. Raises ``UsageError`` if the labels cannot be mapped so."""
        self.name, self.kind, self.asked = name, kind, asked
        self.template: Template = asked.template
        self.title: str = getattr(kind, "title", "") or name_of(kind)
        self._labels = LabelMap(labels, getattr(kind, "alike", {}))
        offered = [x for c in asked.controls for x in asked.template.controls[c].labels]
        self._labels.check(labels_of(kind), offered)
        self._predictor: Any = None
        self._reason = ""
        self._lock = threading.Lock()  # a predictor is asked by one thread at a time
        self._done = threading.Event()
        self._declared = _declared(name, kind, asked, labels or {})
        self._learnt = _fingerprint(kind, asked)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs of the template that it reads."""
        return self.asked.inputs

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls of the template that it answers."""
        return self.asked.controls

    @property
    def state(self) -> str:
        """``loading``, ``ready`` or ``failed``."""
        if not self._done.is_set():
            return LOADING
        return READY if self._predictor is not None else FAILED

    @property
    def reason(self) -> str:
        """Why it failed; else empty."""
        return self._reason

    @property
    def version(self) -> str:
        """Its name with a digest of what decides its answers; behind ``+`` what it has learnt since."""
        return versioned(self._declared, self.learnt)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it answers with; empty: the project's own."""
        return labels_of(self.kind if self._predictor is None else self._predictor)

    def label_of(self, label: str, offered: Sequence[str]) -> str | None:
        """One of its labels as one of those that a project offers; empty: not wanted, None: there is none."""
        return self._labels.of(label, offered)

    @property
    def declared(self) -> str:
        """The version before anything was learnt: known at once."""
        return self._declared

    def at_least(self, threshold: float) -> None:
        """Be a version of its own, of whose answers those below a score are left out by who asks."""
        digest = hashlib.sha256(f"{self._declared}\0{threshold!r}".encode()).hexdigest()[:8]
        self._declared = f"{self.name}-{digest}"

    @property
    def learnt(self) -> str:
        """What names all that it has learnt; empty: nothing."""
        return self._learnt or str(getattr(self._predictor, "learnt", "") or "")

    @property
    def predicts(self) -> bool:
        """Whether it answers items by itself."""
        return bool(getattr(self.kind, "predicts", True))

    @property
    def interacts(self) -> bool:
        """Whether it answers while somebody draws."""
        return callable(getattr(self.kind, "interact", None))

    @property
    def tracks(self) -> bool:
        """Whether it follows things from frame to frame."""
        return callable(getattr(self.kind, "track", None))

    @property
    def learns(self) -> bool:
        """Whether it learns of a project's own answers."""
        return callable(getattr(self.kind, "fit", None))

    @property
    def told(self) -> str:
        """What came of learning, in words; empty where nothing was learnt."""
        return str(getattr(self._predictor, "told", "") or "")

    def start(self) -> None:
        """Load in a thread of its own, so that nobody waits who does not have to."""
        threading.Thread(target=self.load, name=f"load {self.name}", daemon=True).start()

    def load(self) -> None:
        """Load now. What goes wrong is told by ``state`` and ``reason``."""
        try:
            self._predictor = self.kind(self.asked)
        except EXITS as error:
            self._reason = said(error)
        finally:
            self._done.set()

    def ready(self, patience: float | None = None) -> Any:
        """The predictor itself, waited for. Raises ``DataError`` if it failed or is not there in time."""
        if not self._done.wait(patience):
            raise DataError(p.NOT_LOADED.at(predictor=self.name, reason="it is still loading"))
        if self._predictor is None:
            raise DataError(p.NOT_LOADED.at(predictor=self.name, reason=self._reason))
        return self._predictor

    def predict(self, queries: Sequence[Query]) -> list[Outcome]:
        """An outcome for each query, in order. Raises ``DataError`` if the model failed to load."""
        return list(self.outcomes(queries))

    def outcomes(self, queries: Sequence[Query]) -> Iterator[Outcome]:
        """``predict``, batch by batch as they are done."""
        self.ready()
        size = batch_of(self._predictor) or BATCH
        for first in range(0, len(queries), size):
            yield from self.batch(queries[first : first + size])

    def interact(self, query: Query) -> Outcome:
        """What goes with the regions drawn; for a predictor that does not know how, its prediction."""
        predictor = self.ready()
        if not isinstance(predictor, Interacts):
            return self.batch([query])[0]
        return self._one(query, predictor.interact)

    def track(self, query: Query, things: Sequence[Shape | bytes]) -> list[Followed]:
        """Where each thing is in a frame. Raises ``DataError`` that says why it cannot be told."""
        predictor = self.ready()
        if not isinstance(predictor, Tracks):
            raise DataError(p.FAILED.at(predictor=self.name, reason="it does not follow anything"))
        with self._lock:
            try:
                found = list(predictor.track(handed(query), things))
            except EXITS as error:
                raise DataError(self._failure(error, query)) from None
        wrong = unfollowed(found, len(things), query)
        if wrong:
            raise DataError(p.NO_PLACES.at(predictor=self.name, found=wrong, asked=len(things)))
        return found

    def fit(self, items: Sequence[Any]) -> str:
        """Let it learn; what its version is now. Raises ``DataError``, ``UsageError``."""
        predictor = self.ready()
        if not isinstance(predictor, Learns):
            raise UsageError(f"{self.name} does not learn")
        with self._lock:
            self._learnt = predictor.fit(items)
        return self.version

    def batch(self, queries: Sequence[Query]) -> list[Outcome]:
        """One call of the model for all that can be asked; where it fails, one call each."""
        found: list[Outcome | None] = [self._unasked(query) for query in queries]
        asked = [query for query, known in zip(queries, found, strict=True) if known is None]
        if asked:
            made = iter(self._asked(asked))
            found = [known if known is not None else next(made) for known in found]
        return [one for one in found if one is not None]

    def _unasked(self, query: Query) -> Outcome | None:
        missing = lacking(query, self.asked)
        if not missing:
            return None
        named = {"predictor": self.name, "missing": ", ".join(missing)}
        return Outcome(None, None, [p.INPUT_MISSING.at(place_of(query), **named)])

    def _asked(self, queries: Sequence[Query]) -> list[Outcome]:
        with self._lock:
            guesses = self._guesses(queries)
        return [self._fitted(guess, query) for guess, query in zip(guesses, queries, strict=True)]

    def _fitted(self, guess: Any, query: Query) -> Outcome:
        """What of a guess fits; one that nobody can make sense of costs its item alone."""
        try:
            return outcome(guess, query, self.asked, self._labels, self.name)
        except Exception as error:
            return Outcome(None, None, [self._failure(error, query)])

    def _guesses(self, queries: Sequence[Query]) -> list[Any]:
        try:
            answers = self._predictor.predict(batch(queries))
            found = list(islice(answers, len(queries) + 1))  # a generator may have no end
            if len(found) == len(queries):
                return found
            many = len(answers) if isinstance(answers, Sized) else len(found)
            failure = p.MISCOUNTED.at(
                place_of(queries[0]), predictor=self.name, found=many, asked=len(queries)
            )
        except EXITS as error:
            failure = self._failure(error, queries[0])
        if len(queries) == 1:
            return [failure]
        return [guess for query in queries for guess in self._guesses([query])]

    def _one(self, query: Query, ask: Callable[[Query], Any]) -> Outcome:
        missing = self._unasked(query)
        if missing is not None:
            return missing
        with self._lock:
            try:
                guess = ask(handed(query))
            except EXITS as error:
                guess = self._failure(error, query)
        return self._fitted(guess, query)

    def _failure(self, error: BaseException, query: Query) -> Problem:
        """The problem at an item, of which the predictor may have said the control."""
        if not isinstance(error, DataError):
            return p.FAILED.at(place_of(query), predictor=self.name, reason=said(error))
        place = Place(item=str(query.item.key), control=error.problem.place.control)
        return msgspec.structs.replace(error.problem, place=place)


def _fingerprint(kind: type[Any], asked: Asked) -> str:
    """What a predictor says of the files that decide its answers; what is wrong with them, loading tells."""
    ask = getattr(kind, "fingerprint", None)
    try:
        return str(ask(asked)) if ask is not None else ""
    except (OSError, UsageError):
        return ""
    except Exception as error:
        raise UsageError(f"{name_of(kind)}: its fingerprint(asked) failed: {said(error)}") from None


def versioned(declared: str, learnt: str) -> str:
    """A version of both, of what can be in a version."""
    if len(learnt) > LONGEST or not learnt.isprintable():
        learnt = hashlib.sha256(learnt.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{declared}+{learnt}" if learnt else declared


def _declared(name: str, kind: type[Any], asked: Asked, labels: Mapping[str, str]) -> str:
    """A version that is known before the model is there, and changes with what decides its answers."""
    aside = {*getattr(kind, "incidental", ()), *getattr(kind, "paths", ())}  # files: by what is in them
    decides = {
        "kind": name_of(kind),
        "version": str(getattr(kind, "version", "1")),
        "template": asked.template.name,
        "controls": asked.controls,
        "inputs": asked.inputs,
        "options": {k: v for k, v in sorted(asked.options.items()) if k not in aside},
        "labels": dict(sorted(labels.items())),
    }
    return f"{name}-{hashlib.sha256(msgspec.json.encode(decides, order='sorted')).hexdigest()[:8]}"
