"""The process of one predictor: ``python -m labelwright.predicting.child``.

The job, then requests, come on standard input, which stays open as long as the service lives: when it
closes, this process ends at once. What a model prints goes to standard error, since standard output is
for answers.
"""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Asked, Outcome, Query, Template
from labelwright.predicting import problems as p
from labelwright.predicting.declared import batch_of
from labelwright.predicting.files import HeldFiles, PlaceFiles
from labelwright.predicting.finding import find
from labelwright.predicting.handing import EXITS, place_of, said
from labelwright.predicting.model import Model
from labelwright.predicting.pipe import (
    FIT,
    INTERACT,
    TRACK,
    Answer,
    Gone,
    Hello,
    Job,
    Request,
    Sent,
    Wire,
    rebuilt,
    returned,
)
from labelwright.problems import DataError, UsageError
from labelwright.records import Resolved

LOST = 75  # exit code: the service is gone
LONGEST = 3600.0  # seconds after which a request is given up even where nobody can end this process


def main() -> int:
    """Load, then answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal; the service says when to end
    own, reading, writing = os.getpid(), os.dup(0), os.dup(1)
    os.dup2(2, 1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    wire = Wire(reading, writing)
    os.register_at_fork(after_in_child=lambda: _let_go(reading, writing))
    threading.Thread(target=_watch, args=(reading,), daemon=True).start()
    try:
        job = msgspec.msgpack.decode(wire.receive(), type=Job)
        model, hello = _loaded(job)
        wire.send(msgspec.msgpack.encode(hello))
        if model is None:
            return 0
        files = PlaceFiles(
            job.media, job.fetcher, job.url,
            tools=job.tools, allow_private=job.allow_private, patience=job.patience,
        )  # fmt: skip
        while True:
            request = msgspec.msgpack.decode(wire.receive(), type=Request)
            faulthandler.dump_traceback_later(LONGEST, exit=True)  # needs no interpreter that still turns
            answer = _answer(model, request, files)
            if os.getpid() != own:  # a copy, which a model made: nobody asked it
                os._exit(LOST)
            faulthandler.cancel_dump_traceback_later()
            wire.send(msgspec.msgpack.encode(msgspec.structs.replace(answer, number=request.number)))
            del request, answer  # nothing is held until the next
    except Gone:
        _end()
        return LOST


def _let_go(*ours: int) -> None:
    """A copy of this process, which a model made, has nothing to say: it would answer beside us.

    Nothing is closed, since the numbers could become other files'.
    """
    with Path(os.devnull).open("r+b") as nothing:
        for one in ours:
            os.dup2(nothing.fileno(), one)


def _watch(reading: int) -> None:
    poll = select.poll()
    poll.register(reading, 0)  # the end of the other side alone
    poll.poll()
    _end()
    os._exit(LOST)


def _end() -> None:
    """End this process with all that the model started; not a copy of it, which answers nobody."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)


def _loaded(job: Job) -> tuple[Model | None, Hello]:
    try:
        kind = find(job.predictor, Path(job.base))
        asked = Asked(job.template, job.inputs, job.controls, job.options, job.folder)
        model = Model(job.name, kind, asked, job.labels)
    except UsageError as error:
        return None, Hello(said(error))
    model.load()
    if model.state == "failed":
        return None, Hello(model.reason)
    try:
        hello = Hello("", model.labels, model.learnt, batch_of(model.ready()), model.told)
        msgspec.msgpack.decode(msgspec.msgpack.encode(hello), type=Hello)
    except EXITS as error:  # of what the predictor says of itself
        return None, Hello(f"what it says of itself cannot be used: {said(error)}")
    return model, hello


def _answer(model: Model, request: Request, files: PlaceFiles) -> Answer:
    try:
        if request.what == FIT:
            return Answer(learnt=_fit(model, request), told=model.told)
        queries = [_query(raw, request.templates, files) for raw in request.queries]
        if request.what == TRACK:
            things = [one.shape if one.shape is not None else one.state for one in request.things]
            return Answer(followed=model.track(queries[0], things))
        outcomes = [model.interact(q) for q in queries] if request.what == INTERACT else model.batch(queries)
        made = zip(outcomes, queries, strict=True)
        return Answer(outcomes=[msgspec.Raw(_returned(one, query, model)) for one, query in made])
    except DataError as error:
        return Answer(wrong=error.problem)
    except EXITS as error:  # of a predictor's fit; predictions are guarded one by one
        return Answer(wrong=p.FAILED.at(predictor=model.name, reason=said(error)))


def _returned(made: Outcome, query: Query, model: Model) -> bytes:
    """An outcome to be sent; one that cannot be costs its item alone."""
    try:
        return returned(made)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        problem = p.UNRETURNABLE.at(place_of(query), predictor=model.name, reason=said(error))
        return returned(Outcome(None, None, [problem]))


def _query(raw: msgspec.Raw, templates: list[Template], files: PlaceFiles) -> Query:
    one = msgspec.msgpack.decode(raw, type=Sent)
    template = templates[one.template]
    read = HeldFiles(one.files, files) if one.files else files
    return Query(one.item, template, rebuilt(template, one.drawn), read, one.outside)


def _fit(model: Model, request: Request) -> str:
    settled: list[Any] = [Resolved(s.item, rebuilt(model.template, s.answers)) for s in request.settled]
    model.fit(settled)
    return str(model.learnt)


if __name__ == "__main__":
    sys.exit(main())
